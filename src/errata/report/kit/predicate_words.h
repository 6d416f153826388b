#pragma once

#include <span>
#include <string>
#include <vector>

#include "errata/table/predicate.h"

namespace errata::report {

/// A predicate in plain words. Ranges are told by the values seen in them, times as dates, one value by "=":
///     `education-num` in [13, 16]     `education-num` = 13     `capital-gain` >= 7298     `fare` in (12.5, 31.3]
///     `marital-status` = Married      `state` is missing       `city` is one of Bonn, Ulm, Trier and 12 more
///     `day` from 2026-03-02 to 2026-03-08
/// A range whose seen values are not known (min > max, as in saved slices) is told by its bounds, half-open.
[[nodiscard]] std::string words_of(const table::Predicate& predicate);

/// Its predicates joined by "and"; "all cases" for none.
[[nodiscard]] std::string words_of(std::span<const table::Predicate> conjunction);

/// The right-hand sides alone, for an axis whose title is the feature: "Married", "13 to 16", "missing", "2026-03-02".
/// Numbers are as short as keeps the labels apart; what is still equal gets a number behind it.
[[nodiscard]] std::vector<std::string> axis_labels(std::span<const table::Predicate> bins);

}  // namespace errata::report
