#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/slice/case_metrics.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// The two kinds of failure of two classes, each as a share of the cases that can fail so: a slice may fail more than
/// the log only because more of it is positive. Weighted; NaN where the denominator is 0.
struct BinaryErrors {
  std::string positive;            ///< the class
  double base_rate = 0;            ///< positive cases / all
  double false_negative_rate = 0;  ///< positive cases that are predicted negative / positive cases
  double false_positive_rate = 0;  ///< negative cases that are predicted positive / negative cases
};

/// Cases of one class that are predicted another.
struct Confusion {
  std::size_t label = 0, predicted = 0;  ///< index into PredictionLog::classes
  std::uint64_t n = 0;
  double share = 0;  ///< of all cases; weighted
};

/// @param rows  of the cases
/// @return nothing for a log of other than two classes
[[nodiscard]] std::optional<BinaryErrors> binary_errors(const table::PredictionLog& log, const ClassTerms& terms,
                                                        std::span<const std::uint32_t> rows);
/// The three most frequent, most frequent first.
[[nodiscard]] std::vector<Confusion> most_frequent_confusions(const ClassTerms& terms,
                                                              std::span<const std::uint32_t> rows);

/// What kinds of failure some cases have; each part is there where the log's task has it.
struct FailureKinds {
  std::optional<BinaryErrors> binary{};
  std::vector<Confusion> confusions{};
  std::optional<double> bias{}, spread{};  ///< mean and standard deviation of prediction − label
};

}  // namespace errata::slice
