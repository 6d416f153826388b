#pragma once

#include <cstdint>
#include <string>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/replay/replay.h"
#include "errata/replay/run.h"
#include "errata/table/read_log.h"

namespace errata::engine {

struct ReplayRequest {
  table::ReadOptions read;
  replay::ReplayOptions replay;  ///< `decisions` is set by the place below
  std::string memory{};          ///< snapshot to start from
  std::string save_memory{};     ///< where to write the memory at the end
  std::string decisions{};       ///< where to write what was decided, a row a case: .parquet, .csv, .csv.gz or .jsonl
};

/// Reads a log, runs replay::run() on it, or replay::run_streams() where a stream column is named, and writes what was
/// asked for.
///     ThreadPool pool;
///     ERRATA_ASSIGN(const auto replay, replay_log({.read = {.paths = {"log.parquet"}}}, pool));
[[nodiscard]] Result<replay::Replay> replay_log(const ReplayRequest& request, ThreadPool& pool,
                                                const Progress& progress = {});

/// "100" is a delay in steps, "5m" in time.
[[nodiscard]] Result<replay::Delay> parse_delay(const std::string& text);
/// Microseconds of "30s", "5m", "2h", "1d" (also "1.5h", "250ms").
[[nodiscard]] Result<std::int64_t> parse_duration(const std::string& text);

}  // namespace errata::engine
