#include "errata/slice/top_slices.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace errata::slice {

bool ranks_before(const Conjunction& a, const Conjunction& b) {
  if (a.score != b.score) return a.score > b.score;
  if (a.size() != b.size()) return a.size() < b.size();
  if (a.n != b.n) return a.n > b.n;
  return a.predicates < b.predicates;
}

void TopSlices::add(const Conjunction& candidate) {
  if (candidate.score < threshold()) return;
  best_.push(candidate.score);
  if (best_.size() > k_) best_.pop();
  kept_.push_back(candidate);
  if (kept_.size() == kept_.capacity()) drop_beaten();
}

bool TopSlices::may_matter(double bound) const {
  const double limit = threshold();
  if (std::isinf(bound)) return bound > 0;
  return bound >= limit - 1e-9 * std::max(1.0, std::abs(limit));
}

void TopSlices::drop_beaten() {
  const double limit = threshold();
  std::erase_if(kept_, [limit](const Conjunction& candidate) { return candidate.score < limit; });
}

std::vector<Conjunction> TopSlices::take() {
  drop_beaten();
  std::ranges::sort(kept_, ranks_before);
  return std::exchange(kept_, {});
}

}  // namespace errata::slice
