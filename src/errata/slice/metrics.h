#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/table/prediction_log.h"

namespace errata::slice {

/// Metrics of one class, one-vs-rest. NaN where the denominator is 0.
struct OneClass {
  std::string name;
  std::uint64_t labelled = 0, predicted = 0;
  double precision = 0, recall = 0, f1 = 0;
};

/// One bin of the reliability diagram.
struct ReliabilityBin {
  double low = 0, high = 0;
  std::uint64_t n = 0;
  double mean_score = 0, observed = 0;  ///< weighted means in the bin
};

/// Metrics of a classifier's log or of some of its cases; weighted where the log has a weight column.
/// Scores out of [0, 1], NaN and inf are left out of the score metrics and counted.
struct ClassMetrics {
  std::uint64_t n = 0;
  double accuracy = 0, balanced_accuracy = 0;
  std::vector<OneClass> per_class;
  std::vector<double> confusion;  ///< [classes, classes] row-major, row = label, column = prediction, weights summed
  std::optional<double> roc_auc, average_precision, log_loss, brier, ece;  ///< where the log has fitting scores
  std::string calibration_of;  ///< "P(1)" or "confidence in the prediction": what brier, ECE and the diagram speak of
  std::vector<ReliabilityBin> reliability;  ///< 15 equal-width bins, the same as for ECE; empty ones left out
  std::uint64_t unusable_scores = 0;
};

/// Metrics of a regressor's log; error = prediction − label.
struct NumberMetrics {
  std::uint64_t n = 0;
  double mae = 0, rmse = 0, bias = 0, r2 = 0;
  std::vector<double> residual_quantiles;  ///< at 0, .05, .25, .5, .75, .95, 1
};

/// @param members  [rows] 0/1, or empty for all
[[nodiscard]] std::optional<ClassMetrics> class_metrics(const table::PredictionLog& log,
                                                        std::span<const std::uint8_t> members = {});
[[nodiscard]] std::optional<NumberMetrics> number_metrics(const table::PredictionLog& log,
                                                          std::span<const std::uint8_t> members = {});

}  // namespace errata::slice
