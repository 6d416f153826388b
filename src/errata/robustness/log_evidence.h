#pragma once

#include <optional>
#include <string>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/robustness/evidence.h"
#include "errata/slice/pairing.h"
#include "errata/table/prediction_log.h"

namespace errata::robustness {

/// Columns of a log that say what was done to its cases.
struct ShiftColumns {
  std::optional<std::string> severity{};  ///< numbers, or words in their order: 0, "none", "clean" or missing is clean
  std::optional<std::string> corruption{};  ///< of what kind: "none", "clean" or missing is clean
};

/// Levels of a severity of numbers with more different values than this are so many equal parts of its range.
inline constexpr std::size_t kMostLevels = 10, kPartsOfRange = 5;

/// What a log of predictions tells: accuracy and confidence by severity, answers in the streams' order of time, slices,
/// and retention against an earlier model's log of the same cases. What it cannot tell has its reason.
/// @param log      read with the columns of `columns` among its RoleNames::others, and with ids where `earlier` is
/// given
/// @param earlier  judged alike; may be null  @param pairing  how its rows are joined
/// @return data error of a column that is of no such kind, of ids that cannot be joined
[[nodiscard]] Result<Evidence> evidence_of_log(table::PredictionLog log, const ShiftColumns& columns,
                                               const table::PredictionLog* earlier,
                                               const slice::PairingOptions& pairing, const Progress& progress = {});

}  // namespace errata::robustness
