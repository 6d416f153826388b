#pragma once

#include "errata/slice/search.h"

namespace errata::bench {

/// The baseline to beat: every cube of up to three features counted densely in one pass each, cases and failures
/// together, no pruning, one thread. Same options and the same answers as slice::find_slices (0/1 loss, sliceline).
[[nodiscard]] std::vector<slice::Slice> count_dense_cubes(const slice::SearchInput& input,
                                                          const slice::SearchOptions& options);

}  // namespace errata::bench
