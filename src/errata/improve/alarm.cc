#include "errata/improve/alarm.h"

#include <array>
#include <cmath>

namespace errata::improve {
namespace {

/// What is not trained with the model: the auditor and the inverse check, NaN where one is not known.
std::array<double, 2> judges(const Watch& watch) { return {watch.auditor, watch.inverse}; }

/// Mean of those that are known; NaN where none is.
double trust(const Watch& watch) {
  double sum = 0, known = 0;
  for (const double one : judges(watch)) {
    if (std::isnan(one)) continue;
    sum += one;
    ++known;
  }
  return sum / known;
}

}  // namespace

std::optional<std::size_t> collapse_since(std::span<const Watch> history, const Watch& now, std::size_t questions) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < history.size(); ++i)
    if (trust(history[i]) > trust(history[best])) best = i;
  const Watch& then = history[best];
  bool is_clear = false;
  const auto before = judges(then), after = judges(now);
  for (std::size_t j = 0; j < before.size(); ++j) {
    if (std::isnan(before[j]) || std::isnan(after[j])) continue;
    const double error = std::sqrt(before[j] * (1 - before[j]) / static_cast<double>(questions));
    if (after[j] - before[j] > error) return std::nullopt;
    is_clear = is_clear || before[j] - after[j] > error;
  }
  return is_clear ? std::optional(best) : std::nullopt;
}

}  // namespace errata::improve
