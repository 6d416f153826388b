#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/report/figures.h"
#include "errata/slice/analysis.h"
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

/// "2.1 times the rest", "12 times the rest", "the rest never fails"; empty without a rest.
[[nodiscard]] std::string lift_words(double lift, bool losses);

/// "31.2% fail, 2.1 times the rest, 4.4% of cases, 9.5% of failures"; under a numeric loss
/// "mean loss 0.31, 2.1 times the rest, 4.4% of cases, 9.5% of the loss".
[[nodiscard]] std::string figure_words(const SliceFigures& figures, bool losses);

/// The whole sentence of a tested slice:
///     `marital-status` = Married and `education-num` in [13, 16]: 31.2% fail, 2.1 times the rest, 4.4% of cases,
///     9.5% of failures, confirmed, adjusted p = 3e-9
[[nodiscard]] std::string words_of(const slice::Analysis& analysis, const slice::NamedSlice& slice);

/// Why a slice is folded under a hotspot, as an ending: "almost the same cases", …
[[nodiscard]] std::string_view words_of(slice::FoldReason reason);

/// "24,421 cases, 3,566 of them failures: 14.6% fail (95% interval 14.2% to 15.1%)", or with the mean loss.
[[nodiscard]] std::string whole_words(const slice::Analysis& analysis);

/// How findings were confirmed: "found on 12,210 cases chosen at random and tested on the other 12,211".
[[nodiscard]] std::string split_words(const slice::Analysis& analysis);

/// How the saved slices fare, a sentence: "3 saved slices; 2 fail more than the rest of this log (…)."
[[nodiscard]] std::string saved_words(const slice::Analysis& analysis);

/// Why no hotspot is listed, a sentence for an analysis without any.
[[nodiscard]] std::string no_hotspot_words(const slice::Analysis& analysis);

}  // namespace errata::report
