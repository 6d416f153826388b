#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/monitor/judge.h"
#include "errata/monitor/snapshot.h"
#include "errata/replay/cases.h"
#include "errata/replay/replay.h"
#include "errata/table/prediction_log.h"

namespace errata::replay {

struct ReplayOptions {
  CaseOptions cases;
  Delay delay;
  monitor::JudgeOptions judge;
  /// Of a mode's activity: so many cases at the log's pace …
  double half_life_cases = 500;
  std::optional<std::int64_t> half_life_micros{};  ///< … or so much time, where times are dates
  bool correctability = false;
  std::size_t replicates = 400;  ///< of the bands of the risk-coverage curves; 0 leaves them out
  bool decisions = false;        ///< keep what was decided of each case, and why
  bool keep_memories = false;    ///< of run_streams(): the memories at the end
};

/// What a replay leaves.
struct Replayed {
  Replay replay;
  monitor::SavedMemory memory;             ///< as it stood after the last case
  std::vector<table::Column> decisions{};  ///< decision_columns(), where they were asked for
};

/// Streams a log in the order of time as a live monitor would have met it, and says how well its memory, its policy and
/// the baselines told which cases would fail.
///     ERRATA_ASSIGN(const auto replayed, replay::run(std::move(log), {}, {}, pool));
/// @param log    read with unjudged cases, and with the columns that options.cases names; its columns are freed as soon
///               as they are not needed any more
/// @param start  a memory to go on from, with its policy unless options.judge asks for another; its time is before the
/// log's first. Where log follows log, risks and decisions are those of one log, to the bit.
/// @return invalid_argument for options that contradict each other or the log; data errors of the stream
[[nodiscard]] Result<Replayed> run(table::PredictionLog log, const ReplayOptions& options,
                                   std::optional<monitor::SavedMemory> start, ThreadPool& pool,
                                   const Progress& progress = {});

}  // namespace errata::replay
