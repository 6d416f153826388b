#include "errata/memory/robust_scale.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "errata/base/error.h"

namespace errata::memory {
namespace {

constexpr double kLargest = 1e100;       ///< squares of such values, and sums of those, are still finite
constexpr double kNormalOfMad = 1.4826;  ///< sd of a normal distribution / its median absolute deviation
constexpr double kNarrowest = 1e-12;     ///< of the median: what is narrower is rounding
constexpr double kSmallest = 1e-100;     ///< the inverse of such a sd is still finite
constexpr int kRounds = 8;
constexpr double kWidest = 4;

double median(std::span<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

/// The median of |value − centre|, or, where that is 0, of those that are not 0; 0 when all are.
double median_deviation(std::span<const double> values, double centre) {
  std::vector<double> deviations;
  deviations.reserve(values.size());
  for (const double value : values) deviations.push_back(std::abs(value - centre));
  if (const double deviation = median(deviations); deviation > 0) return deviation;
  std::erase(deviations, 0.0);
  return deviations.empty() ? 0 : median(deviations);
}

/// By Welford's recurrence.
RobustScale moments_within(std::span<const double> values, double low, double high) {
  double mean = 0, squares = 0, count = 0;
  for (const double value : values) {
    const double held = std::clamp(value, low, high);
    const double step = held - mean;
    count += 1;
    mean += step / count;
    squares += step * (held - mean);
  }
  return {.mean = mean, .sd = std::sqrt(squares / count)};
}

}  // namespace

RobustScale robust_scale(std::span<double> values, double reach) {
  ERRATA_CHECK(reach > 0);
  if (values.empty()) return {};
  for (double& value : values) value = std::clamp(value, -kLargest, kLargest);
  const double centre = median(values);
  const double near = reach * kNormalOfMad * median_deviation(values, centre);
  for (double& value : values) value -= centre;
  RobustScale scale = moments_within(values, -near, near);
  for (int round = 0; round < kRounds; ++round) {
    const double low = std::max(scale.mean - reach * scale.sd, -kWidest * near);
    const double high = std::min(scale.mean + reach * scale.sd, kWidest * near);
    scale = moments_within(values, low, high);
  }
  const bool constant = !(scale.sd > kNarrowest * std::abs(centre)) || scale.sd < kSmallest;
  return {.mean = centre + scale.mean, .sd = constant ? 0 : scale.sd};
}

}  // namespace errata::memory
