#pragma once

#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/duckdb/connection.h"
#include "errata/table/read_log.h"

namespace errata::table {

/// Columns of classes and names whose integers a double does not hold exactly (2^53 and above): they are to be loaded
/// as text. Labels and predictions that are rather numbers stay numbers. Features are names where a double does not
/// hold some of their integers, and there are at most half as many different ones as rows; 2^63 − 1 and 2^64 − 1 stand
/// for "missing" among numbers.
/// @param log_sql  the relation that the columns were loaded from: asked about features with such integers
[[nodiscard]] Result<std::vector<std::string>> too_wide_for_numbers(const std::vector<Column>& columns,
                                                                    const Roles& roles, const ReadOptions& options,
                                                                    const Connection& connection,
                                                                    const std::string& log_sql);

}  // namespace errata::table
