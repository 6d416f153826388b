#include "errata/slice/residual_ranges.h"

namespace errata::slice {
namespace {

constexpr double kSlack = 1e-6;  // beyond what running sums of some ten thousand cases are off by

}  // namespace

RangeBounds::RangeBounds(std::span<const Residual> cells, const RangeLimits& limits)
    : cells_(cells),
      limits_(limits),
      before_(cells.size() + 1),
      more_(cells.size() + 1),
      reach_(cells.size() + 1, cells.size()),
      peak_(cells.size()),
      block_peak_((cells.size() + kBlockOfEnds - 1) / kBlockOfEnds) {
  double n = 0;  // of the cells from `first` to before `end`
  for (std::size_t first = 0, end = 0; first < cells.size(); n -= cells[first++].n) {
    while (n < limits.least && end < cells.size()) n += cells[end++].n;
    if (n < limits.least) break;
    reach_[first] = std::max(end, first + 1) - 1;
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    before_[i + 1] = before_[i];
    before_[i + 1] += cells[i];
    more_[i + 1] = before_[i + 1].observed - before_[i + 1].expected;
    if (cells[i].n > 0) highest_rate_ = std::max(highest_rate_, cells[i].expected / cells[i].n);
  }
  for (std::size_t i = cells.size(); i-- > 0;) {
    const bool is_last = i + 1 == cells.size();
    peak_[i] = !is_last && more_[peak_[i + 1] + 1] > more_[i + 1] ? peak_[i + 1] : i;
    double& here = block_peak_[i / kBlockOfEnds];
    here = is_last || (i + 1) % kBlockOfEnds == 0 ? more_[i + 1] : std::max(here, more_[i + 1]);
  }
}

/// A beginning that fails no more than expected is only there for its cases: without it they are too few.
RangeBounds::Ends RangeBounds::ends_of(std::size_t first) const {
  return {.begin = reach_[first], .end = cells_[first].raised() ? cells_.size() : reach_[first + 1]};
}

double RangeBounds::squared_over_variance(std::size_t first, std::size_t last) const {
  const double more = more_[last + 1] - more_[first];
  const double variance = before_[last + 1].variance - before_[first].variance;
  return more > 0 && variance > 0 ? more * more / variance : 0;
}

std::size_t RangeBounds::likely_first() const {
  std::size_t likely = cells_.size(), end = 0;
  double most = 0;
  const auto consider = [&](std::size_t first, std::size_t last) {
    const double here = squared_over_variance(first, last);
    if (!cells_[first].raised() || here <= most) return;
    most = here;
    likely = first;
    end = last;
  };
  for (std::size_t first = 0; first < cells_.size(); ++first)
    if (reach_[first] < cells_.size()) consider(first, peak_[reach_[first]]);
  const std::size_t best_end = end;
  for (std::size_t first = 0; first < cells_.size() && reach_[first] <= best_end; ++first) consider(first, best_end);
  return likely;
}

/// With m/(n − e) <= 1 and g <= 1 the gain is at most m²/v · (1 + e/n).
bool RangeBounds::enough(std::size_t first, std::size_t last, std::size_t peak, double gain) const {
  const double more = more_[peak + 1] - more_[first] + kSlack;
  const double variance = before_[last + 1].variance - before_[first].variance - kSlack;
  return more > 0 && more * more * (1 + highest_rate_) > gain * variance;
}

bool RangeBounds::enough_in_block(std::size_t first, std::size_t last, std::size_t block_end, double gain) const {
  const double more = block_peak_[last / kBlockOfEnds] - more_[first] + kSlack;
  const Residual &begin = before_[first], &least = before_[last + 1];
  const double variance = least.variance - begin.variance - kSlack;
  if (more <= 0 || more * more * (1 + highest_rate_) <= gain * variance) return false;
  const double expected = before_[block_end + 1].expected - begin.expected + kSlack;
  const double others = std::max(more, least.n - begin.n - (least.expected - begin.expected) - kSlack);
  const double g = (6 * expected + more) / (6 * expected + 3 * more);
  return more * more * ((1 - highest_rate_) * g + highest_rate_ * (1 + more / others)) > gain * variance;
}

double best_gain_from(std::span<const Residual> cells, std::size_t first, const RangeLimits& limits) {
  double best = 0;
  const auto take = [&](const Residual& sum, std::size_t, std::size_t) {
    if (sum.raised() && sum.n <= limits.most && sum.may_exceed(best)) best = std::max(best, sum.gain());
  };
  offer_ranges_from(cells, first, limits, take, [](std::size_t) { return BlockOfEnds::may_matter; });
  return best;
}

}  // namespace errata::slice
