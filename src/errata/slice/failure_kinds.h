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

/// @param members  [rows] 0/1, or empty for all
/// @return nothing for a log of other than two classes
[[nodiscard]] std::optional<BinaryErrors> binary_errors(const table::PredictionLog& log, const ClassTerms& terms,
                                                        std::span<const std::uint8_t> members = {});
/// The three most frequent, most frequent first.
[[nodiscard]] std::vector<Confusion> most_frequent_confusions(const ClassTerms& terms,
                                                              std::span<const std::uint8_t> members = {});

/// What kinds of failure some cases have; each part is there where the log's task has it.
struct FailureKinds {
  std::optional<BinaryErrors> binary{};
  std::vector<Confusion> confusions{};
  std::optional<double> bias{}, spread{};  ///< mean and standard deviation of prediction − label
};

/// Tells the kinds of failure of many slices of one log, where their whole metrics would take a sort each.
///     const KindsMeter meter(log);
///     FailureKinds kinds = meter.measure(members);
/// Cost: a pass over the log, then O(rows) a slice.
class KindsMeter {
 public:
  explicit KindsMeter(const table::PredictionLog& log)
      : log_(log), classes_(class_terms(log)), numbers_(number_terms(log)) {}
  /// @param members  [rows] 0/1
  [[nodiscard]] FailureKinds measure(std::span<const std::uint8_t> members) const;

 private:
  const table::PredictionLog& log_;
  std::optional<ClassTerms> classes_;
  std::optional<NumberTerms> numbers_;
};

}  // namespace errata::slice
