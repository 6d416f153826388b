#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "errata/base/error.h"
#include "errata/table/duckdb/connection.h"

namespace errata::table {

/// A unit that numbers count since 1970 by.
struct EpochUnit {
  std::string_view words;  ///< "milliseconds"
  double micros;           ///< microseconds of one
};

/// A column of numbers, or of text that holds whole numbers, in the file that it comes from.
struct EpochColumn {
  std::string value;   ///< SQL
  bool exact = false;  ///< whole numbers: they become times without rounding through a double
  bool text = false;
  bool up = false;  ///< round parts of a microsecond up and not down: what becomes known then is not known before
};

/// The unit in which the numbers of a column lie in the years 2000 to 2100, which do not overlap between units; none
/// where they do in none. 0, −1 and missing values tell nothing, and up to three different numbers on the fewer rows,
/// which stand for "never" (253402300799, 2147483647), may lie elsewhere.
/// @param relation  that the column is of  @param rows  looked at; 0: all
[[nodiscard]] Result<std::optional<EpochUnit>> epoch_of(const Connection& connection, const EpochColumn& column,
                                                        const std::string& relation, std::size_t rows);
/// The same, else the unit by the size of the largest number, for a column that the user said holds times: below 1e11
/// seconds, below 1e14 thousandths of one, below 1e17 millionths, else billionths; none for text with anything but
/// whole numbers.
[[nodiscard]] Result<std::optional<EpochUnit>> epoch_by_size(const Connection& connection, const EpochColumn& column,
                                                             const std::string& relation);

/// SQL of the timestamps; numbers that are no time that can be held are NULL.
[[nodiscard]] std::string epoch_sql(const EpochColumn& column, const EpochUnit& unit);

}  // namespace errata::table
