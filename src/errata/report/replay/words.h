#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errata/replay/replay.h"

namespace errata::report {

// What the terminal, the page and the JSON of a replay say alike. Text of the log in it is made safe to print
// (plain_text), but not escaped for HTML.

/// The name of the score that is the memory's own risk.
inline constexpr const char* kErrata = "errata";
/// Areas under two risk–coverage curves whose ratio is this near 1 are about the same.
inline constexpr double kClearRatio = 0.05;
/// The name of the score that ranks every failure last.
inline constexpr const char* kOracle = "oracle";

/// The key of coverage number i in the JSON: "0.05", "0.10", …
[[nodiscard]] std::string coverage_key(std::size_t i);

/// failures / cases, NaN without cases.
[[nodiscard]] double rate_of(std::uint64_t failures, std::uint64_t cases);

/// An area with four decimals: "0.0571"; "–" for NaN.
[[nodiscard]] std::string aurc_text(double aurc);

/// Evaluated cases whose outcome is known: what errors are shares of.
[[nodiscard]] std::uint64_t known_cases(const replay::Replay& replay);

/// A score by its name, or null.
[[nodiscard]] const replay::ScoreResult* score_named(const replay::Replay& replay, std::string_view name);
/// The score with the least AURC that is neither errata nor the oracle, or null.
[[nodiscard]] const replay::ScoreResult* best_baseline(const replay::Replay& replay);

/// "elec2.csv", "elec2.csv and 3 more", "a prediction log".
[[nodiscard]] std::string file_words(const replay::Replay& replay);

/// A time of the replay: "2026-03-02 14:05", or "step 1,204" for a log without times.
[[nodiscard]] std::string moment_text(const replay::Replay& replay, std::int64_t time);

/// "mode 3"; "all cases" for kNoMode.
[[nodiscard]] std::string mode_name(std::uint32_t mode);
/// "device a7": a stream with the column that tells it apart; empty for kNoStream.
[[nodiscard]] std::string stream_name(const replay::Replay& replay, std::size_t stream);
/// Where a regime is: "mode 3", "all cases", "mode 3, device a7", "device a7".
[[nodiscard]] std::string place_name(const replay::Replay& replay, const replay::Regime& regime);
/// The same within a sentence: " near mode 3 in device a7", or nothing for all cases.
[[nodiscard]] std::string near_words(const replay::Replay& replay, const replay::Regime& regime);
/// How many streams have a memory each, and which is worst; empty for a log with one memory.
[[nodiscard]] std::string streams_words(const replay::Replay& replay);

/// The finding in one line: "0.52% of accepted cases fail, 26.7% of all".
[[nodiscard]] std::string headline_words(const replay::Replay& replay);

/// What was streamed: "45,312 cases in order: 13,594 trained on, 4,531 to warm up, 27,187 evaluated, 7,261
/// of them failures: 26.7% fail (95% interval 26.2% to 27.2%). Outcomes come 100 cases later."
[[nodiscard]] std::string streamed_words(const replay::Replay& replay);

/// "Outcomes come 100 cases later.", "… 2 days later.", "… when `known_at` says."
[[nodiscard]] std::string delay_words(const replay::Delay& delay);

/// Is sorting by it no better than not sorting?
[[nodiscard]] bool sorts_nothing(const replay::Replay& replay, const replay::ScoreResult& score);
/// How the risk sorts failures against the best baseline; empty without a score to speak of.
[[nodiscard]] std::string comparison_words(const replay::Replay& replay);

/// What the policy was told: "accept 20% of cases", "accept as many as keep 5% of them failures at most (online)".
[[nodiscard]] std::string target_words(const selective::SelectivePolicyOptions& options);
/// What it did: "5,464 of 27,187 cases are accepted (20.1%), and 28 of these fail (0.51%); 2,719 are deferred (3.2% of
/// them fail); …"
[[nodiscard]] std::string policy_words(const replay::PolicyResult& policy);
/// Has it kept what it was told, coverage to a percentage point?
[[nodiscard]] bool keeps_target(const replay::PolicyResult& policy);

/// "since 2026-03-02", "2026-03-02 to 2026-03-09"
[[nodiscard]] std::string span_words(const replay::Replay& replay, const replay::Regime& regime);

/// Failure rate of all resolved cases near a mode; in words "297 of 332 failed (89.5%)".
[[nodiscard]] double near_rate(const memory::Mode& mode);
[[nodiscard]] std::string near_counts(const memory::Mode& mode);
/// The regime with the most failures beyond its usual rate, nullptr without one; of those that are still on, and of all
/// but that one that is still on comes first when it has a fourth of them.
[[nodiscard]] const replay::Regime* worst_open_regime(const replay::Replay& replay);
[[nodiscard]] const replay::Regime* worst_regime(const replay::Replay& replay);
/// The failure rate of the evaluated cases in a regime; of the cases that told it where none was evaluated.
[[nodiscard]] double regime_rate(const replay::Regime& regime);
/// Positions in replay.regimes of the `count` with the most failures, in the order of time.
[[nodiscard]] std::vector<std::size_t> largest_regimes(const replay::Replay& replay, std::size_t count);
/// What regimes there were: "Failures were more frequent than usual in 2 regimes of all cases and 1 near a mode; one is
/// still on at the end of the log." or that there was none.
[[nodiscard]] std::string regimes_words(const replay::Replay& replay);

/// Positions in replay.modes, live ones with the most failures near them first.
[[nodiscard]] std::vector<std::size_t> modes_by_size(const replay::Replay& replay);
/// What a mode is and what the figures beside it count.
[[nodiscard]] std::string modes_words();
/// Why there is none.
[[nodiscard]] std::string no_modes_words(const replay::Replay& replay);
/// "10.4"; "0" for what has all but faded.
[[nodiscard]] std::string activity_text(double activity);

/// What calibration was seen: "The risk is off by 1.2% on average (ECE, 10 bins); Brier score 0.081."
[[nodiscard]] std::string calibration_words(const replay::Replay& replay);

/// How many verdicts of each kind, and what they mean.
[[nodiscard]] std::string corrections_words(const replay::Replay& replay);

}  // namespace errata::report
