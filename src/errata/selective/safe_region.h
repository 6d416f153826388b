#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "errata/stats/rate.h"

namespace errata::selective {

/// Which counts of accepted calibration cases show that a threshold is safe, for all thresholds at once.
/// k failures among n accepted are few enough when
///     P(Bin(n, risk) <= k) <= c · n / N,
/// N the calibration cases, written as the least number of successes s_k beside k failures, kept non-decreasing in k. c
/// is the largest for which N cases that each fail with probability `risk`, one after the other, ever come to such a
/// count with probability at most delta; that probability is summed exactly over the paths.
/// Theorem. When the cases are i.i.d., whatever their distribution, the probability that any threshold whose true
/// failure rate is above `risk` comes to such a count is at most delta. So every threshold with such a count can be
/// taken, also the largest, chosen after seeing them all. docs/methods/selective.md has the proof.
///     const SafeRegion region(1000, .05, .1);
///     region.shows({.failures = 12, .trials = 500});  // 12 of 500 among the 1,000
/// Cost: about 10 passes over N · 9 √(N risk) states: 1 ms at 1,000 cases, 0.3 s at 50,000. 8 bytes a failure.
class SafeRegion {
 public:
  /// @param cases  N >= 1  @param risk, delta  in (0, 1)
  SafeRegion(std::size_t cases, double risk, double delta);

  [[nodiscard]] std::size_t cases() const { return cases_; }
  [[nodiscard]] bool shows(stats::FailureCount accepted) const {
    return accepted.failures < least_.size() && accepted.trials - accepted.failures >= least_[accepted.failures];
  }
  /// c · n / N: the level at which a single threshold with so many accepted cases is tested.
  [[nodiscard]] double level(std::uint64_t accepted) const {
    return factor_ * static_cast<double>(accepted) / static_cast<double>(cases_);
  }
  /// Exact probability that cases at the target itself ever come to such a count, at most delta.
  [[nodiscard]] double crossing() const { return crossing_; }

 private:
  std::size_t cases_;
  double factor_ = 0, crossing_ = 0;
  std::vector<std::uint64_t> least_;  ///< s_k of k failures, as far as it can be reached
};

}  // namespace errata::selective
