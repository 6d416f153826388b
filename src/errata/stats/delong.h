#pragma once

#include <cstdint>
#include <span>

#include "errata/base/error.h"
#include "errata/stats/rate.h"

namespace errata::stats {

/// Area under the ROC curve with its standard error.
struct AucEstimate {
  double auc = 0;             ///< P(score of a positive > of a negative), ties one half; NaN without both kinds
  double standard_error = 0;  ///< NaN with fewer than two of either kind
  RateInterval interval;      ///< [0, 1] where nothing can be said
};

/// AUROC with the interval of DeLong. With m positives, n negatives and the placements
///     v_i = share of negatives below positive i (ties one half),   w_j = share of positives above negative j:
///     AUC = mean v,   variance = var(v)/m + var(w)/n   (divisors m − 1 and n − 1),
/// and the interval is that of log(AUC / (1 − AUC)) on the normal scale, taken back, so that it stays inside (0, 1).
/// An area of exactly 0 or 1 has variance 0; there the interval ends at (a/2)^(1/min(m, n)), a = 1 − confidence: min(m,
/// n) disjoint pairs were all in order, which has at most that chance.
/// @param scores    [n] no NaN; higher is more likely positive
/// @param positive  [n] 0/1
/// @param confidence  in (0, 1)
/// @return the estimate, or invalid_argument when the lengths differ, a score is NaN or the confidence out of range
/// Cost: that of rows_by_value(n). Cases are taken for independent.
/// References: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988), 837–845; X. Sun, W. Xu, IEEE
/// Signal Processing Letters 21 (2014), 1389–1393 (placements from ranks); M. S. Pepe, The Statistical Evaluation of
/// Medical Tests (2003), 5.2.4 (logit scale).
[[nodiscard]] Result<AucEstimate> delong_interval(std::span<const double> scores,
                                                  std::span<const std::uint8_t> positive, double confidence = 0.95);

/// Difference of two areas on the same cases.
struct AucDifference {
  double difference = 0;  ///< AUC(a) − AUC(b)
  double standard_error = 0;
  double low = 0, high = 0;  ///< difference ± z · standard error
  double p_value = 1;        ///< two-sided, of "the areas are equal"
};

/// DeLong's test of two scores on the same cases: the variance is that of the differences of their placements, so what
/// both scores share cancels.
/// @param a, b  [n] no NaN  @param positive  [n] 0/1  @param confidence  in (0, 1), of the interval
/// @return equal placements: difference 0, p-value 1. Where the standard error is 0 and the difference is not, or with
///     fewer than two of either kind, the test says nothing and the p-value is NaN. invalid_argument as above.
/// Cost: twice that of rows_by_value(n). Reference: as above.
[[nodiscard]] Result<AucDifference> delong_test(std::span<const double> a, std::span<const double> b,
                                                std::span<const std::uint8_t> positive, double confidence = 0.95);

}  // namespace errata::stats
