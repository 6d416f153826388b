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
  stats::RateInterval interval{};  ///< of second − first, 95%, percentiles of the bootstrap; NaN ends where it has none
};

struct MetricChanges {
  std::vector<MetricChange> changes;  ///< those that both logs have, in the order of Metric
  std::size_t replicates = 0;
};

/// How metrics differ between two logs of one task, as class_metrics() and number_metrics() define them. Paired logs
/// are compared on the pairs that both can be measured on, and a replicate draws pairs; else it draws from either log.
/// @param seed  of the bootstrap; the result is the same on any number of threads
/// Cost: 1,000 replicates up to 100,000 cases, fewer beyond, at least 200; each O(cases · (1 + ranked classes)).
[[nodiscard]] MetricChanges metric_changes(const table::PredictionLog& first, const table::PredictionLog& second,
                                           const Pairing& pairing, std::uint64_t seed, const ThreadPool& pool);

}  // namespace errata::slice
