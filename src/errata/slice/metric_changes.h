#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/slice/pairing.h"
#include "errata/stats/rate.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

enum class Metric : std::uint8_t { roc_auc, log_loss, brier, mae, rmse, mean_loss };
[[nodiscard]] std::string_view name_of(Metric metric);  ///< "roc_auc", …
/// Is more of it better?
[[nodiscard]] inline bool higher_is_better(Metric metric) { return metric == Metric::roc_auc; }

/// A metric on two logs.
struct MetricChange {
  Metric metric = Metric::roc_auc;
  double first = 0, second = 0;
  stats::RateInterval interval{};  ///< of second − first, 95%; NaN ends where it has none
};

struct MetricChanges {
  std::vector<MetricChange> changes;  ///< those that both logs have, in the order of Metric
  std::size_t replicates = 0;         ///< of the bootstrap; 0: normal intervals
};

struct MetricOptions {
  std::uint64_t seed = 1;          ///< of the bootstrap; the result is the same on any number of threads
  std::size_t resampled = 30'000;  ///< most cases (times ranked classes) that are resampled
  std::size_t replicates = 1000;   ///< >= 1
};

/// How metrics differ between two logs of one task, as class_metrics() and number_metrics() define them. Paired logs
/// are compared on the pairs that both can be measured on, and a replicate draws pairs; else it draws from either log.
/// Intervals are percentiles of the bootstrap; of more cases than `resampled` normal ones from the influence of each
/// case (for ROC-AUC that is DeLong's variance), which the bootstrap comes to there at a thousand times the cost. Cost:
/// a sort a ranked class, and a walk over the cases a replicate. References: B. Efron, R. J. Tibshirani, An
/// Introduction to the Bootstrap (1993), 13.3 and 22.3 (influence).
[[nodiscard]] MetricChanges metric_changes(const table::PredictionLog& first, const table::PredictionLog& second,
                                           const Pairing& pairing, const MetricOptions& options,
                                           const ThreadPool& pool);

}  // namespace errata::slice
