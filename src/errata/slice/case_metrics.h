#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/stats/calibration.h"
#include "errata/stats/classification.h"
#include "errata/table/numbers.h"
#include "errata/table/prediction_log.h"
#include "errata/table/unpacked.h"

namespace errata::slice {

/// Tables of slices × classes or classes × classes are kept up to this many cells (2,048 classes squared).
inline constexpr std::size_t kMaxCells = std::size_t{1} << 22;

/// A metric that is NaN where it is not defined, as one that is absent there.
[[nodiscard]] inline std::optional<double> if_defined(double value) {
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

/// One class whose score ranks the cases against the rest.
struct RankedClass {
  std::uint32_t label = 0;
  std::span<const double> scores;  ///< [rows]
};

/// What one case adds to the metrics of a classifier's slice, each term times its weight.
struct ClassCase {
  std::uint32_t row = 0, label = 0;
  double weight = 0, found = 0;  ///< found: its weight where the prediction is right
  bool is_scored = false, happened = false;
  double probability = 0, brier = 0, log_loss = 0;  ///< of scored cases
};

/// What the metrics of a classifier need of each case, computed once for a log and shared by all its slices.
/// Spans point into the log or into `unpacked`.
struct ClassTerms {
  std::size_t classes = 0;
  std::span<const std::uint32_t> label, predicted;  ///< [rows]
  table::Numbers weight;                            ///< [rows]; 0 for cases that do not count
  std::string calibration_of;                       ///< empty without scores
  std::span<const double> probability;              ///< [rows] what is calibrated
  std::uint32_t positive = 0;                       ///< the class that `probability` speaks of …
  bool speaks_of_prediction = false;                ///< … or it speaks of the predicted class
  bool are_weighed = false;                         ///< else every weight is 0 or 1
  /// Where few probabilities differ, [rows] twice the number of the case's, ascending, and 1 more where what it speaks
  /// of happened; the last place is that of all other cases. Else empty.
  std::vector<std::uint8_t> place;
  std::vector<double> placed;  ///< [places / 2] those probabilities
  /// [places], or [rows] where there are none. NaN where the case does not count or its scores are unusable; empty
  /// without scores.
  std::vector<double> brier;
  std::vector<double> log_loss;  ///< as brier; empty without probabilities of the label
  std::vector<RankedClass> ranked;
  table::Unpacked unpacked;

  [[nodiscard]] bool has_scores() const { return !brier.empty(); }
  /// Where brier and log_loss tell of a case.
  [[nodiscard]] std::size_t term_of(std::size_t row) const { return place.empty() ? row : place[row]; }
  [[nodiscard]] bool is_scored(std::size_t row) const { return !std::isnan(brier[term_of(row)]); }
  [[nodiscard]] bool happened(std::size_t row) const {
    return label[row] == (speaks_of_prediction ? predicted[row] : positive);
  }
  /// @param row         of a case that counts
  /// @param its_weight  weight[row], > 0
  [[nodiscard]] ClassCase of(std::uint32_t row, double its_weight) const {
    ClassCase c{.row = row, .label = label[row], .weight = its_weight};
    c.found = its_weight * static_cast<double>(c.label == predicted[row]);
    if (!has_scores()) return c;
    const std::size_t term = term_of(row);
    c.is_scored = !std::isnan(brier[term]);
    if (!c.is_scored) return c;
    c.happened = happened(row);
    c.probability = probability[row];
    c.brier = its_weight * brier[term];
    c.log_loss = log_loss.empty() ? std::numeric_limits<double>::quiet_NaN() : its_weight * log_loss[term];
    return c;
  }
};

/// @param members  [rows] 0/1, or empty for all; the others get weight 0
/// @return nothing when the log is not of classes
[[nodiscard]] std::optional<ClassTerms> class_terms(const table::PredictionLog& log,
                                                    std::span<const std::uint8_t> members = {});

/// Sums over the cases of a slice from which its metrics follow. Metrics are NaN where they are not defined.
class ClassSums {
 public:
  /// @param keep_classes  sum by class, which the balanced accuracy needs; else it is not defined
  ClassSums(const ClassTerms& terms, bool keep_classes) : by_class_(keep_classes ? terms.classes : 1) {}
  // Called for every case and feature: no branch depends on whether a case is right, which cannot be predicted.
  void add(const ClassCase& c) {
    Recall& recall = by_class_[by_class_.size() > 1 ? c.label : 0];
    recall.labelled += c.weight;
    recall.found += c.found;
    if (!c.is_scored) return;
    brier_ += c.brier;
    log_loss_ += c.log_loss;
    calibration_.add(c.probability, c.happened, c.weight);
  }

  /// Adds cases of weight 1, and of those with usable scores apart from their bins the sums of their terms.
  void add_cases(std::size_t label, std::uint64_t n, std::uint64_t found) {
    Recall& recall = by_class_[by_class_.size() > 1 ? label : 0];
    recall.labelled += static_cast<double>(n);
    recall.found += static_cast<double>(found);
  }
  void add_terms(double brier, double log_loss) {
    brier_ += brier;
    log_loss_ += log_loss;
  }
  [[nodiscard]] stats::Calibration& calibration() { return calibration_; }

  [[nodiscard]] double accuracy() const;
  [[nodiscard]] double balanced_accuracy() const;
  [[nodiscard]] double log_loss() const { return log_loss_ / calibration_.weight(); }
  [[nodiscard]] double brier() const { return brier_ / calibration_.weight(); }
  [[nodiscard]] const stats::Calibration& calibration() const { return calibration_; }

 private:
  struct Recall {
    double labelled = 0, found = 0;
  };
  double log_loss_ = 0, brier_ = 0;
  stats::Calibration calibration_;
  std::vector<Recall> by_class_;  ///< one for all when classes are not kept
};

/// One case in the ranking of a class. Cases of equal score share a step; steps ascend as scores descend.
struct RankedCase {
  double weight = 0;
  std::uint32_t step = 0;
  std::uint32_t row : 31 = 0;
  std::uint32_t positive : 1 = 0;
};

/// The scored ones of some cases in descending order of the class's score.
/// @param rows  ascending
[[nodiscard]] std::vector<RankedCase> ranked_cases(const ClassTerms& terms, const RankedClass& ranked,
                                                   std::span<const std::uint32_t> rows);
/// Those of all cases.
[[nodiscard]] std::vector<RankedCase> ranked_cases(const ClassTerms& terms, const RankedClass& ranked);

/// Whether cases can be ranked by how many there are in each place: they have places, and weigh the same.
[[nodiscard]] bool ranks_by_place(const ClassTerms& terms);
/// How well the one ranked class's score ranks some cases, to the bit what ranking them one by one gives.
/// @param cases  [places] how many there are
[[nodiscard]] stats::RankingAreas areas_of_places(const ClassTerms& terms, std::span<const std::uint64_t> cases);

/// What the metrics of a regressor need of each case. Spans point into the log or into `unpacked`.
struct NumberTerms {
  std::span<const double> label, prediction;  ///< [rows]
  table::Numbers weight;                      ///< [rows]; 0 for cases that do not count
  table::Unpacked unpacked{};
};
[[nodiscard]] std::optional<NumberTerms> number_terms(const table::PredictionLog& log,
                                                      std::span<const std::uint8_t> members = {});

/// Sums over the cases of a slice; the spreads of labels and errors are updated as they come (Welford), not by squares.
class NumberSums {
 public:
  void add(const NumberTerms& terms, std::size_t row);

  [[nodiscard]] std::uint64_t n() const { return n_; }
  [[nodiscard]] double mae() const { return absolute_ / weight_; }
  [[nodiscard]] double rmse() const;
  [[nodiscard]] double bias() const { return error_ / weight_; }
  [[nodiscard]] double spread() const { return std::sqrt(error_spread_ / weight_); }
  [[nodiscard]] double r2() const;

 private:
  std::uint64_t n_ = 0;
  double weight_ = 0, absolute_ = 0, error_ = 0, squared_ = 0;
  double label_mean_ = 0, label_spread_ = 0;
  double error_mean_ = 0, error_spread_ = 0;
};

}  // namespace errata::slice
