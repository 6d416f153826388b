#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/table/prediction_log.h"

namespace errata::engine {

/// The columns that a SQL expression names, bare (in any case, as SQL reads them) or quoted. Text in single quotes,
/// comments and function names (a word before a parenthesis) are no columns.
[[nodiscard]] std::vector<std::string> columns_named_in(std::string_view sql, std::span<const std::string> columns);

/// Takes the columns that failures or losses are computed from out of the features, because a slice made of the rule
/// itself says nothing, and says so in the log's warnings. Features that the user named stay.
/// @param expressions  of the user, in SQL
void drop_failure_columns(table::PredictionLog& log, std::span<const std::string> expressions,
                          std::span<const std::string> named_features);

}  // namespace errata::engine
