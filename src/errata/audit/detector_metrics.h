#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "errata/base/error.h"
#include "errata/base/rng.h"
#include "errata/base/thread_pool.h"
#include "errata/stats/rate.h"

namespace errata::audit {

/// What says how good a risk is; docs/methods/detector-metrics.md has the formulas.
enum class Figure : std::uint8_t {
  auroc,
  average_precision_failures,
  average_precision_successes,
  fpr_at_95_tpr,
  aurc,
  excess_aurc,
  augrc,
  coverage_at_1_percent,
  coverage_at_2_percent,
  coverage_at_5_percent,
  ece,
};
inline constexpr std::size_t kFigures = 11;

struct FigureInfo {
  Figure figure;
  std::string_view name;  ///< "fpr_at_95_tpr"
  std::string_view words;
  bool higher_is_better;
};

/// All of them, in the order of the enumeration.
[[nodiscard]] std::span<const FigureInfo, kFigures> figures();

struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();
  stats::RateInterval interval{.low = 0, .high = 1};  ///< where nothing can be said: [NaN, NaN], or [0, 1] for auroc
};

/// All figures of one risk on one set of cases. Failures are the positives.
///   Without failures or without successes: auroc, both average precisions and fpr_at_95_tpr are NaN; the areas under
///   the risk-coverage curve and the coverages are what they are (0 and 1 without failures, 1 and 0 without successes).
///   ece is NaN unless the risk is a probability.
struct DetectorMetrics {
  std::uint64_t cases = 0, failures = 0;
  std::array<Estimate, kFigures> estimates{};
  [[nodiscard]] const Estimate& operator[](Figure figure) const { return estimates[static_cast<std::size_t>(figure)]; }
};

struct MetricOptions {
  double confidence = 0.95;       ///< in (0, 1), of each interval
  std::size_t replicates = 1000;  ///< of the bootstrap, >= 0; 0: no intervals but that of auroc
  std::size_t block_length =
      1;                       ///< >= 1, at most the cases: neighbours in time that stay together; 1: independent cases
  bool probabilities = false;  ///< the risks are probabilities of failure in [0, 1]: gives ece
};

/// Figures with intervals: DeLong's for auroc, percentiles of the bootstrap over cases for the others (and for auroc
/// where blocks are longer than 1). Replicates without both outcomes count for the figures that they have.
/// @param risk    [n] no NaN, higher is more likely a failure  @param failed  [n] 0/1, 1 <= n < 2^32
/// @param rng     replicate r draws from rng.fork(r): with the same rng all detectors see the same replicates
/// @return the figures, or invalid_argument when something is out of range
/// Cost: one sort, then O(n) a replicate; about 0.2 ms a replicate at 10,000 cases.
[[nodiscard]] Result<DetectorMetrics> detector_metrics(std::span<const double> risk,
                                                       std::span<const std::uint8_t> failed,
                                                       const MetricOptions& options, const Rng& rng, ThreadPool& pool);

/// Figure of a less figure of b.
struct FigureDifference {
  double difference = 0;
  double low = 0, high = 0;
  double p_value = 1;  ///< two-sided, of no difference; NaN where there is no figure
};
struct DetectorComparison {
  std::array<FigureDifference, kFigures> differences{};
  [[nodiscard]] const FigureDifference& operator[](Figure figure) const {
    return differences[static_cast<std::size_t>(figure)];
  }
};

/// Paired comparison of two risks on the same cases: DeLong's test for auroc, the paired bootstrap for the others, with
/// p = 2 min(#{d* <= 0} + 1, #{d* >= 0} + 1)/(R + 1) over the replicates' differences d*, at most 1. Parameters as
/// above. Many comparisons need a correction (stats/multiplicity.h).
/// Reference: B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993), 13.3 and 15.4.
[[nodiscard]] Result<DetectorComparison> compare_detectors(std::span<const double> a, std::span<const double> b,
                                                           std::span<const std::uint8_t> failed,
                                                           const MetricOptions& options, const Rng& rng,
                                                           ThreadPool& pool);

}  // namespace errata::audit
