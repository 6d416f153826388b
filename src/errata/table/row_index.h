#pragma once

#include <string_view>

namespace errata::table {

/// Names that programs give to the number or name of a row: `Unnamed: 0` (also `Unnamed: 0.1`) and an empty name of
/// pandas, `column0` and `column00` that DuckDB makes of an empty name, `__index_level_0__` of pandas in Parquet.
[[nodiscard]] bool is_row_index(std::string_view name);

/// Is a column called an identifier: a row index, `id`, `customer_id`, `rowNumber`, …? Its values decide.
[[nodiscard]] bool is_called_id(std::string_view name);

}  // namespace errata::table
