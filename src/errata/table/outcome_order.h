#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "errata/table/prediction_log.h"

namespace errata::table {

/// Values of two columns in one row.
using NumberPairs = std::vector<std::pair<double, double>>;

/// Where the first of two pairs are equal, the second are in order in any case, or only if equal as well.
enum class Ties : std::uint8_t { any, equal };

/// How many pairs have to go until the second never falls where the first rises, or never rises: n less the longest
/// sequence in order. 0 for a rounded copy, a logarithm, a bound.
///     off_by_order({{1, 10}, {2, 30}, {3, 20}}, Ties::any);  // 1
/// Cost: O(n log n).
[[nodiscard]] std::size_t off_by_order(NumberPairs pairs, Ties ties);

/// Spearman's: the correlation of the ranks, equal values with their mean rank; 0 where all values of one are equal.
[[nodiscard]] double rank_correlation(const NumberPairs& pairs);

/// What a feature has to do with the outcome.
struct Leak {
  std::string why{};    ///< in words
  bool certain = true;  ///< else it may be a feature that is better than the model
};

/// Finds numbers that are the outcome in another form (rounded, its logarithm, with a little noise) by their order.
///   Classes: a bound on them tells the label (bounds, of more than two), but for at most one in fifty of the rows that
///   are not of the most frequent class, and four times as well as the model; at one in ten they may.
///   Numbers: they are in the order of the label or the error but for one row in fifty, unless the rows are
///   anyway. They may be the label where they leave at most a ninth of the variance of its ranks that the prediction
///   leaves, and a twentieth of all.
class OutcomeOrder {
 public:
  /// @param log  outlives this; its task is settled
  explicit OutcomeOrder(const PredictionLog& log);

  /// Rows without a value are passed over. Of categories: whether the values tell the label nearly, as bounds do.
  /// Cost: O(n) for nearly all, else O(n log n).
  [[nodiscard]] std::optional<Leak> leak_in(const Column& feature) const;

 private:
  [[nodiscard]] bool is_judged(std::size_t row) const { return log_->judged.empty() || log_->judged[row] != 0; }
  [[nodiscard]] std::optional<Leak> class_leak(const Column& feature) const;
  [[nodiscard]] std::optional<Leak> category_leak(const Column& feature) const;
  [[nodiscard]] std::optional<Leak> number_leak(const Column& feature) const;
  using ValueOf = std::function<double(std::size_t)>;
  /// How many rows are off the order of a part of the outcome; nothing where these are not few.
  [[nodiscard]] std::optional<std::size_t> off_in_order(const Column& feature, const ValueOf& part,
                                                        std::span<const std::uint32_t> rows) const;
  /// Are the rows of the log in this order anyway? Then everything that rises with time is.
  [[nodiscard]] bool is_trend(const ValueOf& part) const;
  [[nodiscard]] std::optional<Leak> near_label(const Column& feature) const;

  /// Of a role that the log has. Not kept: columns move when one of them is dropped.
  [[nodiscard]] const Numbers& numbers_of(const std::optional<std::string>& role) const {
    return log_->find(*role)->numbers;
  }

  const PredictionLog* log_;
  bool of_numbers_ = false;           ///< label and prediction are
  std::vector<std::uint32_t> first_;  ///< rows that are looked at first, some of every class
  std::size_t others_ = 0;            ///< rows that are not of the most frequent class
  std::size_t wrong_ = 0;             ///< rows where the prediction is not the label
};

}  // namespace errata::table
