#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "errata/base/child_process.h"
#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/language/ranks.h"

namespace errata::engine_nn {

/// How many processes train together, and which of them this one is.
struct RanksRequest {
  std::size_t ranks = 1;  ///< 1: this process alone
  std::size_t rank = 0;
  std::string address = "127.0.0.1";  ///< of the machine of rank 0
  std::uint16_t port = 0;             ///< of rank 0; 0: any, where it starts the others itself
  std::chrono::seconds wait{300};     ///< longest wait for another rank
  /// Words of the command that starts another rank on this machine, with RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT
  /// in its environment; empty: the others are started by somebody else.
  std::vector<std::string> local{};
};

/// Rank 0 and the processes that it started.
class RankGroup {
 public:
  /// Starts the others where it is to, and waits until all have come. Nothing of all this with one rank.
  /// @return as Ranks::open() and meet(); unavailable error for a rank that ended before it came
  [[nodiscard]] static Result<RankGroup> open(const RanksRequest& request, const Progress& progress = {});

  /// Null with one rank.
  [[nodiscard]] language::Ranks* ranks() { return ranks_.empty() ? nullptr : ranks_.data(); }
  /// Lets the others end.
  [[nodiscard]] Result<void> end();
  /// An error of work with the others, and what a started one that has ended said last.
  [[nodiscard]] Error explained(Error error);

 private:
  [[nodiscard]] Result<void> look_after();

  std::vector<LineProgram> started_;    ///< rank 1, 2, …; killed with this object
  std::vector<language::Ranks> ranks_;  ///< one or none
};

/// Takes the part of a rank other than 0: learns along until rank 0 ends. Reads and writes no files.
[[nodiscard]] Result<void> train_along(const RanksRequest& request, ThreadPool& pool, const Progress& progress = {});

}  // namespace errata::engine_nn
