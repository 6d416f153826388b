#pragma once

#include <string>
#include <vector>

#include "errata/table/read_log.h"

namespace errata::table {

/// Columns of classes and names whose integers a double does not hold exactly (2^53 and above): they are to be loaded
/// as text. Labels and predictions that are rather numbers stay numbers, and so do features.
[[nodiscard]] std::vector<std::string> too_wide_for_numbers(const std::vector<Column>& columns, const Roles& roles,
                                                            const ReadOptions& options);

}  // namespace errata::table
