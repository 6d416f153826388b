#pragma once

#include <string>
#include <vector>

#include "errata/table/prediction_log.h"

namespace errata::engine_nn {

/// Columns of a log that is written. NaN, and a text that is empty, are missing.
[[nodiscard]] table::Column number_column(std::string name, std::vector<double> values);
[[nodiscard]] table::Column text_column(std::string name, const std::vector<std::string>& values);

}  // namespace errata::engine_nn
