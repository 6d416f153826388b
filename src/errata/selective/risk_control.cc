// Both methods ask the same question of a threshold: were so few of the accepted calibration cases failures that a
// failure rate above the target is implausible? The exact binomial tail answers it. They differ in how they pay for
// asking more than once. SGR looks at log2 n thresholds, wherever the binary search leads, and pays for each. Learn
// then Test names its thresholds before; walked from safe to risky, a threshold is tested only when all before it
// passed, so that the first truly unsafe one is tested at the full level and the whole sequence costs one delta.
#include "errata/selective/risk_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "errata/stats/binomial_tail.h"
#include "errata/stats/sort_numbers.h"

namespace errata::selective {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Calibration cases in order of risk; those that are never accepted only count.
struct Sorted {
  std::size_t cases = 0;
  std::vector<double> risk;                   // [acceptable] ascending
  std::vector<std::uint64_t> failures_up_to;  // [acceptable + 1]

  [[nodiscard]] stats::FailureCount accepted_by(double threshold) const {
    const auto end = static_cast<std::size_t>(std::ranges::upper_bound(risk, threshold) - risk.begin());
    return {.failures = failures_up_to[end], .trials = end};
  }
};

Sorted sort_cases(std::span<const double> risk, std::span<const std::uint8_t> failed) {
  std::vector<double> known(risk.begin(), risk.end());
  for (double& value : known) {
    if (std::isnan(value)) value = kInfinity;
  }
  Sorted sorted{.cases = risk.size(), .risk = {}, .failures_up_to = {0}};
  for (const std::uint32_t row : stats::rows_by_value(known)) {
    if (known[row] == kInfinity) break;
    sorted.risk.push_back(known[row]);
    sorted.failures_up_to.push_back(sorted.failures_up_to.back() + failed[row]);
  }
  return sorted;
}

ControlledThreshold accept_nothing() {
  return {.threshold = -kInfinity, .coverage = 0, .accepted = {}, .risk_bound = 1};
}

ControlledThreshold accept_up_to(const Sorted& sorted, double threshold, double delta) {
  const auto accepted = sorted.accepted_by(threshold);
  return {.threshold = threshold,
          .coverage = static_cast<double>(accepted.trials) / static_cast<double>(sorted.cases),
          .accepted = accepted,
          .risk_bound = stats::binomial_upper_bound(accepted, delta)};
}

bool shown_safe(stats::FailureCount accepted, double risk, double delta) {
  return stats::binomial_log_lower_tail(accepted, risk) <= std::log(delta);
}

Result<void> check_cases(std::span<const double> risk, std::span<const std::uint8_t> failed) {
  if (risk.size() != failed.size()) {
    return invalid_argument(fmt::format("{} risks do not go with {} failures", risk.size(), failed.size()));
  }
  if (risk.size() > std::numeric_limits<std::uint32_t>::max()) {
    return invalid_argument(fmt::format("{} calibration cases are more than 2^32 - 1", risk.size()));
  }
  if (const auto other = std::ranges::find_if(failed, [](auto f) { return f > 1; }); other != failed.end()) {
    return invalid_argument(fmt::format("failure {} of case {} is not 0 or 1", *other, other - failed.begin()));
  }
  return {};
}

Result<void> check_options(const LearnThenTestOptions& options) {
  if (options.starts < 1) return invalid_argument("Learn then Test needs at least 1 start, got 0");
  if (options.thresholds < 1) return invalid_argument("Learn then Test needs at least 1 threshold, got 0");
  if (!(options.grid_share > 0 && options.grid_share < 1)) {
    return invalid_argument(fmt::format("grid share {} is not in (0, 1)", options.grid_share));
  }
  for (std::size_t i = 0; i < options.grid.size(); ++i) {
    if (std::isnan(options.grid[i]) || (i > 0 && options.grid[i] < options.grid[i - 1])) {
      return invalid_argument(fmt::format("threshold {} of the grid is not in ascending order", i));
    }
  }
  return {};
}

/// Quantiles of the risks, distinct and ascending.
std::vector<double> quantile_grid(const Sorted& sorted, std::size_t thresholds) {
  std::vector<double> grid;
  for (std::size_t i = 1; i <= thresholds && !sorted.risk.empty(); ++i) {
    const std::size_t rank = (i * sorted.risk.size() + thresholds - 1) / thresholds;
    if (grid.empty() || sorted.risk[rank - 1] > grid.back()) grid.push_back(sorted.risk[rank - 1]);
  }
  return grid;
}

/// The largest threshold that one of the sequences shows to be safe.
ControlledThreshold walk_sequences(const Sorted& sorted, std::span<const double> grid, RiskTarget target,
                                   std::size_t starts) {
  const double delta = target.delta / static_cast<double>(starts);
  const double least = std::log(delta) / std::log1p(-target.risk);       // so many accepted without a failure would do
  const auto first = std::ranges::find_if(grid, [&](double threshold) {  // labels play no part
    return static_cast<double>(sorted.accepted_by(threshold).trials) >= least;
  });
  const std::span<const double> tested(first, grid.end());
  double found = -kInfinity;
  for (std::size_t s = 0; s < starts; ++s) {
    for (std::size_t i = s * tested.size() / starts; i < tested.size(); ++i) {
      if (!shown_safe(sorted.accepted_by(tested[i]), target.risk, delta)) break;
      found = std::max(found, tested[i]);
    }
  }
  return found == -kInfinity ? accept_nothing() : accept_up_to(sorted, found, delta);
}

ControlledThreshold test_each(const Sorted& sorted, std::span<const double> grid, RiskTarget target) {
  const double delta = target.delta / static_cast<double>(std::max<std::size_t>(grid.size(), 1));
  for (std::size_t i = grid.size(); i-- > 0;) {
    if (shown_safe(sorted.accepted_by(grid[i]), target.risk, delta)) return accept_up_to(sorted, grid[i], delta);
  }
  return accept_nothing();
}

}  // namespace

Result<void> RiskTarget::check() const {
  if (!(risk > 0 && risk < 1)) return invalid_argument(fmt::format("risk target {} is not in (0, 1)", risk));
  if (!(delta > 0 && delta < 1)) return invalid_argument(fmt::format("delta {} is not in (0, 1)", delta));
  return {};
}

Result<ControlledThreshold> sgr_threshold(std::span<const double> risk, std::span<const std::uint8_t> failed,
                                          RiskTarget target) {
  ERRATA_TRY(check_cases(risk, failed));
  ERRATA_TRY(target.check());
  const Sorted sorted = sort_cases(risk, failed);
  if (sorted.risk.empty()) return accept_nothing();
  const auto looks = std::max<std::size_t>(1, std::bit_width(sorted.risk.size() - 1));  // ⌈log2 n⌉
  const double delta = target.delta / static_cast<double>(looks);
  std::size_t low = 0, high = sorted.risk.size();  // the largest safe one has low … high cases
  double found = -kInfinity;
  for (std::size_t look = 0; look < looks && low < high; ++look) {
    const std::size_t middle = low + (high - low + 1) / 2;
    const double threshold = sorted.risk[middle - 1];
    if (shown_safe(sorted.accepted_by(threshold), target.risk, delta)) {
      found = std::max(found, threshold);
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return found == -kInfinity ? accept_nothing() : accept_up_to(sorted, found, delta);
}

Result<ControlledThreshold> ltt_threshold(std::span<const double> risk, std::span<const std::uint8_t> failed,
                                          RiskTarget target, const LearnThenTestOptions& options) {
  ERRATA_TRY(check_cases(risk, failed));
  ERRATA_TRY(target.check());
  ERRATA_TRY(check_options(options));
  std::vector<double> grid = options.grid, tested_risk;
  std::vector<std::uint8_t> tested_failed;
  if (grid.empty()) {
    std::vector<double> grid_risk;
    for (std::size_t i = 0; i < risk.size(); ++i) {
      const auto taken = [&](std::size_t cases) { return std::floor(options.grid_share * static_cast<double>(cases)); };
      if (taken(i + 1) > taken(i)) {
        grid_risk.push_back(risk[i]);
      } else {
        tested_risk.push_back(risk[i]);
        tested_failed.push_back(failed[i]);
      }
    }
    grid = quantile_grid(sort_cases(grid_risk, std::vector<std::uint8_t>(grid_risk.size(), 0)), options.thresholds);
    risk = tested_risk;
    failed = tested_failed;
  }
  if (risk.empty() || grid.empty()) return accept_nothing();
  const Sorted sorted = sort_cases(risk, failed);
  return options.testing == MultipleTesting::bonferroni ? test_each(sorted, grid, target)
                                                        : walk_sequences(sorted, grid, target, options.starts);
}

}  // namespace errata::selective
