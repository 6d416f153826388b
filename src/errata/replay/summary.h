#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/monitor/judge.h"
#include "errata/replay/cases.h"
#include "errata/replay/replay.h"
#include "errata/replay/stream.h"
#include "errata/table/coding.h"
#include "errata/table/prediction_log.h"

namespace errata::replay {

/// What a summary is made from; all of it outlives the call.
struct SummaryInput {
  const table::PredictionLog& log;
  const CaseStream& cases;
  const StreamedCases& streamed;
  const monitor::Judge& judge;
};

/// Counts, decisions, bins and calibration of cases that were decided, by whatever judges. Activities of modes are left
/// out.
[[nodiscard]] Replay count_cases(const table::PredictionLog& log, const CaseStream& cases,
                                 const StreamedCases& streamed);

/// The same, and policy, modes, regimes, experts and the online coverages of a stream. Scores, corrections and advice
/// are not in it. Cost: a few passes over the evaluated cases.
[[nodiscard]] Replay summarise(const SummaryInput& input, const ThreadPool& pool = ThreadPool(1));

/// Mean share of each expert over the stretches, the largest first.
[[nodiscard]] std::vector<ExpertShare> mean_weights(const StreamedCases& streamed);

/// Failure modes with words, places on the map and examples; `rule` is left empty.
[[nodiscard]] std::vector<ModeResult> describe_modes(const SummaryInput& input);

/// Finds ModeResult::rule: the conjunction of at most two predicates on features that best sets the cases near a mode
/// apart from the others (largest likelihood ratio), over at most 50,000 decided cases at even steps.
class ModeRules {
 public:
  /// @param log  outlives this
  /// @param features  names that a memory knows
  /// @return what the coding of features cannot do
  [[nodiscard]] static Result<ModeRules> make(const table::PredictionLog& log, const memory::Schema& features,
                                              ThreadPool& pool);
  /// Decided cases of one memory: rows of the log and the mode that each is near.
  struct Decided {
    std::vector<std::uint32_t> rows{}, mode{};
  };
  [[nodiscard]] static Decided decided(const CaseStream& cases, const StreamedCases& streamed);
  /// Fills the rule of each mode that is not retired.
  [[nodiscard]] Result<void> find(const Decided& decided, std::span<ModeResult* const> modes, ThreadPool& pool) const;

 private:
  table::CodedTable coded_;
};
[[nodiscard]] Result<void> find_rules(const SummaryInput& input, std::vector<ModeResult>& modes, ThreadPool& pool);

/// Regimes that reach into the evaluated cases, in the order in which they were told.
[[nodiscard]] std::vector<Regime> regimes_of(const SummaryInput& input);

/// CoverageTracker at kCoverages targets over the risk, warm cases included, measured on the evaluated ones with an
/// outcome. hindsight_error is left 0.
[[nodiscard]] std::vector<OnlineCoverage> online_coverages(const SummaryInput& input,
                                                           const ThreadPool& pool = ThreadPool(1));

/// Bins of about equal numbers of cases by risk; cases of equal risk stay together.
/// @param risk  [n]  @param failed  [n]
[[nodiscard]] std::vector<stats::ReliabilityBin> calibration_bins(const std::vector<double>& risk,
                                                                  const std::vector<std::uint8_t>& failed,
                                                                  std::size_t bins);

}  // namespace errata::replay
