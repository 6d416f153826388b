#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/memory/modes.h"
#include "errata/memory/regimes.h"
#include "errata/selective/policy.h"
#include "errata/stats/calibration.h"
#include "errata/stats/rate.h"
#include "errata/stats/risk_coverage.h"
#include "errata/table/predicate.h"

namespace errata::replay {

/// Coverages at which errors are told: .05, .10, …, .95.
inline constexpr std::size_t kCoverages = 19;
[[nodiscard]] constexpr double coverage_at(std::size_t i) { return double(i + 1) / double(kCoverages + 1); }
/// The place of .50 among them.
inline constexpr std::size_t kHalf = kCoverages / 2;
static_assert(coverage_at(kHalf) == 0.5);

/// What one way of scoring would have given, thresholds in hindsight.
struct ScoreResult {
  std::string name;  ///< "errata", "confidence", …, "oracle" (every failure ranked last)
  stats::RiskCoverageAreas areas;
  std::array<double, kCoverages> error_at_coverage{};
  std::optional<stats::RiskCoverageBands> bands{};  ///< block bootstrap; the ratio is to "errata"
  std::vector<stats::RiskCoveragePoint> curve{};
};

/// One target coverage, kept online: thresholds from past scores only.
struct OnlineCoverage {
  double target = 0;
  double coverage = 0;         ///< realised
  double error = 0;            ///< among accepted cases
  double hindsight_error = 0;  ///< at the same realised coverage with a threshold set in hindsight
  std::uint64_t cases = 0, accepted = 0, failures = 0;  ///< with an outcome; of these; of these
  void take_rates() {
    coverage = cases == 0 ? 0 : double(accepted) / double(cases);
    error = accepted == 0 ? 0 : double(failures) / double(accepted);
  }
};

/// How the stream's own policy did.
struct PolicyResult {
  selective::SelectivePolicyOptions options;
  std::uint64_t cases = 0, accepted = 0, deferred = 0, abstained = 0;
  std::uint64_t accepted_failures = 0, deferred_failures = 0, abstained_failures = 0;
  std::uint64_t accepted_unknown = 0;  ///< beside `accepted`: without an outcome
  std::uint64_t cold = 0;              ///< of `cases`: decided by the rule of the cold start
  std::uint64_t cold_unknown = 0;      ///< beside `cold`: of cases without an outcome
  selective::PolicyBounds bounds{};    ///< at the end of the log
  [[nodiscard]] double coverage() const { return cases == 0 ? 0 : double(accepted) / double(cases); }
  [[nodiscard]] double risk() const { return accepted == 0 ? 0 : double(accepted_failures) / double(accepted); }
};

/// A stretch of evaluated cases, in order.
struct TimeBin {
  std::size_t first_case = 0, cases = 0;  ///< positions among the evaluated cases
  std::int64_t begin = 0, end = 0;        ///< times of its first and last case
  std::uint64_t failures = 0, accepted = 0, accepted_failures = 0;
  double mean_risk = 0, mean_danger = 0, threshold = 0;
  std::vector<double> mode_activity{};  ///< [Replay::modes] at the end of the bin
};

/// No stream: the log has one memory.
inline constexpr std::size_t kNoStream = static_cast<std::size_t>(-1);

struct ModeResult {
  memory::Mode mode;
  std::size_t stream = kNoStream;  ///< of Replay::streams, whose memory it is of
  bool retired = false;
  std::string words{};                   ///< "f2 high (+1.8 sd), f0 low (−1.1 sd); confidence 0.93"
  std::vector<table::Predicate> rule{};  ///< a small conjunction found by the slice search, empty when none
  std::array<double, 2> position{};  ///< on the mode map: the centre on the first two principal axes of the centres;
                                     ///< a retired mode has none
  std::vector<std::size_t> example_rows{};
};

/// An interval in which failures near a mode (or of all cases) were raised.
struct Regime {
  std::uint32_t mode = memory::kNoMode;
  std::size_t stream = kNoStream;                      ///< of Replay::streams
  std::int64_t onset = 0, began = 0, known = 0;        ///< estimated start; case that told it; when that was known
  std::optional<std::int64_t> ended{};                 ///< none: still on at the end of the log
  double rate_before = 0, rate = 0, log_evidence = 0;  ///< as they stood when it was told; `rate` is then overstated
  std::uint64_t cases = 0, failures = 0;               ///< evaluated cases in it, with an outcome
  std::vector<memory::RegimeEvent> changes{};          ///< of its level
};

/// Whether failures could have been corrected, prequentially.
enum class Verdict : std::uint8_t { correctable, irreducible, unknown };
[[nodiscard]] std::string_view name_of(Verdict verdict);  ///< "correctable", …
struct CorrectionResult {
  std::uint32_t mode = memory::kNoMode;  ///< kNoMode: all cases
  std::string words{};                   ///< "mode 3", "all cases", "regime 2 (mode 3)"
  std::uint64_t cases = 0;
  double error = 0;              ///< of the model
  double flipped_error = 0;      ///< had predictions been flipped where risk > ½ (binary tasks)
  double specialist_error = 0;   ///< had the mode's specialist been followed
  double all_flipped_error = 0;  ///< had every prediction been flipped (what a specialist trained on failures does)
  double p_value = 1;            ///< sequential, corrected for the number of modes: the better one lowers the error
  double harm_p_value = 1;       ///< sequential, corrected: neither lowers it by enough to matter
  std::string better{};          ///< "flip" or "specialist"
  Verdict verdict = Verdict::unknown;
};

struct ExpertShare {
  std::string name;
  double weight = 0;  ///< mean share in the mixture over the evaluated cases
};

/// How the log was streamed.
struct Delay {
  std::uint64_t steps = 0;               ///< outcomes arrive after so many more cases …
  std::optional<std::int64_t> micros{};  ///< … or after so much time
  std::string column{};                  ///< … or when this column says
};

/// One stream of a log whose streams have a memory each.
struct StreamResult {
  std::string name{};    ///< the value of the column
  bool missing = false;  ///< the stream of cases without a value
  std::size_t cases = 0, trained = 0, warm = 0, evaluated = 0, without_outcome = 0;
  std::uint64_t failures = 0;  ///< among evaluated cases with an outcome
  PolicyResult policy{};
  std::size_t modes = 0, regimes = 0, regimes_on = 0;  ///< alive at the end; told; still on at the end
};

/// A log, streamed in the order of time as a live monitor would have met it, and what came of it.
struct Replay {
  std::vector<std::string> files{};
  std::size_t rows = 0, trained = 0, warm = 0, evaluated = 0, without_outcome = 0;
  bool has_time = false;  ///< times are microseconds; otherwise steps
  Delay delay;
  std::uint64_t failures = 0;            ///< among evaluated cases with an outcome
  std::vector<ScoreResult> scores{};     ///< "errata" first, "oracle" last
  std::vector<OnlineCoverage> online{};  ///< "errata" at kCoverages targets
  PolicyResult policy;
  std::vector<TimeBin> bins{};
  std::vector<ModeResult> modes{};
  std::vector<Regime> regimes{};
  std::vector<stats::ReliabilityBin> calibration{};  ///< of the risk, in bins of about equal numbers of cases
  double calibration_error = 0;                      ///< ECE of the risk over those bins
  double brier = 0;
  std::vector<ExpertShare> experts{};
  std::vector<CorrectionResult> corrections{};  ///< only when asked for
  std::string stream_column{};                  ///< whose values have a memory each; empty: one memory
  std::vector<StreamResult> streams{};  ///< worst first: by accepted failures beyond the rate of all accepted cases
  std::vector<std::string> warnings{};
};

}  // namespace errata::replay
