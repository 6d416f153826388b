#pragma once

#include "errata/base/error.h"
#include "errata/base/rng.h"
#include "errata/base/thread_pool.h"
#include "errata/replay/replay.h"

namespace errata::replay {

/// Labels what streaming left: scores and outcomes of the evaluated cases, in order.
struct ScoreColumn {
  std::string name;
  std::vector<double> risk{};  ///< [evaluated] lower is safer
};

struct ScoreOptions {
  std::size_t replicates = 400;  ///< of the block bootstrap; 0 leaves the bands out
  std::size_t block_length = 0;  ///< see stats::RiskCoverageBootstrapOptions
  std::uint64_t seed = 1;
};

/// Curves and areas of every score against the same outcomes, the oracle last.
/// @param scores  move them in: each is freed as soon as it is sorted
/// @param failed  [evaluated] 0/1; cases without an outcome are left out by the caller
/// Cost: one sort a score and O(replicates · n).
[[nodiscard]] Result<std::vector<ScoreResult>> evaluate_scores(std::vector<ScoreColumn> scores,
                                                               const std::vector<std::uint8_t>& failed,
                                                               const ScoreOptions& options, ThreadPool& pool);

}  // namespace errata::replay
