#pragma once

#include <span>
#include <string>
#include <string_view>

#include "errata/table/predicate.h"

namespace errata::table {

/// The expression that selects a conjunction's cases from a pandas.DataFrame `df` of the log; `df` for no predicate.
/// Names and texts are Python literals. Times are compared in UTC, whether the column holds text, times without a zone
/// or with one. A text that pandas may have read as a number or a boolean ("7", "true") is looked for as both.
///     df[(df["age"] > 30) & (df["age"] <= 33) & (df["sex"] == "Male")]
[[nodiscard]] std::string pandas_query(std::span<const Predicate> conjunction);

/// A Python literal of text in double quotes.
[[nodiscard]] std::string python_text(std::string_view text);

}  // namespace errata::table
