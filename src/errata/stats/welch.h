#pragma once

#include <cstdint>

#include "errata/stats/rate.h"

namespace errata::stats {

/// Count, mean and spread of numbers that come one by one (Welford), and of several such lots together (Chan).
class Moments {
 public:
  void add(double value);
  void merge(const Moments& other);

  [[nodiscard]] std::uint64_t n() const { return n_; }
  [[nodiscard]] double mean() const;      ///< NaN without values
  [[nodiscard]] double variance() const;  ///< Σ (x − mean)² / (n − 1); NaN below two values

 private:
  std::uint64_t n_ = 0;
  double mean_ = 0, squares_ = 0;
};

/// log P(|T| >= |t|), T of Student's distribution. @param degrees  of freedom, > 0
/// Accurate far in the tail. Reference: M. Abramowitz, I. A. Stegun (1964), 26.7.1 and 26.5.8.
///     std::exp(student_log_two_sided(2.0860, 20));  // .05
[[nodiscard]] double student_log_two_sided(double t, double degrees);
/// The t > 0 with P(|T| >= t) = p. @param p  in (0, 1)
[[nodiscard]] double student_two_sided_quantile(double p, double degrees);

/// A mean, or how far two are apart, with its interval and the test that it is 0.
struct MeanDifference {
  double difference = 0;    ///< NaN where a side has no values
  RateInterval interval{};  ///< NaN ends where a side has fewer than two values
  double log_p = 0;         ///< two-sided; 0 where there is nothing to test
};

/// Student's interval of a mean. @param confidence  in (0, 1)
[[nodiscard]] RateInterval mean_interval(const Moments& values, double confidence);

/// mean(second) − mean(first) of two independent samples whose spreads may differ: Welch's t, degrees of freedom by
/// Satterthwaite. Two samples without any spread differ for certain where their means do.
/// @param confidence  in (0, 1)
/// Reference: B. L. Welch, Biometrika 34 (1947), 28–35.
[[nodiscard]] MeanDifference welch_test(const Moments& first, const Moments& second, double confidence);

}  // namespace errata::stats
