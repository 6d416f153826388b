#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/memory/regimes.h"
#include "errata/monitor/judge.h"
#include "errata/monitor/snapshot.h"
#include "errata/replay/cases.h"
#include "errata/replay/correctability.h"
#include "errata/replay/replay.h"
#include "errata/table/dictionary.h"

namespace errata::replay {

struct StreamOptions {
  Delay delay;                            ///< with a column: CaseOptions::outcome_time
  std::size_t bins = 200;                 ///< stretches of evaluated cases at whose ends the state is kept, >= 1
  bool reasons = false;                   ///< keep the reason of every decision in words
  Correctability* corrections = nullptr;  ///< told of every case and outcome
  const ThreadPool* pool = nullptr;       ///< two of its threads halve the time; the result is the same without
  /// Outcomes of the stream that this one goes on from, and the time at which it ended.
  std::vector<monitor::WaitingOutcome> waiting{};
  std::int64_t follows = 0;
  std::size_t seen = 0;  ///< cases that the memory has seen before
};

/// The memory at the end of a stretch of evaluated cases.
struct StateAtBin {
  struct Activity {
    std::uint32_t mode = memory::kNoMode;
    double activity = 0;
  };
  std::vector<Activity> activities{};
  std::vector<double> expert_weights{};
};

/// What was said of each case that was decided (warm and evaluated ones), before its outcome was known.
/// Place p stands for case `first + p` of the stream.
struct StreamedCases {
  std::size_t first = 0;
  std::vector<std::string> score_names{};
  std::vector<std::vector<float>> scores{};  ///< [score_names][positions]; the first, "errata", is empty: it is `risk`
  std::vector<double> risk{};
  std::vector<double> played{};      ///< risks of the warm-up cases as the memory gave them once it was fitted
  std::size_t played_positions = 0;  ///< the first positions, which are among those
  std::vector<float> danger{}, threshold{};
  std::vector<std::uint32_t> mode{};
  std::vector<std::uint8_t> decision{};  ///< selective::Decision
  std::uint64_t cold = 0;                ///< evaluated cases with an outcome that the cold start decided
  std::uint64_t cold_unknown = 0;        ///< those without one
  std::vector<std::int32_t> reason{};    ///< index into reasons, when asked for
  std::vector<std::string> reasons{};    ///< sorted
  std::vector<std::uint64_t> tickets{};  ///< [cases of the stream] ascending
  std::vector<std::string> expert_names{};
  std::vector<StateAtBin> bins{};
  std::vector<memory::RegimeEvent> events{};
  std::size_t learned = 0;                         ///< outcomes of decided cases that arrived while the log lasted
  std::vector<monitor::WaitingOutcome> waiting{};  ///< outcomes of the log that had not come by its end
  std::optional<std::size_t> first_outcome{};      ///< cases that the memory had seen when the first of them came
  std::size_t given_up = 0;                        ///< cases whose outcome came when the memory no longer waited for it
};

/// Streams cases as a live monitor would meet them: each is judged with what had become known by then.
/// With a delay of N steps the outcome of case i is known when case j > i + N is judged. With a duration or a column it
/// is known to cases at that time or later. Outcomes of train cases come as late as any, so that the
/// memory learns what late outcomes are worth. The embedding is fitted before
/// the first case that is not train, or before the first evaluated one when none is.
[[nodiscard]] Result<StreamedCases> stream_cases(const CaseStream& cases, monitor::Judge& judge,
                                                 const StreamOptions& options, const Progress& progress = {});

/// Evaluated case at which stretch b of `bins` ends (exclusive), of `evaluated` cases.
[[nodiscard]] constexpr std::size_t bin_end(std::size_t b, std::size_t bins, std::size_t evaluated) {
  return evaluated * (b + 1) / bins;
}

}  // namespace errata::replay
