// The walk keeps a stack of pools of rising rate; a step that does not rise above the last pool is merged into it,
// which may merge further. Each step is merged once, so the walk is linear.
#include "errata/stats/isotonic.h"

namespace errata::stats {
namespace {

/// Rates are compared as products, so that pools without cases compare as well: they rise above nothing.
bool rises(const IsotonicPool& above, const IsotonicPool& below) {
  return above.events * below.cases > below.events * above.cases;
}

}  // namespace

std::vector<IsotonicPool> pool_adjacent_violators(std::span<const IsotonicStep> steps) {
  std::vector<IsotonicPool> rising;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    IsotonicPool pool{.first = i, .last = i, .cases = steps[i].cases, .events = steps[i].events};
    for (; !rising.empty() && !rises(pool, rising.back()); rising.pop_back()) {
      pool.first = rising.back().first;
      pool.cases += rising.back().cases;
      pool.events += rising.back().events;
    }
    rising.push_back(pool);
  }
  return rising;
}

}  // namespace errata::stats
