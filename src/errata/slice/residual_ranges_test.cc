#include "errata/slice/residual_ranges.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <optional>
#include <tuple>

#include "errata/base/rng.h"

namespace errata::slice {
namespace {

/// Cells of 0 … 300 cases, some without any, failing as expected but for a stretch of them.
std::vector<Residual> bumpy_cells(Rng& rng) {
  std::vector<Residual> cells(1 + rng.below(90));
  const std::size_t begin = rng.below(cells.size()), end = begin + rng.below(cells.size());
  const std::size_t most = 1 + rng.below(300);
  const double lift = rng.bernoulli(0.3) ? 1 : 1 + 2 * rng.uniform();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const double expected = 0.02 + 0.2 * rng.uniform();
    const std::size_t cases = rng.bernoulli(0.1) ? 0 : rng.below(most);
    for (std::size_t k = 0; k < cases; ++k) {
      const auto p = static_cast<float>(expected * (0.5 + rng.uniform()));
      cells[i].add(rng.bernoulli(i >= begin && i <= end ? lift * p : p) ? 1.0F : 0.0F, p);
    }
  }
  return cells;
}

using Range = std::tuple<double, std::size_t, std::size_t>;  // gain less a price, first, last

/// The best range that is offered, the first of those that are as good.
template <typename OfferAll>
std::optional<Range> best_offered(const RangeLimits& limits, double price, const OfferAll& offer_all) {
  std::optional<Range> best;
  offer_all([&](const Residual& sum, std::size_t first, std::size_t last) {
    if (!sum.raised() || sum.n < limits.least || sum.n > limits.most) return;
    const double score = sum.gain() - price;
    if (!best || score > std::get<0>(*best)) best = Range{score, first, last};
  });
  return best;
}

TEST(ResidualRanges, TheBestRangeIsAmongThoseThatAreNotPassedOver) {
  Rng rng(1);
  std::size_t offered = 0, all = 0;
  for (int round = 0; round < 2'000; ++round) {
    const std::vector<Residual> cells = bumpy_cells(rng);
    double n = 0;
    for (const Residual& cell : cells) n += cell.n;
    const RangeLimits limits{.least = 1 + std::array{0.0, 0.1, 0.4}[rng.below(3)] * n,
                             .most = rng.bernoulli(0.5) ? n : 0.6 * n,
                             .raised_only = true};
    const double price = 10 * rng.uniform();
    const auto plain = best_offered(limits, price, [&](const auto& offer) {
      const auto counted = [&](const Residual& sum, std::size_t first, std::size_t last) {
        ++all;
        offer(sum, first, last);
      };
      for (std::size_t first = 0; first < cells.size(); ++first)
        offer_ranges_from(cells, first, limits, counted, [](std::size_t) { return BlockOfEnds::may_matter; });
    });
    const auto bounded = best_offered(limits, price, [&](const auto& offer) {
      offer_best_ranges(cells, limits, [&](const Residual& sum, std::size_t first, std::size_t last) {
        ++offered;
        offer(sum, first, last);
      });
    });
    ASSERT_EQ(plain, bounded) << round;
  }
  EXPECT_LT(offered, all / 3);
}

TEST(ResidualRanges, OfEqualRangesTheFirstIsOffered) {
  // Two bumps that are alike: both are the best.
  const Residual flat{.n = 100, .observed = 5, .expected = 10, .variance = 9};
  const Residual bump{.n = 100, .observed = 40, .expected = 10, .variance = 9};
  const std::vector<Residual> cells{flat, bump, flat, flat, bump, flat};
  const RangeLimits limits{.least = 50, .most = 600, .raised_only = true};
  const auto best = best_offered(limits, 0, [&](const auto& offer) { offer_best_ranges(cells, limits, offer); });
  ASSERT_TRUE(best);
  EXPECT_EQ(*best, Range(bump.gain(), 1, 1));
}

TEST(ResidualRanges, WithoutAnythingRaisedNothingIsFound) {
  const std::vector<Residual> cells(20, Residual{.n = 10, .observed = 0, .expected = 1, .variance = 0.9});
  const RangeLimits limits{.least = 5, .most = 200, .raised_only = true};
  EXPECT_FALSE(best_offered(limits, 0, [&](const auto& offer) { offer_best_ranges(cells, limits, offer); }));
  offer_best_ranges(std::span<const Residual>(), limits, [](const Residual&, std::size_t, std::size_t) { FAIL(); });
}

TEST(Residual, NoGainIsAboveItsBound) {
  Rng rng(2);
  for (int round = 0; round < 20'000; ++round) {
    Residual sum;
    const double rate = rng.uniform();
    for (std::size_t cases = 1 + rng.below(60); cases > 0; --cases)
      sum.add(rng.bernoulli(rate) ? 1.0F : 0.0F, static_cast<float>(0.01 + 0.9 * rng.uniform()));
    const double gain = sum.gain();
    if (gain > 0) {
      EXPECT_TRUE(sum.may_exceed(gain * (1 - 1e-12)));
    }
  }
}

}  // namespace
}  // namespace errata::slice
