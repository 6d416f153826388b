#pragma once

#include <optional>
#include <string>
#include <vector>

#include "errata/replay/cases.h"
#include "errata/replay/stream.h"
#include "errata/table/prediction_log.h"

namespace errata::replay {

/// What was decided, a row a decided case: row, id and time where the log has them, errata_part, errata_risk,
/// errata_decision, errata_threshold, errata_mode, errata_danger, errata_reason, errata_failed, and a column a score.
/// @param log       its id and time columns are still there
/// @param streamed  with reasons and scores
/// @param stream    a column of the log that is written after the time
/// @param order     positions of the decided cases; empty: as they were streamed
[[nodiscard]] std::vector<table::Column> decision_columns(const table::PredictionLog& log, const CaseStream& cases,
                                                          const StreamedCases& streamed,
                                                          const std::optional<std::string>& stream = {},
                                                          std::vector<std::size_t> order = {});

}  // namespace errata::replay
