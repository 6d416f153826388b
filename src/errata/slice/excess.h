#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "errata/stats/rate.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// Does a slice fail as the model's own calibrated confidence leads one to expect?
enum class Belief : std::uint8_t { as_believed, more_than_believed, less_than_believed };
[[nodiscard]] std::string_view name_of(Belief belief);  ///< "as_believed", …

/// Failures of a slice against those that the calibrated confidence of its cases leads one to expect.
struct Excess {
  std::uint64_t n = 0, failures = 0;  ///< on all cases
  double expected = 0;                ///< failures: Σ of expected_failures()
  double rate = 0, expected_rate = 0;
  double excess = 0;             ///< rate − expected_rate
  stats::RateInterval interval;  ///< of the excess, 95%: Wilson's of the rate, less the expected rate
  /// 1 − the confidence as it is logged, mean over the scored cases; under "prediction differs from label" only.
  std::optional<double> claimed_rate{};
  std::uint64_t tested_n = 0, tested_failures = 0;  ///< on the cases of the test
  double tested_expected = 0;
  double log_p = 0;                     ///< two-sided: min(1, 2 · the smaller tail), natural logarithm
  double log_p_adjusted = 0;            ///< Benjamini–Hochberg over the slices judged together
  Belief belief = Belief::as_believed;  ///< adjusted p <= fdr, and which way
};

/// Measures slices of one log against what its confidence leads one to expect.
///     const ExcessMeter meter(log, expected_failures(log, 1));  // tested on all cases
///     Excess some = meter.measure(std::vector<std::uint32_t>{0, 4, 7});
///     judge({{&some}}, .05);
/// The test is that of the Poisson binomial distribution: the failures of the tested cases are a sum of independent
/// events of the expected probabilities. Cost: O(rows); a slice that of its rows.
class ExcessMeter {
 public:
  /// @param expected  [rows] of expected_failures(), or empty
  /// @param tested    rows that slices are tested on, ascending; empty: all
  ExcessMeter(const table::PredictionLog& log, std::vector<double> expected,
              std::span<const std::uint32_t> tested = {});

  /// Has the log a score at all? Else nothing can be measured.
  [[nodiscard]] bool can_tell() const { return !expected_.empty(); }
  /// @param rows  of a slice  @return log_p set, not yet adjusted
  [[nodiscard]] Excess measure(std::span<const std::uint32_t> rows) const;

 private:
  static constexpr std::uint32_t kUntested = ~std::uint32_t{0};
  template <typename GroupAt>
  void take_groups(const GroupAt& group_at);
  const table::PredictionLog& log_;
  std::vector<double> expected_;      ///< [rows]
  std::vector<double> confidence_;    ///< [rows], under "prediction differs from label"; else empty
  std::vector<std::uint32_t> group_;  ///< [rows] index of the expectation among the distinct ones, or kUntested
  std::vector<double> distinct_;      ///< expectations of tested cases
};

/// Adjusts the tests of slices of one log and says what each comes to.
void judge(std::span<Excess* const> slices, double fdr);

/// What the confidence of a whole log claims, as it is logged, against what fails.
struct Claim {
  std::uint64_t n = 0, failures = 0;  ///< of the scored cases
  double claimed_rate = 0;            ///< 1 − mean confidence
  double rate = 0;
  double log_p = 0;  ///< two-sided, Poisson binomial
};
/// @return nothing without scores and under another rule than "prediction differs from label"
[[nodiscard]] std::optional<Claim> claim_of(const table::PredictionLog& log);

}  // namespace errata::slice
