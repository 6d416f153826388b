#pragma once

#include <span>
#include <string>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/improve/failure_store.h"
#include "errata/improve/task.h"

namespace errata::engine_nn {

/// Writes answers as a prediction log that `errata analyze` reads: `case_id` ("round:place"), round, skill and the
/// task's features, prompt, `label` (the right answer), `prediction` and `confidence` (the geometric mean of the
/// tokens' probabilities).
/// @param place  .parquet, .csv, .csv.gz or .jsonl
[[nodiscard]] Result<void> write_improve_cases(const improve::Task& task,
                                               std::span<const improve::StoredAnswer> answers, const std::string& place,
                                               const Cancellation* stop = nullptr);

}  // namespace errata::engine_nn
