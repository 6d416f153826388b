#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/replay/cases.h"
#include "errata/replay/judge.h"
#include "errata/replay/replay.h"
#include "errata/table/read_log.h"

namespace errata::engine {

struct ReplayRequest {
  table::ReadOptions read;
  replay::CaseOptions cases;
  replay::Delay delay;
  replay::JudgeOptions judge;
  std::optional<double>
      half_life{};  ///< of a mode's activity, in units of time; without it 500 cases at the log's pace
  bool correctability = false;
  std::size_t replicates = 400;  ///< of the bands of the risk-coverage curves; 0 leaves them out
  std::string memory{};          ///< snapshot to start from
  std::string save_memory{};     ///< where to write the memory at the end
  std::string decisions{};       ///< where to write what was decided, a row a case: .parquet, .csv, .csv.gz or .jsonl
};

/// Streams a log in the order of time as a live monitor would have met it, and says how well its memory, its policy and
/// the baselines told which cases would fail.
///     ThreadPool pool;
///     ERRATA_ASSIGN(const auto replay, replay_log({.read = {.paths = {"log.parquet"}}}, pool));
[[nodiscard]] Result<replay::Replay> replay_log(const ReplayRequest& request, ThreadPool& pool,
                                                const Progress& progress = {});

/// "100" is a delay in steps, "5m" in time.
[[nodiscard]] Result<replay::Delay> parse_delay(const std::string& text);
/// Microseconds of "30s", "5m", "2h", "1d" (also "1.5h", "250ms").
[[nodiscard]] Result<std::int64_t> parse_duration(const std::string& text);

}  // namespace errata::engine
