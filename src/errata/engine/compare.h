#pragma once

#include <optional>
#include <string>
#include <vector>

#include "errata/engine/analyze.h"
#include "errata/slice/pairing.h"

namespace errata::engine {

struct CompareRequest {
  AnalyzeRequest first;   ///< the log before, or of the model in use
  AnalyzeRequest second;  ///< the log after, or of the model to come; rule, fdr and folding are those of the first
  /// Compare these instead of the hotspots of the two logs; then nothing is searched.
  std::optional<std::vector<std::vector<table::Predicate>>> saved{};
  slice::PairingOptions pairing{};  ///< by_id is set where the first log's id column is named
};

/// Which hotspots are new, gone, better or worse on the second log, and whether the whole is. Both logs are judged by
/// the first one's task, classes, meaning of the score and threshold (table::SettledRule).
[[nodiscard]] Result<slice::Comparison> compare(const CompareRequest& request, ThreadPool& pool,
                                                const Progress& progress = {});

}  // namespace errata::engine
