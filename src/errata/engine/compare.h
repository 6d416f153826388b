#pragma once

#include <optional>
#include <string>
#include <vector>

#include "errata/engine/analyze.h"

namespace errata::engine {

struct CompareRequest {
  AnalyzeRequest first;   ///< the log before, or of the model in use
  AnalyzeRequest second;  ///< the log after, or of the model to come; fdr and folding are those of the first
  /// Compare these instead of the hotspots of the two logs; then nothing is searched.
  std::optional<std::vector<std::vector<table::Predicate>>> saved{};
};

/// Which hotspots are new, gone, better or worse on the second log.
[[nodiscard]] Result<slice::Comparison> compare(const CompareRequest& request, ThreadPool& pool,
                                                const Progress& progress = {});

}  // namespace errata::engine
