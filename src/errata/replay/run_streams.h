#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/monitor/snapshot.h"
#include "errata/replay/replay.h"
#include "errata/replay/run.h"
#include "errata/table/prediction_log.h"

namespace errata::replay {

/// Streams of one log that may have a memory each: one takes up to some megabytes while it is streamed, and as much of
/// a file when it is saved.
inline constexpr std::size_t kMostStreams = 10'000;

/// What a replay of several streams leaves.
struct ReplayedStreams {
  Replay replay;
  monitor::SavedStreams memories;          ///< as they stood after the last case, where they were asked for
  std::vector<table::Column> decisions{};  ///< decision_columns(), where they were asked for
};

/// As run(), but each value of the stream column has a memory, regimes, a policy and a warm-up of its own, and cases
/// without a value are a stream too. Risks and decisions of a stream are those of run() on its rows alone, bit for bit:
/// delays in cases and the steps of a log without times are counted in the stream. Totals are over all streams, in one
/// order of time.
///     ERRATA_ASSIGN(const auto replayed, replay::run_streams(std::move(log), {}, {}, pool));
/// @param log    with a column of role `stream`
/// @param start  memories to go on from; streams that it lacks begin anew, and those that the log lacks are kept. A
/// stream whose memory is warm has no warm-up; of a number of warm-up cases one that is not takes what it lacks
/// @return invalid_argument for more than kMostStreams streams, for correctability, and as run(); a data error names
/// its stream
/// Cost: as run(); streams are streamed on all threads. While it lasts a memory a thread is held, and 60 bytes a case.
[[nodiscard]] Result<ReplayedStreams> run_streams(table::PredictionLog log, const ReplayOptions& options,
                                                  std::optional<monitor::SavedStreams> start, ThreadPool& pool,
                                                  const Progress& progress = {});

}  // namespace errata::replay
