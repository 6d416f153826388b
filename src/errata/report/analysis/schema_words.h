#pragma once

#include <string>
#include <vector>

#include "errata/table/prediction_log.h"

namespace errata::report {

/// What is taken for what in a log, sentences that name the flags which say otherwise:
///     "y_true and y_pred are classes: 0, 1; 1 is the positive one (--task, --classes, --map, --positive)"
[[nodiscard]] std::vector<std::string> schema_words(const table::PredictionLog& log);

}  // namespace errata::report
