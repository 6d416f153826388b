#include "errata/relevance/fixations.h"

#include <fmt/format.h>

namespace errata::relevance {

Result<std::vector<Allocated>> fixate(const Scored& scored, const AllocateOptions& options,
                                      const FixationOptions& fixations, const Examine& examine) {
  ERRATA_TRY(options.check());
  if (fixations.most < 1 || fixations.most > kMostFixations)
    return invalid_argument(fmt::format("1 to {} fixations are made, not {}", kMostFixations, fixations.most));
  if (!(fixations.confident > 0 && fixations.confident <= 1))
    return invalid_argument(fmt::format("a confidence of {} is not in (0, 1]", fixations.confident));
  std::vector<Allocated> made;
  std::vector<std::uint8_t> examined(scored.stack.grid.count());
  while (made.size() < fixations.most) {
    Allocated next = allocate_scored(scored, examined, options);
    if (next.allocation.positions.empty() && !made.empty()) break;
    if (!fixations.revisit)
      for (const std::uint32_t patch : next.allocation.positions) examined[patch] = 1;
    made.push_back(std::move(next));
    if (!examine) continue;
    ERRATA_ASSIGN(const double confidence, examine(made.back().allocation));
    if (confidence > fixations.confident) break;
  }
  return made;
}

}  // namespace errata::relevance
