#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "errata/improve/improvement.h"

namespace errata::report {

/// "Held-out accuracy went from 0.893 to 0.981 in 4 rounds, 3 of them kept."
[[nodiscard]] std::string improve_headline(const improve::Improvement& made);
/// What was improved by what: "arithmetic, 99,520 parameters; adapters of 35,840; learns from its failures".
[[nodiscard]] std::string improve_subject(const improve::Improvement& made);
/// "kept", "taken back: no gain", …
[[nodiscard]] std::string_view verdict_words(improve::Verdict verdict);
/// How the held-out answers changed, with McNemar's test; nothing without rounds.
[[nodiscard]] std::string change_words(const improve::Improvement& made);

/// What the run did, in sentences for someone who has not read anything.
[[nodiscard]] std::string story_words(const improve::Improvement& made);
/// "mean log-probability", "auditor of the hidden states", …
[[nodiscard]] std::string_view signal_words(improve::Signal signal);
/// Whose word wrong answers and development figures are; nothing where it is the truth's.
[[nodiscard]] std::string belief_words(const improve::Improvement& made);
/// What the last round that was measured says of the combined signal and of the mean log-probability; nothing without.
[[nodiscard]] std::string detection_words(const improve::Improvement& made);
/// How well texts are read, from the start to each tuned model; empty without texts.
[[nodiscard]] std::string perplexity_words(const improve::Improvement& made);
/// What the collapse alarm did.
[[nodiscard]] std::string alarm_words(const improve::Improvement& made);
/// "right: 62", "corrected to: 62" where the teacher knows no truth, or that nobody corrected it.
[[nodiscard]] std::string correction_words(const improve::Improvement& made, const improve::FailureMode& mode);
/// What was spent on each step over all rounds, and in all; nothing where nothing is known.
struct StepTotal {
  std::string step;
  double wall_seconds = 0, cpu_seconds = 0;
};
[[nodiscard]] std::vector<StepTotal> step_totals(const improve::Improvement& made);
/// "31 s", "5 min 12 s".
[[nodiscard]] std::string duration_text(double seconds);
/// Does a signal have a figure in any round?
[[nodiscard]] bool is_measured(const improve::Improvement& made, improve::Signal signal);

/// "0.981", "–" for NaN.
[[nodiscard]] std::string accuracy_text(double value);

}  // namespace errata::report
