#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/slice/case_metrics.h"
#include "errata/slice/failure_kinds.h"
#include "errata/stats/calibration.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// Metrics of one class, one-vs-rest. NaN where the denominator is 0.
struct OneClass {
  std::string name;
  std::uint64_t labelled = 0, predicted = 0;
  double precision = 0, recall = 0, f1 = 0;
};

/// One bin of the reliability diagram.
using stats::ReliabilityBin;

/// Metrics of a classifier's log or of some of its cases; weighted where the log has a weight column. Cases without a
/// label, a prediction or a finite weight > 0 are left out of all of them; scores out of [0, 1], NaN and inf are left
/// out of the score metrics and counted.
///
/// With P(positive) of two classes: ROC-AUC and average precision rank the positive class; log loss is −log p(y), Brier
/// (p − [y positive])², ECE and the diagram speak of P(positive).
/// With one score column a class: ROC-AUC and average precision are means over one-vs-rest rankings; log loss is
/// −log p(y), Brier Σ_c (p_c − [y = c])², ECE and the diagram speak of the confidence in the prediction.
/// With a confidence alone: Brier is (confidence − [prediction right])², ECE and the diagram speak of the confidence;
/// ROC-AUC, average precision and log loss are absent.
///
/// The mean over classes is unweighted and over those classes that have cases and are not the only one. Logarithms
/// are clipped as in stats::log_loss. Metrics that are not defined on the cases are absent.
struct ClassMetrics {
  std::uint64_t n = 0;  ///< cases that count
  double accuracy = 0;
  double balanced_accuracy = 0;     ///< mean recall over the classes that have labels
  std::vector<OneClass> per_class;  ///< in the order of PredictionLog::classes
  /// [classes, classes] row-major, row = label, column = prediction, weights summed; empty above 2,048 classes.
  std::vector<double> confusion;
  std::optional<BinaryErrors> binary{};  ///< of a log of two classes
  std::vector<Confusion> confusions{};   ///< the three most frequent, most frequent first
  std::optional<double> roc_auc, average_precision, log_loss, brier, ece;
  std::string calibration_of;  ///< "P(1)" or "confidence in the prediction": what ECE and the diagram speak of
  std::vector<ReliabilityBin> reliability;  ///< 15 equal-width bins, the same as for ECE; empty ones left out
  std::uint64_t unusable_scores = 0;
};

/// Metrics of a regressor's log; error = prediction − label. Cases whose label or prediction is missing or infinite, or
/// whose weight is not finite and > 0, are left out.
struct NumberMetrics {
  std::uint64_t n = 0;
  double mae = 0, rmse = 0;
  double bias = 0;    ///< mean error
  double spread = 0;  ///< standard deviation of the error: rmse² = bias² + spread²
  double r2 = 0;      ///< 1 − Σ error² / Σ (label − mean label)²; NaN when the labels are all equal
  /// At 0, .05, .25, .5, .75, .95, 1: the least error with at least that share of the weight at or below it.
  std::vector<double> residual_quantiles;
};

/// @param members  [rows] 0/1, or empty for all
/// @return nothing when the log is of another task or no case counts
/// Cost: O(rows · classes) for logs with one score column a class, else O(rows); plus a sort a ranked class.
[[nodiscard]] std::optional<ClassMetrics> class_metrics(const table::PredictionLog& log,
                                                        std::span<const std::uint8_t> members = {});
[[nodiscard]] std::optional<NumberMetrics> number_metrics(const table::PredictionLog& log,
                                                          std::span<const std::uint8_t> members = {});

/// The same for many slices of one log: what does not depend on the slice is computed once.
///     const SliceMeter meter(log);
///     const auto metrics = meter.classes(std::vector<std::uint32_t>{0, 4, 7});
/// Cost of a slice: that of its own rows.
class SliceMeter {
 public:
  /// @param log  outlives the meter
  explicit SliceMeter(const table::PredictionLog& log)
      : log_(log), classes_(slice::class_terms(log)), numbers_(slice::number_terms(log)) {}
  /// @param rows  ascending
  [[nodiscard]] std::optional<ClassMetrics> classes(std::span<const std::uint32_t> rows,
                                                    const ThreadPool& pool = ThreadPool(1)) const;
  [[nodiscard]] std::optional<NumberMetrics> numbers(std::span<const std::uint32_t> rows) const;
  /// The kinds of failure alone, without a sort.
  [[nodiscard]] FailureKinds kinds(std::span<const std::uint32_t> rows) const;
  /// What each case adds; nothing under the other task.
  [[nodiscard]] const std::optional<ClassTerms>& class_terms() const { return classes_; }
  [[nodiscard]] const std::optional<NumberTerms>& number_terms() const { return numbers_; }

 private:
  const table::PredictionLog& log_;
  std::optional<ClassTerms> classes_;
  std::optional<NumberTerms> numbers_;
};

}  // namespace errata::slice
