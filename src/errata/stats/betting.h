#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace errata::stats {

/// A sequential test of "the next gain is at most 0 in the mean, whatever came before", by betting against it.
/// Five bettors share a unit and stake b = .05, .1, .2, .4, .8 of what they have on every gain; the e-value is
///     e = mean over b of Π (1 + b · gain),
/// and by Ville's inequality it ever exceeds 1/α with probability at most α while the hypothesis holds. So the test may
/// be looked at after every case. Cost: O(1) a bet.
/// Reference: G. Shafer, JRSS A 184 (2021), 407–431.
///     BettingTest test;  test.bet(1);  test.e_value();  // 1.31
class BettingTest {
 public:
  /// @param gain  >= −1; expected to be at most 0 under the hypothesis
  void bet(double gain) {
    if (gain == 0) return;
    double sum = 0;
    for (std::size_t b = 0; b < kStakes.size(); ++b) {
      log_wealth_[b] += std::log1p(kStakes[b] * gain);
      sum += std::exp(std::min(log_wealth_[b], kMostLogWealth));
    }
    most_ = std::max(most_, sum / static_cast<double>(kStakes.size()));
  }
  /// The largest e-value so far, >= 1.
  [[nodiscard]] double e_value() const { return most_; }
  /// min(1, tests / e_value): valid for one of `tests` tests looked at together (Bonferroni). @param tests  >= 1
  [[nodiscard]] double p_value(double tests = 1) const { return std::min(1.0, tests / most_); }

 private:
  static constexpr std::array kStakes{.05, .1, .2, .4, .8};
  static constexpr double kMostLogWealth = 600;  ///< beyond, evidence is no longer counted: e^600 is enough
  std::array<double, kStakes.size()> log_wealth_{};
  double most_ = 1;
};

}  // namespace errata::stats
