#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

/// Whether write_columns() can write a place: told before long work. @return invalid_argument for an extension that is
/// not known; output error of a place that cannot be written
[[nodiscard]] Result<void> check_log_place(const std::string& place);

/// Writes columns of equal length as .parquet, .csv, .csv.gz or .jsonl by extension, whole or not at all.
/// @param lists  written behind the columns, each as a list of 32-bit floats a row (text in .csv)
/// All functions here throw Cancelled soon after their cancellation is requested; what was being written is then gone.
[[nodiscard]] Result<void> write_columns(const std::vector<Column>& columns, const std::string& place,
                                         std::span<const ListColumn> lists = {}, const Cancellation* stop = nullptr);

/// Writes the whole log, all columns of its files, with further columns beside them, by extension as write_columns().
/// @param log   read with keep_unjudged, so that its rows are those of the files
/// @param more  [rows] each
/// @return invalid_argument when the log has a column of one of their names
[[nodiscard]] Result<void> write_log_with(const PredictionLog& log, const std::vector<Column>& more,
                                          const std::string& place, const Cancellation* stop = nullptr);

/// Writes the log's rows that a SQL condition selects, by extension as write_columns(): all columns of its files, and
/// whether the row is a failure as the boolean column `errata_failure`.
/// @param where  a condition made by where_clause(); runs with access to nothing but the log and `place`
/// @return the number of rows written
[[nodiscard]] Result<std::size_t> export_cases(const PredictionLog& log, const std::string& where,
                                               const std::string& place, const Cancellation* stop = nullptr);

}  // namespace errata::table
