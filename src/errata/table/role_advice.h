#pragma once

#include <string>

#include "errata/table/prediction_log.h"

namespace errata::table {

/// For a log of which only the label or only the prediction was found: which one, and the columns that hold the same
/// classes and may be the other, with the flag that says so; empty where there is nothing to say.
///     "; the prediction is predicted; defaulted has the same values: --label defaulted says that it is the label"
[[nodiscard]] std::string role_advice(const PredictionLog& log);

}  // namespace errata::table
