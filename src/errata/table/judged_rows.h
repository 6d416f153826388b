#pragma once

#include <cstdint>
#include <vector>

#include "errata/table/prediction_log.h"

namespace errata::table {

/// Takes out of a log with settled failures the rows that are not marked; columns are counted again.
/// @param kept  [rows] 1 for rows to keep
void keep_rows(PredictionLog& log, const std::vector<std::uint8_t>& kept);

}  // namespace errata::table
