// Both methods ask the same question of a threshold: were so few of the accepted calibration cases failures that a
// failure rate above the target is implausible? The exact binomial tail answers it. They differ in how they pay for
// asking more than once. SGR asks all thresholds at once, at a level that the exact law of all of them together allows
// (safe_region.h), and takes the largest. Learn then Test names its thresholds before; walked from safe to risky, a
// threshold is tested only when all before it passed, so that the first truly unsafe one is tested at the full level
// and the whole sequence costs one delta. Where to begin is what the cases that name the thresholds say; where they do
// not know, all thresholds are asked at once as well.
#include "errata/selective/risk_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "errata/base/limits.h"
#include "errata/stats/binomial_tail.h"
#include "errata/stats/distributions.h"
#include "errata/stats/sort_numbers.h"

namespace errata::selective {
namespace {

constexpr std::size_t kMostCases = 50'000;  // that a region is computed for; of more cases so many count, evenly spaced
constexpr double kWalked = 0.85;  // share of delta for one sequence; the rest is for when it begins with a failed test
constexpr double kSure = 0.5;     // normal quantile of the chance that the first of a sequence passes

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

/// @param most  of more cases so many, evenly spaced
Sorted sort_cases(std::span<const double> risk, std::span<const std::uint8_t> failed, std::size_t most) {
  const std::size_t cases = std::min(risk.size(), most);
  const auto row_at = [&](std::size_t i) { return cases == risk.size() ? i : i * risk.size() / cases; };
  std::vector<double> known(cases);
  for (std::size_t i = 0; i < cases; ++i) {
    const double value = risk[row_at(i)];
    known[i] = std::isnan(value) ? kInfinity : value;
  }
  Sorted sorted{.cases = cases, .risk = {}, .failures_up_to = {0}};
  for (const std::uint32_t row : stats::rows_by_value(known)) {
    if (known[row] == kInfinity) break;
    sorted.risk.push_back(known[row]);
    sorted.failures_up_to.push_back(sorted.failures_up_to.back() + failed[row_at(row)]);
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

/// The largest threshold of a count in the region, among `thresholds` or, without any, among all risks.
ControlledThreshold largest_shown(const Sorted& sorted, std::span<const double> thresholds, const SafeRegion& region) {
  const auto accept = [&](double threshold) {
    const auto accepted = sorted.accepted_by(threshold);
    return accept_up_to(sorted, threshold, region.level(accepted.trials));
  };
  for (std::size_t i = thresholds.size(); i-- > 0;)
    if (region.shows(sorted.accepted_by(thresholds[i]))) return accept(thresholds[i]);
  for (std::size_t n = thresholds.empty() ? sorted.risk.size() : 0; n > 0; --n) {
    const bool tied = n < sorted.risk.size() && sorted.risk[n] == sorted.risk[n - 1];
    if (!tied && region.shows({.failures = sorted.failures_up_to[n], .trials = n})) return accept(sorted.risk[n - 1]);
  }
  return accept_nothing();
}

/// The place in the grid where a sequence is most sure to begin with a pass, from the outcomes of the cases that gave
/// the grid; none where that is less than 69 in 100.
std::optional<std::size_t> sure_start(const Sorted& pilot, std::span<const double> grid, std::size_t tested,
                                      RiskTarget target) {
  const double needed = -stats::normal_quantile(target.delta), variance = target.risk * (1 - target.risk);
  double most = kSure;
  std::optional<std::size_t> start;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const auto accepted = pilot.accepted_by(grid[i]);
    const auto n = static_cast<double>(accepted.trials);
    const double rate = (static_cast<double>(accepted.failures) + 0.5) / (n + 1);
    // Of the tested cases so many come below, and their count of failures lies z deviations below the target's …
    const double deviations = std::sqrt(n / static_cast<double>(pilot.cases) * static_cast<double>(tested) / variance);
    const double z = (target.risk - rate) * deviations, error = std::sqrt(rate * (1 - rate) / (n + 1)) * deviations;
    const double sure = (z - needed) / std::sqrt(1 + error * error);  // … give or take
    if (sure < most) continue;
    most = sure;
    start = i;
  }
  return start;
}

/// The end of one sequence of all thresholds from `start` on, at the full level.
ControlledThreshold walk(const Sorted& sorted, double start, RiskTarget target) {
  std::size_t n = sorted.accepted_by(start).trials;
  double found = -kInfinity, threshold = start;
  while (shown_safe({.failures = sorted.failures_up_to[n], .trials = n}, target.risk, target.delta)) {
    found = threshold;
    if (n == sorted.risk.size()) break;
    threshold = sorted.risk[n];
    while (n < sorted.risk.size() && sorted.risk[n] == threshold) ++n;
  }
  return found == -kInfinity ? accept_nothing() : accept_up_to(sorted, found, target.delta);
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
  const Sorted sorted = sort_cases(risk, failed, kMostCases);
  if (sorted.risk.empty()) return accept_nothing();
  return largest_shown(sorted, {}, SafeRegion(sorted.cases, target.risk, target.delta));
}

ControlledThreshold sgr_threshold(std::span<const double> risk, std::span<const std::uint8_t> failed,
                                  const SafeRegion& region) {
  ERRATA_CHECK(check_cases(risk, failed).has_value() && risk.size() == region.cases());
  return largest_shown(sort_cases(risk, failed, risk.size()), {}, region);
}

Result<ControlledThreshold> ltt_threshold(std::span<const double> risk, std::span<const std::uint8_t> failed,
                                          RiskTarget target, const LearnThenTestOptions& options) {
  ERRATA_TRY(check_cases(risk, failed));
  ERRATA_TRY(target.check());
  ERRATA_TRY(check_options(options));
  std::vector<double> grid = options.grid, tested_risk;
  std::vector<std::uint8_t> tested_failed;
  Sorted pilot;
  if (grid.empty()) {
    std::vector<double> grid_risk;
    std::vector<std::uint8_t> grid_failed;
    for (std::size_t i = 0; i < risk.size(); ++i) {
      const auto taken = [&](std::size_t cases) { return std::floor(options.grid_share * static_cast<double>(cases)); };
      if (taken(i + 1) > taken(i)) {
        grid_risk.push_back(risk[i]);
        grid_failed.push_back(failed[i]);
      } else {
        tested_risk.push_back(risk[i]);
        tested_failed.push_back(failed[i]);
      }
    }
    pilot = sort_cases(grid_risk, grid_failed, grid_risk.size());
    grid = quantile_grid(pilot, options.thresholds);
    risk = tested_risk;
    failed = tested_failed;
  }
  if (risk.empty() || grid.empty()) return accept_nothing();
  const bool at_once = options.testing == MultipleTesting::pilot;
  const Sorted sorted = sort_cases(risk, failed, at_once ? kMostCases : risk.size());
  switch (options.testing) {
    case MultipleTesting::bonferroni: return test_each(sorted, grid, target);
    case MultipleTesting::fixed_sequence: return walk_sequences(sorted, grid, target, options.starts);
    case MultipleTesting::pilot: break;
  }
  const RiskTarget walked{.risk = target.risk, .delta = kWalked * target.delta};
  const auto start = pilot.cases > 0 ? sure_start(pilot, grid, sorted.cases, walked) : std::nullopt;
  if (start) {
    ControlledThreshold rule = walk(sorted, grid[*start], walked);
    if (rule.threshold > -kInfinity) return rule;
    target.delta -= walked.delta;  // the pilot was wrong
  }
  return largest_shown(sorted, options.grid, SafeRegion(sorted.cases, target.risk, target.delta));
}

}  // namespace errata::selective
