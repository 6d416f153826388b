// Do the thresholds for a risk target keep delta, and what coverage do they find? Simulated calibration sets of scores
// whose true failure rate is known; risks uniform in [0, 1), so that a threshold is its own coverage.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "errata/base/rng.h"
#include "errata/selective/risk_control.h"
#include "errata/stats/binomial_tail.h"

namespace {

using namespace errata;
using selective::ControlledThreshold;
using selective::RiskTarget;

constexpr int kSets = 1000;
constexpr std::size_t kGrid = 100'000;

struct Problem {
  std::string name;
  double (*failure_rate)(double risk);
  std::size_t cases;
  double target;
};

struct Calibration {
  std::vector<double> risk;
  std::vector<std::uint8_t> failed;
};

Calibration draw(const Problem& problem, std::uint64_t seed) {
  Rng rng(seed);
  Calibration drawn;
  for (std::size_t i = 0; i < problem.cases; ++i) {
    drawn.risk.push_back(rng.uniform());
    drawn.failed.push_back(rng.bernoulli(problem.failure_rate(drawn.risk.back())) ? 1 : 0);
  }
  return drawn;
}

/// Failure rates of the accepted at thresholds 1/kGrid, 2/kGrid, …
std::vector<double> true_rates(const Problem& problem) {
  std::vector<double> rates;
  double sum = 0;
  for (std::size_t i = 0; i < kGrid; ++i) {
    sum += problem.failure_rate((static_cast<double>(i) + 0.5) / kGrid);
    rates.push_back(sum / static_cast<double>(i + 1));
  }
  return rates;
}

double best_coverage(const std::vector<double>& rates, double target) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < rates.size(); ++i)
    if (rates[i] <= target) best = i + 1;
  return static_cast<double>(best) / kGrid;
}

/// What somebody could show who knows the best threshold and need only test those below it, from it downwards.
double told(const Calibration& cases, RiskTarget target, double best) {
  std::vector<std::pair<double, std::uint8_t>> sorted;
  for (std::size_t i = 0; i < cases.risk.size(); ++i) sorted.emplace_back(cases.risk[i], cases.failed[i]);
  std::ranges::sort(sorted);
  std::uint64_t failures = 0;
  double found = 0;
  for (std::size_t n = 1; n <= sorted.size() && sorted[n - 1].first <= best; ++n) {
    failures += sorted[n - 1].second;
    if (stats::binomial_log_lower_tail({.failures = failures, .trials = n}, target.risk) <= std::log(target.delta))
      found = sorted[n - 1].first;
  }
  return found;
}

struct Measured {
  double violations = 0, coverage = 0, nothing = 0;
};

template <typename Method>
Measured measure(const Problem& problem, const std::vector<double>& rates, Method method) {
  Measured measured;
  for (int set = 0; set < kSets; ++set) {
    const double threshold = method(draw(problem, static_cast<std::uint64_t>(set)));
    if (!(threshold > 0)) {
      measured.nothing += 1.0 / kSets;
      continue;
    }
    const auto place = std::min(kGrid - 1, static_cast<std::size_t>(threshold * kGrid));
    measured.violations += (rates[place] > problem.target ? 1.0 : 0.0) / kSets;
    measured.coverage += threshold / kSets;
  }
  return measured;
}

void print(const Problem& problem, double delta) {
  const auto rates = true_rates(problem);
  const double best = best_coverage(rates, problem.target);
  const RiskTarget target{.risk = problem.target, .delta = delta};
  const selective::SafeRegion region(problem.cases, target.risk, target.delta);
  const auto row = [&](const char* name, auto method) {
    const Measured m = measure(problem, rates, method);
    fmt::print("{:<12} {:>6} {:>6.2f} {:>5.2f} {:>6.3f}  {:<12} {:>9.3f} {:>10.1f}% {:>8.1f}%\n", problem.name,
               problem.cases, problem.target, delta, best, name, m.coverage, 100 * m.violations, 100 * m.nothing);
  };
  row("sgr", [&](const Calibration& c) { return selective::sgr_threshold(c.risk, c.failed, region).threshold; });
  row("ltt", [&](const Calibration& c) { return selective::ltt_threshold(c.risk, c.failed, target)->threshold; });
  row("5 sequences", [&](const Calibration& c) {
    return selective::ltt_threshold(c.risk, c.failed, target, {.testing = selective::MultipleTesting::fixed_sequence})
        ->threshold;
  });
  row("told", [&](const Calibration& c) { return told(c, target, best); });
}

}  // namespace

int main() {
  const auto rare = [](double u) { return std::min(1.0, .9 * std::pow(u, 6.5) + .002); };
  const auto linear = [](double u) { return .4 * u; };
  const auto steep = [](double u) { return .8 / (1 + std::exp(-25 * (u - .9))) + .005; };
  const auto poor = [](double u) { return .05 + .116 * u; };
  const auto none = [](double) { return .101; };
  fmt::print("{:<12} {:>6} {:>6} {:>5} {:>6}  {:<12} {:>9} {:>11} {:>9}\n", "score", "cases", "target", "delta", "best",
             "method", "coverage", "violations", "nothing");
  for (const Problem& problem :
       {Problem{"good", rare, 500, .06}, Problem{"good", rare, 1000, .06}, Problem{"good", rare, 1000, .03},
        Problem{"good", rare, 5000, .06}, Problem{"steep", steep, 1000, .05}, Problem{"linear", linear, 1500, .1},
        Problem{"linear", linear, 5000, .1}, Problem{"poor", poor, 1500, .1}, Problem{"worthless", none, 1500, .1}})
    print(problem, .1);
  print({"good", rare, 1000, .06}, .05);
}
