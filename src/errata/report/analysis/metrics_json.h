#pragma once

#include <nlohmann/json_fwd.hpp>

#include "errata/slice/analysis.h"

namespace errata::report {

[[nodiscard]] nlohmann::ordered_json class_metrics_json(const slice::ClassMetrics& metrics);
[[nodiscard]] nlohmann::ordered_json number_metrics_json(const slice::NumberMetrics& metrics);
/// Which kinds of failure some cases have: only what the task has.
[[nodiscard]] nlohmann::ordered_json kinds_json(const slice::Analysis& analysis, const slice::FailureKinds& kinds);

}  // namespace errata::report
