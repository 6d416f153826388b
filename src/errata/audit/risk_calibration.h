#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "errata/audit/piecewise_linear.h"
#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/base/rng.h"

namespace errata::audit {

enum class CalibrationMethod : std::uint8_t {
  isotonic,  ///< the best non-decreasing function, by pooling adjacent violators
  platt,     ///< 1/(1 + e^{−(a s + b)}), a >= 0
  log_odds,  ///< the same of s' = log(s/(1 − s)): temperature scaling with a shift; for scores in [0, 1]
};
[[nodiscard]] std::string_view name_of(CalibrationMethod method);

/// From the score of a detector to a probability of failure: a function that never falls, kept as a table of straight
/// pieces. The order of cases is kept but for ties.
///     ERRATA_ASSIGN(const auto calibration, RiskCalibration::choose(scores, failed, 5, rng));
///     calibration.risk(score);
/// Fit it on cases that the detector was not fitted on. It holds for cases drawn like those; under a shift it does not.
class RiskCalibration {
 public:
  /// @param scores  [n] within ±1e100, higher is more likely a failure  @param failed  [n] 0/1, both among them
  /// @return the calibration; invalid_argument when lengths differ, a score is outside its range, a failure not 0/1 or
  /// log_odds
  ///     asked for scores outside [0, 1]; data when all cases failed or none did
  /// Isotonic values are kept inside [1/(n + 2), 1 − 1/(n + 2)]. Platt's targets are (F + 1)/(F + 2) for the F failures
  /// and 1/(S + 2) for the S successes; where the scores are of no use or worse, a = 0.
  /// Cost: that of rows_by_value(n).
  /// References: M. Ayer et al., Ann. Math. Stat. 26 (1955), 641–647; B. Zadrozny, C. Elkan, KDD 2002, 694–699; J. C.
  /// Platt, in Advances in Large Margin Classifiers (1999), 61–74; C. Guo et al., ICML 2017, 1321–1330.
  [[nodiscard]] static Result<RiskCalibration> fit(CalibrationMethod method, std::span<const double> scores,
                                                   std::span<const std::uint8_t> failed);
  /// The method of least log loss on cases left out in turn, fitted to all cases; ties go to the first of isotonic,
  /// platt, log_odds (the last only for scores in [0, 1]).
  /// @param folds  2 … the rarer outcome's count, which each fold gets its share of  @param rng  draws the folds
  [[nodiscard]] static Result<RiskCalibration> choose(std::span<const double> scores,
                                                      std::span<const std::uint8_t> failed, std::size_t folds, Rng rng);

  [[nodiscard]] CalibrationMethod method() const { return method_; }
  /// Mean log loss on the cases left out, of choose(); NaN after fit().
  [[nodiscard]] double held_out_log_loss() const { return held_out_log_loss_; }
  [[nodiscard]] const PiecewiseLinear& table() const { return table_; }
  /// @param score  not NaN  @return in (0, 1)  Cost: O(log table).
  [[nodiscard]] double risk(double score) const { return table_(score); }
  [[nodiscard]] std::vector<double> risks(std::span<const double> scores) const;

  void save(ByteWriter& out) const;
  /// @return the calibration, or data error for a table that is no probability or an unknown method
  [[nodiscard]] static Result<RiskCalibration> load(ByteReader& in);

 private:
  RiskCalibration() = default;
  CalibrationMethod method_ = CalibrationMethod::isotonic;
  double held_out_log_loss_ = 0;
  PiecewiseLinear table_;
};

}  // namespace errata::audit
