#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "errata/relevance/allocator.h"

namespace errata::relevance {

/// Fixations that are made at most: each keeps its scores.
inline constexpr std::size_t kMostFixations = 100;

struct FixationOptions {
  std::size_t most = 5;   ///< fixations, in [1, kMostFixations]
  double confident = .9;  ///< in (0, 1]: no further look when the answer is that sure
  bool revisit = false;   ///< may look again where it has looked
};

/// Looks at what one fixation shows. @return how sure the answer is by now, in [0, 1]
using Examine = std::function<Result<double>(const Allocation& fixation)>;

/// Fixations one after the other: each gets the budget and positions of the options, and what was examined is left out
/// of the later ones, so that none is examined twice. It ends when the answer is sure, after options.most fixations, or
/// when everything was examined.
/// @param examine  null: nobody looks, so there are as many as may be
/// @return the fixations in order, at least one; what `examine` returns as an error; invalid_argument for the options
[[nodiscard]] Result<std::vector<Allocated>> fixate(const Scored& scored, const AllocateOptions& options,
                                                    const FixationOptions& fixations, const Examine& examine);

}  // namespace errata::relevance
