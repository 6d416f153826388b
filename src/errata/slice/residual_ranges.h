#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "errata/slice/residual.h"

namespace errata::slice {

/// What a predicate must hold in the cases it is picked from.
struct RangeLimits {
  double least = 0, most = 0;  ///< cases
  bool raised_only = false;    ///< those that fail more than expected
};

/// Calls offer(sum, first, last) with every range of cells from `first` on that may be the best of those that fail
/// more, or less, than expected. A beginning or an end of the other kind only weakens a range, since the score is
/// convex: it is in the best range only where the support asks for its cases.
template <typename Offer>
void offer_ranges_from(std::span<const Residual> cells, std::size_t first, const RangeLimits& limits,
                       const Offer& offer) {
  const auto weakens = [&](const Residual& end, const Residual& sum) {
    return end.raised() != sum.raised() && sum.n - end.n >= limits.least;
  };
  if (cells[first].n == 0) return;
  double until = limits.most;
  Residual sum;
  for (std::size_t last = first; last < cells.size(); ++last) {
    if (cells[last].n == 0) continue;
    sum += cells[last];
    if (sum.n > until) return;
    if (limits.raised_only && !sum.raised()) until = std::min(until, sum.n + limits.least);
    if (sum.n < limits.least) continue;
    if (!weakens(cells[first], sum) && !weakens(cells[last], sum)) offer(sum, first, last);
  }
}

/// How much the ranges of a histogram can gain that fail more than expected.
///
/// Problem: of 240 cells there are 28,800 ranges, and one is sought. Idea: a range of n cases with m failures beyond
/// the e that are expected, of variance v, gains at most m²/v · (1 + e/n). From running sums follow the most m of the
/// ends in a block and the least v, and so whether any range that begins at a cell may gain as much as one that is
/// known. Cost: O(cells), then at most O(cells / kBlock) a beginning.
class RangeBounds {
 public:
  /// @param cells  outlive the bounds
  /// @param least  cases of a range
  RangeBounds(std::span<const Residual> cells, double least);

  /// Where a range begins that is likely among the best; the number of cells where there is none.
  [[nodiscard]] std::size_t likely_first() const;
  /// May a range that begins at this cell gain so much? Never false where one does that offer_ranges_from() offers.
  [[nodiscard]] bool may_reach(std::size_t first, double gain) const;

 private:
  static constexpr std::size_t kBlock = 8;

  /// The ends of a range that begins there: from the least cases on, and before `end`.
  struct Ends {
    std::size_t begin, end;
  };
  [[nodiscard]] Ends ends_of(std::size_t first) const;
  [[nodiscard]] double squared_over_variance(std::size_t first, std::size_t last) const;

  std::span<const Residual> cells_;
  std::vector<double> more_, variance_;  // [cells + 1] sums of the cells before: observed − expected, variance
  std::vector<std::size_t> reach_;       // [cells + 1] the first end with the least cases
  std::vector<std::size_t> peak_;        // [cells] the end from there on after which more_ is largest
  std::vector<double> block_peak_;       // [blocks] more_ after the block's end where it is largest
  double highest_rate_ = 0;              // expected, of a cell
};

/// The largest gain of the ranges from `first` on that fail more than expected, of those that may be the best.
[[nodiscard]] double best_gain_from(std::span<const Residual> cells, std::size_t first, const RangeLimits& limits);

/// Calls offer(sum, first, last), in ascending order, with the best range of cells and with every one that is as good,
/// and with others.
template <typename Offer>
void offer_best_ranges(std::span<const Residual> cells, const RangeLimits& limits, const Offer& offer) {
  if (!limits.raised_only) {
    for (std::size_t first = 0; first < cells.size(); ++first) offer_ranges_from(cells, first, limits, offer);
    return;
  }
  constexpr double kRounding = 1e-6;  // gains so near may be the same once a price is taken off
  const RangeBounds bounds(cells, limits.least);
  const std::size_t likely = bounds.likely_first();
  const double known = (likely < cells.size() ? best_gain_from(cells, likely, limits) : 0) - kRounding;
  for (std::size_t first = 0; first < cells.size(); ++first)
    if (bounds.may_reach(first, known)) offer_ranges_from(cells, first, limits, offer);
}

}  // namespace errata::slice
