#pragma once

#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/slice/search.h"
#include "errata/table/coding.h"
#include "errata/table/predicate.h"
#include "errata/table/read_log.h"

namespace errata::engine {

struct SlicesRequest {
  table::ReadOptions read;
  table::CodingOptions coding;  ///< nothing is folded by default, so that every category can be found
  slice::SearchOptions search;
};

struct FoundSlices {
  slice::SearchResult result;
  std::vector<std::vector<table::Predicate>> where;  ///< [result.slices] in terms of the log
  bool losses = false;                               ///< scored by a numeric loss
  std::vector<std::string> warnings;
};

/// The exact search alone, over every case and feature of a log.
[[nodiscard]] Result<FoundSlices> find_slices(const SlicesRequest& request, ThreadPool& pool,
                                              const Progress& progress = {});

}  // namespace errata::engine
