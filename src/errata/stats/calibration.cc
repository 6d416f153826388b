#include "errata/stats/calibration.h"

#include <cmath>

#include "errata/base/error.h"

namespace errata::stats {

double Calibration::weight() const {
  double weight = 0;
  for (const Sums& bin : bins_) weight += bin.weight;
  return weight;
}

double Calibration::expected_error() const {
  double gap = 0;
  for (const Sums& bin : bins_) gap += std::abs(bin.score - bin.happened);
  return gap / weight();
}

std::vector<ReliabilityBin> Calibration::reliability() const {
  constexpr auto kBins = static_cast<double>(kCalibrationBins);
  std::vector<ReliabilityBin> bins;
  for (std::size_t b = 0; b < kCalibrationBins; ++b) {
    const Sums& sums = bins_[b];
    if (!(sums.weight > 0)) continue;
    bins.push_back({.low = static_cast<double>(b) / kBins,
                    .high = static_cast<double>(b + 1) / kBins,
                    .n = sums.n,
                    .happened = sums.true_cases,
                    .weight = sums.weight,
                    .mean_score = sums.score / sums.weight,
                    .observed = sums.happened / sums.weight});
  }
  return bins;
}

Calibration calibration(std::span<const double> probabilities, std::span<const std::uint8_t> happened,
                        std::span<const double> weights) {
  ERRATA_CHECK(probabilities.size() == happened.size());
  ERRATA_CHECK(weights.empty() || weights.size() == probabilities.size());
  Calibration result;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    result.add(probabilities[i], happened[i] != 0, weights.empty() ? 1 : weights[i]);
  }
  return result;
}

}  // namespace errata::stats
