#pragma once

#include <string>
#include <string_view>

#include "errata/report/analysis/figures.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/slice/analysis.h"

namespace errata::report {

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

/// "3 hotspots and 2 safe slices confirmed, of 9 slices tested".
[[nodiscard]] std::string confirmed_words(const slice::Analysis& analysis);

/// What a hotspot adds to those before it, without a full stop; empty where all its failures are its own:
///     "inside 1, whose other cases fail 17.4%"     "312 of its 410 failures are in none above"
[[nodiscard]] std::string nesting_words(const slice::Analysis& analysis, const slice::NamedHotspot& hotspot);

/// How the saved slices fare, a sentence: "3 saved slices; 2 fail more than the rest of this log (…)."
[[nodiscard]] std::string saved_words(const slice::Analysis& analysis);

/// Why no hotspot is listed, a sentence for an analysis without any.
[[nodiscard]] std::string no_hotspot_words(const slice::Analysis& analysis);

}  // namespace errata::report
