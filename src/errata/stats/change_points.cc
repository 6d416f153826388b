// Where does the failure rate change? Each way to cut the periods into stretches is scored by how badly one rate a
// stretch describes the counts, plus a penalty a change. The best cut of the first t periods ends with some last
// stretch s … t-1, before which the best cut of the first s periods must stand:
//
//     F(t) = min over s < t of F(s) + C(s, t) + penalty,   F(0) = −penalty.
//
// That is O(k²). PELT drops starts that can never win again: when F(s) + C(s, t) > F(t), then for every later end T
//
//     F(s) + C(s, T) + penalty >= F(s) + C(s, t) + C(t, T) + penalty > F(t) + C(t, T) + penalty,
//
// the first step because a stretch costs at least as much as its parts. So starting at t beats starting at s, strictly,
// and no optimum and no tie is lost. The comparison leaves room for rounding, which only keeps a start too long.
// Where the rate changes often few starts are alive and the cost is linear; with no change none is dropped.
#include "errata/stats/change_points.h"

#include <algorithm>
#include <limits>

#include "errata/base/error.h"
#include "errata/stats/binomial_cost.h"

namespace errata::stats {
namespace {

/// Counts of the periods that have trials, summed up so that any stretch is a difference.
struct Occupied {
  std::vector<std::size_t> period;
  std::vector<std::uint64_t> failures{0}, trials{0};

  Occupied(std::span<const std::uint64_t> period_failures, std::span<const std::uint64_t> period_trials) {
    for (std::size_t i = 0; i < period_trials.size(); ++i) {
      ERRATA_CHECK(period_failures[i] <= period_trials[i]);
      if (period_trials[i] == 0) continue;
      period.push_back(i);
      failures.push_back(failures.back() + period_failures[i]);
      trials.push_back(trials.back() + period_trials[i]);
    }
  }
  [[nodiscard]] std::size_t size() const { return period.size(); }
  [[nodiscard]] double cost(std::size_t begin, std::size_t end) const {
    return binomial_cost(failures[end] - failures[begin], trials[end] - trials[begin]);
  }
};

}  // namespace

Segmentation segment_binomial(std::span<const std::uint64_t> failures, std::span<const std::uint64_t> trials,
                              double penalty) {
  ERRATA_CHECK(failures.size() == trials.size() && penalty >= 0);
  if (trials.empty()) return {};
  const Occupied occupied(failures, trials);
  if (occupied.size() == 0) return {.starts = {0}, .cost = 0};

  struct Start {
    std::size_t at;
    double through;  // cost of the best cut before `at` and of one stretch from there to the current end
  };
  std::vector<double> best(occupied.size() + 1, -penalty);
  std::vector<std::size_t> last_start(occupied.size() + 1, 0);
  std::vector<Start> alive;
  for (std::size_t end = 1; end <= occupied.size(); ++end) {
    alive.push_back({.at = end - 1, .through = 0});
    best[end] = std::numeric_limits<double>::infinity();
    for (auto& start : alive) {
      start.through = best[start.at] + occupied.cost(start.at, end);
      if (start.through + penalty < best[end]) {
        best[end] = start.through + penalty;
        last_start[end] = start.at;
      }
    }
    const double bound = best[end] + 1e-9 * (1 + best[end] + penalty);
    std::erase_if(alive, [bound](const Start& start) { return start.through > bound; });
  }

  Segmentation result{.starts = {}, .cost = best.back()};
  for (std::size_t end = occupied.size(); end > 0; end = last_start[end]) {
    result.starts.push_back(last_start[end] == 0 ? 0 : occupied.period[last_start[end]]);
  }
  std::ranges::reverse(result.starts);
  return result;
}

}  // namespace errata::stats
