#pragma once

#include <optional>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/monitor/judge.h"
#include "errata/monitor/snapshot.h"
#include "errata/replay/cases.h"
#include "errata/replay/early_warm_up.h"
#include "errata/replay/replay.h"
#include "errata/replay/run.h"
#include "errata/replay/stream.h"
#include "errata/table/prediction_log.h"

namespace errata::replay {

// What a replay with one memory and one with a memory a stream have in common.

/// Do the options fit each other, and the cases?
[[nodiscard]] Result<void> check_options(const ReplayOptions& options);
[[nodiscard]] Result<void> check_times(const ReplayOptions& options, const CaseStream& cases);

/// Tells features that are times after those of their cases: a live system may not have them when it decides.
void warn_of_later_times(table::PredictionLog& log, const ReplayOptions& options);

/// Frees what is not read again once the outcomes are settled: columns of labels, predictions and scores …
void drop_judged_columns(table::PredictionLog& log);
/// … ids, which are read to tell repeated ones …
void drop_ids(table::PredictionLog& log, const ReplayOptions& options);
/// … and features, after the stream.
void drop_features(table::PredictionLog& log);

/// A new judge, or that of `start` with the features that it knows.
[[nodiscard]] Result<monitor::Judge> make_judge(const ReplayOptions& options,
                                                std::optional<monitor::SavedMemory>& start, CaseStream& cases,
                                                std::vector<std::string>& warnings);

/// A warm-up of this stream that ended before outcomes had come.
[[nodiscard]] std::optional<EarlyWarmUp> early_warm_up_of(const monitor::Judge& judge, const StreamedCases& streamed);

/// Replay::scores and the errors in hindsight. Frees the streamed scores.
[[nodiscard]] Result<void> evaluate(const ReplayOptions& options, const CaseStream& cases, StreamedCases& streamed,
                                    ThreadPool& pool, Replay& replay);

/// What was told of the log and its cases, and what the figures lack.
void add_warnings(const table::PredictionLog& log, const CaseStream& cases, const StreamedCases& streamed,
                  Replay& replay);

}  // namespace errata::replay
