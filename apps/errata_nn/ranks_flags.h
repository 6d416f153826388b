#pragma once

#include <cstddef>

#include "errata/base/error.h"
#include "errata/engine_nn/ranks.h"
#include "flags.h"

namespace CLI {
class App;
}

namespace errata::cli {

/// --ranks, --ranks-wait.
struct RanksGiven {
  std::size_t ranks = 1;
  std::size_t wait = 300;  ///< seconds
};
void add_ranks(CLI::App& app, RanksGiven& given);

/// What the flags ask for and the environment says (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT, where there is RANK).
/// Without RANK this is rank 0, which starts the others on this machine; the cores are then shared by all.
/// @param running  its threads become those of one of several ranks
[[nodiscard]] Result<engine_nn::RanksRequest> ranks_request(const RanksGiven& given, Running& running);

/// Learns along with rank 0.
[[nodiscard]] Result<int> run_other_rank(const engine_nn::RanksRequest& request, const Running& running,
                                         Console& console);

}  // namespace errata::cli
