#pragma once

#include "errata/table/coding.h"

namespace errata::table {

/// Codes a column of numbers or times by quantile bins, as code_column() says, missing values in a last bin.
[[nodiscard]] CodedFeature code_ranges(const Column& column, const CodingOptions& options);

}  // namespace errata::table
