#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/coding.h"

namespace errata::table {

/// A predicate on one column that means the same on any log with that column; conjunctions are vectors of them.
struct Predicate {
  enum class Kind : std::uint8_t { range, equals, any_of, missing };
  std::string feature{};
  FeatureSource source = FeatureSource::feature;
  Kind kind = Kind::equals;
  double above = -std::numeric_limits<double>::infinity();  ///< range: above < x <= up_to; time in microseconds
  double up_to = std::numeric_limits<double>::infinity();
  double min = 0, max = 0;  ///< range: the values seen, for people
  std::string value{};      ///< equals
  bool value_is_integer = false;
  std::vector<std::string> values{};  ///< any_of
  bool is_time = false;
  bool nan_is_missing = false;  ///< the column holds NaN, which SQL orders above every number
  friend bool operator==(const Predicate&, const Predicate&) = default;
};

/// The predicate of codes first … last of a feature, and of `also`: ranges are merged, categories become a set.
/// The codes are all ranges (and `also` is empty), all categories, or missing alone.
[[nodiscard]] Predicate predicate_of(const CodedFeature& feature, Code first, Code last,
                                     std::span<const Code> also = {});

/// The SQL `WHERE` condition (no keyword) that selects a conjunction's cases; DuckDB and PostgreSQL read it.
/// Names are quoted, so that spaces, quotes and non-ASCII survive; numbers are the shortest text that reads back as the
/// same double; open ends are left out. An empty conjunction is `TRUE`.
///     "age" > 30 AND "age" <= 33 AND "sex" = 'Male'
[[nodiscard]] std::string where_clause(std::span<const Predicate> conjunction);

/// "name" with quotes doubled; 'text' likewise.
[[nodiscard]] std::string sql_name(std::string_view name);
[[nodiscard]] std::string sql_text(std::string_view text);
/// A finite double as the shortest SQL literal that reads back as the same double.
[[nodiscard]] std::string sql_number(double x);

/// One 0/1 a row: does the conjunction hold? Missing values match only a missing predicate.
/// @return data error naming the feature when the log has no such column or it is of another kind
[[nodiscard]] Result<std::vector<std::uint8_t>> matches(const PredictionLog& log,
                                                        std::span<const Predicate> conjunction);

}  // namespace errata::table
