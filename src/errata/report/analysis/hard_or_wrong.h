#pragma once

#include <string>
#include <string_view>

#include "errata/slice/analysis.h"

namespace errata::report {

/// "as it believes", "more than it believes", "less than it believes".
[[nodiscard]] std::string_view words_of(slice::Belief belief);

/// "29.1% fail where its confidence expects 12.0%: more than it believes (adj. p = 3e-9)".
[[nodiscard]] std::string excess_words(const slice::Excess& excess);
/// The same under a rate: "its confidence expects 12.0%: fails more than it believes (adj. p = 3e-9)".
[[nodiscard]] std::string excess_note(const slice::Excess& excess);
/// The whole of it, sentences: with the excess and its interval, what the confidence claims as it is logged, and the
/// test on the held-out cases.
[[nodiscard]] std::string excess_sentences(const slice::Excess& excess);

/// "5 of them fail more than it believes, 1 as it believes (what its calibrated confidence expects)."; empty without a
/// score or a hotspot.
[[nodiscard]] std::string belief_words(const slice::Analysis& analysis);

/// What kinds of failure the cases of a slice have, the log beside:
///     false negatives 62.0% (log 40.0%), false positives 3.0% (log 2.0%), base rate of yes 35.0% (log 11.0%)
///     confused: cat → dog 12.1% (log 3.2%), dog → cat 4.0% (log 3.9%)
///     bias -12.3 (log 0.4), spread 55.1 (log 20.2)
/// Empty where nothing is known of them.
[[nodiscard]] std::string failure_kinds_words(const slice::Analysis& analysis, const slice::FailureKinds& kinds);

/// "Its confidence claims that 6.3% fail, and 18.4% do: it is overconfident."; empty where the two are near.
[[nodiscard]] std::string claim_words(const slice::Analysis& analysis);

}  // namespace errata::report
