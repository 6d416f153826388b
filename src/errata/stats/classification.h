#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace errata::stats {

/// Areas that say how well a score ranks positive cases above negative ones; NaN without both kinds.
struct RankingAreas {
  double roc_auc = 0;            ///< P(score of a positive > of a negative), ties counted as one half
  double average_precision = 0;  ///< Σ over distinct scores of (recall gained) · (precision down to that score)
};

/// Adds up both areas in one pass over cases in descending order of score, without holding them.
///     for (const std::size_t i : descending) ranking.add(scores[i], positive[i]);
///     ranking.areas().roc_auc;
/// Equal scores form one step, so that neither area depends on the order among ties.
class Ranking {
 public:
  /// @param score   any value that is equal exactly for tied cases; not NaN
  /// @param weight  finite, >= 0
  void add(double score, bool positive, double weight = 1) {
    if (score != score_) {
      close_step();
      score_ = score;
    }
    const double positive_weight = weight * static_cast<double>(positive);  // no branch: labels cannot be predicted
    step_positive_ += positive_weight;
    step_negative_ += weight - positive_weight;
  }
  [[nodiscard]] RankingAreas areas() const;

 private:
  void close_step() {
    roc_ += step_negative_ * (positive_ + 0.5 * step_positive_);
    positive_ += step_positive_;
    negative_ += step_negative_;
    // The least double changes no sum but that of an empty step, which so adds 0.
    precision_ += step_positive_ * positive_ / (positive_ + negative_ + std::numeric_limits<double>::min());
    step_positive_ = step_negative_ = 0;
  }

  double score_ = 0;
  double positive_ = 0, negative_ = 0;            // weights above the current step
  double step_positive_ = 0, step_negative_ = 0;  // weights at the current score
  double roc_ = 0, precision_ = 0;
};

/// Weighted areas of scores in any order.
/// @param scores    [n] no NaN
/// @param positive  [n] 0/1
/// @param weights   [n] finite, >= 0, or empty for 1 each
/// Cost: that of rows_by_value(n). References: J. A. Hanley, B. J. McNeil, Radiology 143 (1982), 29–36 (area under the
/// ROC curve); J. Davis, M. Goadrich, ICML 2006, 233–240 (why precision is not interpolated).
///     ranking_areas({{.9, .4, .4, .1}}, {{1, 1, 0, 0}}).roc_auc;  // 3.5 of 4 pairs: 0.875
[[nodiscard]] RankingAreas ranking_areas(std::span<const double> scores, std::span<const std::uint8_t> positive,
                                         std::span<const double> weights = {});

/// The loss −log p of one case, p the probability given to what happened. p is clipped to [1e-15, 1], so that one case
/// that was called impossible costs 34.5 and not infinity.
[[nodiscard]] double log_loss(double probability_of_outcome);

}  // namespace errata::stats
