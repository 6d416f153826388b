#include "errata/slice/residual_ranges.h"

namespace errata::slice {
namespace {

constexpr double kSlack = 1e-6;  // beyond what running sums of some ten thousand cases are off by

}  // namespace

RangeBounds::RangeBounds(std::span<const Residual> cells, double least)
    : cells_(cells),
      more_(cells.size() + 1),
      variance_(cells.size() + 1),
      reach_(cells.size() + 1, cells.size()),
      peak_(cells.size()),
      block_peak_((cells.size() + kBlock - 1) / kBlock) {
  double n = 0;  // of the cells from `first` to before `end`
  for (std::size_t first = 0, end = 0; first < cells.size(); n -= cells[first++].n) {
    while (n < least && end < cells.size()) n += cells[end++].n;
    if (n < least) break;
    reach_[first] = std::max(end, first + 1) - 1;
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    more_[i + 1] = more_[i] + (cells[i].observed - cells[i].expected);
    variance_[i + 1] = variance_[i] + cells[i].variance;
    if (cells[i].n > 0) highest_rate_ = std::max(highest_rate_, cells[i].expected / cells[i].n);
  }
  for (std::size_t i = cells.size(); i-- > 0;) {
    peak_[i] = i + 1 < cells.size() && more_[peak_[i + 1] + 1] > more_[i + 1] ? peak_[i + 1] : i;
    double& here = block_peak_[i / kBlock];
    here = i + 1 == cells.size() || i % kBlock == kBlock - 1 ? more_[i + 1] : std::max(here, more_[i + 1]);
  }
}

/// A beginning that fails no more than expected is only there for its cases: without it they are too few.
RangeBounds::Ends RangeBounds::ends_of(std::size_t first) const {
  return {.begin = reach_[first], .end = cells_[first].raised() ? cells_.size() : reach_[first + 1]};
}

double RangeBounds::squared_over_variance(std::size_t first, std::size_t last) const {
  const double more = more_[last + 1] - more_[first], variance = variance_[last + 1] - variance_[first];
  return more > 0 && variance > 0 ? more * more / variance : 0;
}

std::size_t RangeBounds::likely_first() const {
  std::size_t likely = cells_.size(), end = 0;
  double most = 0;
  for (std::size_t first = 0; first < cells_.size(); ++first) {
    const Ends ends = ends_of(first);
    if (ends.begin >= ends.end || !cells_[first].raised()) continue;
    const std::size_t last = peak_[ends.begin];
    const double here = squared_over_variance(first, last);
    if (here <= most) continue;
    most = here;
    likely = first;
    end = last;
  }
  for (std::size_t first = 0; first <= end && likely < cells_.size(); ++first) {
    if (reach_[first] > end || !cells_[first].raised()) continue;
    const double here = squared_over_variance(first, end);
    if (here <= most) continue;
    most = here;
    likely = first;
  }
  return likely;
}

bool RangeBounds::may_reach(std::size_t first, double gain) const {
  const Ends ends = ends_of(first);
  const double most = (1 + kSlack) * (1 + highest_rate_);
  const auto enough = [&](double peak, std::size_t last) {
    const double more = peak - more_[first] + kSlack;
    const double variance = variance_[last + 1] - variance_[first] - kSlack;
    return more > 0 && more * more * most > gain * variance;
  };
  for (std::size_t last = ends.begin; last < ends.end; last += kBlock - last % kBlock) {
    if (!enough(more_[peak_[last] + 1], last)) return false;  // nor any later end, whose variance is larger
    if (enough(block_peak_[last / kBlock], last)) return true;
  }
  return false;
}

double best_gain_from(std::span<const Residual> cells, std::size_t first, const RangeLimits& limits) {
  double best = 0;
  offer_ranges_from(cells, first, limits, [&](const Residual& sum, std::size_t, std::size_t) {
    if (sum.raised() && sum.n <= limits.most && sum.may_exceed(best)) best = std::max(best, sum.gain());
  });
  return best;
}

}  // namespace errata::slice
