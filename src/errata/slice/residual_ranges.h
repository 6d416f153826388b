#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/slice/residual.h"

namespace errata::slice {

/// What a predicate must hold in the cases it is picked from.
struct RangeLimits {
  double least = 0, most = 0;  ///< cases
  bool raised_only = false;    ///< those that fail more than expected
};

/// What is known of the ranges that end in a block of cells.
enum class BlockOfEnds : std::uint8_t { may_matter, do_not_matter, nor_any_later };
inline constexpr std::size_t kBlockOfEnds = 8;

/// Calls offer(sum, first, last) with every range of cells from `first` on that may be the best of those that fail
/// more, or less, than expected. A beginning or an end of the other kind only weakens a range, since the score is
/// convex: it is in the best range only where the support asks for its cases.
/// @param judge  judge(last), called for the first end of each block: which ends are offered
template <typename Offer, typename Judge>
void offer_ranges_from(std::span<const Residual> cells, std::size_t first, const RangeLimits& limits,
                       const Offer& offer, const Judge& judge) {
  const auto weakens = [&](const Residual& end, const Residual& sum) {
    return end.raised() != sum.raised() && sum.n - end.n >= limits.least;
  };
  if (cells[first].n == 0) return;
  BlockOfEnds block = judge(first);
  double until = limits.most;
  double n = 0, observed = 0, expected = 0, variance = 0;  // a Residual, but in registers
  for (std::size_t last = first; last < cells.size(); ++last) {
    if (last % kBlockOfEnds == 0 && last > first) block = judge(last);
    if (block == BlockOfEnds::nor_any_later) return;
    if (cells[last].n == 0) continue;
    n += cells[last].n;
    observed += cells[last].observed;
    expected += cells[last].expected;
    variance += cells[last].variance;
    if (n > until) return;
    if (limits.raised_only && !(observed > expected)) until = std::min(until, n + limits.least);
    if (n < limits.least || block == BlockOfEnds::do_not_matter) continue;
    const Residual sum{.n = n, .observed = observed, .expected = expected, .variance = variance};
    if (!weakens(cells[first], sum) && !weakens(cells[last], sum)) offer(sum, first, last);
  }
}

/// How much the ranges of a histogram can gain that fail more than expected.
///
/// Problem: of 240 cells there are 28,800 ranges, and one is sought. Idea: a range of n cases with m failures beyond
/// the e that are expected, of variance v, gains at most m²/v · ((1 − e/n) g(m/e) + e/n (1 + m/(n − e))), where g(u) =
/// (1 + u/6) / (1 + u/2) (Residual::may_exceed). From running sums follow the most m and e of the ends in a block and
/// the least v, and so whether any of these ranges may gain as much as one that is known. Most beginnings are done with
/// by one look at all their ends. Cost: O(cells), then O(cells / kBlockOfEnds) a beginning and O(1) an end in a block
/// that may matter.
class RangeBounds {
 public:
  /// @param cells   outlive the bounds
  /// @param limits  of those that fail more than expected
  RangeBounds(std::span<const Residual> cells, const RangeLimits& limits);

  /// Where a range begins that is likely among the best; the number of cells where there is none.
  [[nodiscard]] std::size_t likely_first() const;
  /// offer_ranges_from(), less what gains less than that.
  template <typename Offer>
  void offer_from(std::size_t first, double gain, const Offer& offer) const {
    const Ends ends = ends_of(first);
    if (ends.begin >= ends.end || !enough(first, ends.begin, peak_[ends.begin], gain)) return;
    offer_ranges_from(cells_, first, limits_, offer, [&](std::size_t last) {
      const std::size_t end = (last / kBlockOfEnds + 1) * kBlockOfEnds;
      if (end <= ends.begin) return BlockOfEnds::do_not_matter;
      last = std::max(last, ends.begin);
      if (last >= ends.end || !enough(first, last, peak_[last], gain)) return BlockOfEnds::nor_any_later;
      return enough_in_block(first, last, std::min(end, cells_.size()) - 1, gain) ? BlockOfEnds::may_matter
                                                                                  : BlockOfEnds::do_not_matter;
    });
  }

 private:
  /// The ends of a range that begins there: from the least cases on, and before `end`.
  struct Ends {
    std::size_t begin, end;
  };
  [[nodiscard]] Ends ends_of(std::size_t first) const;
  [[nodiscard]] double squared_over_variance(std::size_t first, std::size_t last) const;
  /// May a range from `first` to an end from `last` on reach the gain? @param peak  the end that has most
  [[nodiscard]] bool enough(std::size_t first, std::size_t last, std::size_t peak, double gain) const;
  [[nodiscard]] bool enough_in_block(std::size_t first, std::size_t last, std::size_t block_end, double gain) const;

  std::span<const Residual> cells_;
  RangeLimits limits_;
  std::vector<Residual> before_;    // [cells + 1] sums of the cells before
  std::vector<double> more_;        // [cells + 1] observed − expected of them
  std::vector<std::size_t> reach_;  // [cells + 1] the first end with the least cases
  std::vector<std::size_t> peak_;   // [cells] the end from there on after which more_ is largest
  std::vector<double> block_peak_;  // [blocks] the largest more_ after an end of the block
  double highest_rate_ = 0;         // expected, of a cell
};

/// The largest gain of the ranges from `first` on that fail more than expected, of those that may be the best.
[[nodiscard]] double best_gain_from(std::span<const Residual> cells, std::size_t first, const RangeLimits& limits);

/// Calls offer(sum, first, last), in ascending order, with the best range of cells and with every one that is as good,
/// and with others.
template <typename Offer>
void offer_best_ranges(std::span<const Residual> cells, const RangeLimits& limits, const Offer& offer) {
  constexpr double kRounding = 1e-6;  // gains so near may be the same once a price is taken off
  if (!limits.raised_only) {
    for (std::size_t first = 0; first < cells.size(); ++first)
      offer_ranges_from(cells, first, limits, offer, [](std::size_t) { return BlockOfEnds::may_matter; });
    return;
  }
  const RangeBounds bounds(cells, limits);
  const std::size_t likely = bounds.likely_first();
  const double known = (likely < cells.size() ? best_gain_from(cells, likely, limits) : 0) - kRounding;
  for (std::size_t first = 0; first < cells.size(); ++first) bounds.offer_from(first, known, offer);
}

}  // namespace errata::slice
