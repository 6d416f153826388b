#include "errata/relevance/budget.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace errata::relevance {
namespace {

std::size_t sum_of(const std::vector<std::size_t>& budgets) {
  return std::accumulate(budgets.begin(), budgets.end(), std::size_t{0});
}

TEST(Demands, AreTheLeastAndAShareOfTheRest) {
  const std::vector<double> relevance{0, .5, 1};
  EXPECT_EQ(demands(relevance, 1, {.least = 64, .most = 400, .total = 1000}), (std::vector<std::size_t>{64, 232, 400}));
  EXPECT_EQ(demands(relevance, 4, {.least = 64, .most = 400, .total = 1000}), (std::vector<std::size_t>{64, 85, 400}));
}

TEST(Spread, GreedyFundsWhollyUntilOneCannotBePaid) {
  const std::vector<double> relevance{.2, .9, .5, .1};
  const std::vector<std::size_t> demand{64, 300, 200, 64};
  // 300 + 200 are paid; 64 would be left for .2, which asks for 64.
  EXPECT_EQ(spread(BudgetRule::greedy, relevance, demand, {.total = 564}), (std::vector<std::size_t>{64, 300, 200, 0}));
  // 99 are left: .5 cannot be paid, so nothing less relevant is either.
  EXPECT_EQ(spread(BudgetRule::greedy, relevance, demand, {.total = 399}), (std::vector<std::size_t>{0, 300, 0, 0}));
}

TEST(Spread, ProportionalGivesTheRestByWhatIsAskedFor) {
  const std::vector<double> relevance{1, .5, .1};
  // Beyond 64 each: 300 and 100 are asked for, 200 are there.
  EXPECT_EQ(spread(BudgetRule::proportional, relevance, std::vector<std::size_t>{364, 164, 64}, {.total = 392}),
            (std::vector<std::size_t>{214, 114, 64}));
  // Room for two floors only.
  EXPECT_EQ(spread(BudgetRule::proportional, relevance, std::vector<std::size_t>{364, 164, 64}, {.total = 128}),
            (std::vector<std::size_t>{64, 64, 0}));
}

TEST(Spread, WaterFillingSplitsEqualsEqually) {
  const std::vector<double> relevance{1, 1, 1};
  EXPECT_EQ(spread(BudgetRule::water_filling, relevance, std::vector<std::size_t>(3, 400), {.total = 600}),
            (std::vector<std::size_t>{200, 200, 200}));
}

TEST(Spread, ResearchNotesSixHundredTokens) {
  // shared/research: under 1 − e^(−t/120) at 600 tokens greedy is worth .96 and the optimum 2.23.
  const std::vector<double> relevance(6, 1);
  const std::vector<std::size_t> demand(6, 400);
  const BudgetLimits limits{.total = 600};
  EXPECT_NEAR(concave_utility(relevance, spread(BudgetRule::greedy, relevance, demand, limits)), .964, .001);
  EXPECT_NEAR(concave_utility(relevance, spread(BudgetRule::water_filling, relevance, demand, limits)),
              6 * (1 - std::exp(-100.0 / 120)), 1e-9);
}

/// The best utility there is, by trying every budget of every position.
double best_utility(const std::vector<double>& relevance, const BudgetLimits& limits) {
  std::vector<double> best(limits.total + 1);
  for (const double s : relevance) {
    std::vector<double> next = best;
    for (std::size_t paid = limits.least; paid <= limits.total; ++paid)
      for (std::size_t t = limits.least; t <= std::min(limits.most, paid); ++t)
        next[paid] = std::max(next[paid], best[paid - t] + s * (1 - std::exp(-static_cast<double>(t) / kSaturation)));
    best = next;
  }
  return *std::ranges::max_element(best);
}

RC_GTEST_PROP(Spread, WaterFillingIsTheOptimum, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 9);
  std::vector<double> relevance(n);
  for (double& s : relevance) s = *rc::gen::inRange(0, 100) / 100.0;
  const auto least = *rc::gen::inRange<std::size_t>(1, 90);
  const BudgetLimits limits{.least = least,
                            .most = least + *rc::gen::inRange<std::size_t>(0, 120),
                            .total = least + *rc::gen::inRange<std::size_t>(0, 400)};
  const auto budgets = spread(BudgetRule::water_filling, relevance, std::vector<std::size_t>(n, limits.most), limits);
  RC_ASSERT(sum_of(budgets) <= limits.total);
  const double optimum = best_utility(relevance, limits);
  RC_ASSERT(concave_utility(relevance, budgets) >= optimum - 1e-9 * (1 + optimum));
}

RC_GTEST_PROP(Spread, KeepsItsLimits, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 300);
  std::vector<double> relevance(n);
  for (double& s : relevance) s = *rc::gen::inRange(0, 1000) / 1000.0;
  const BudgetLimits limits{.total = *rc::gen::inRange<std::size_t>(64, 40'000)};
  const auto demand = demands(relevance, *rc::gen::inRange(1, 6), limits);
  for (const BudgetRule rule : {BudgetRule::greedy, BudgetRule::water_filling, BudgetRule::proportional}) {
    const auto budgets = spread(rule, relevance, demand, limits);
    RC_ASSERT(budgets.size() == n);
    RC_ASSERT(sum_of(budgets) <= limits.total);
    for (const std::size_t budget : budgets)
      RC_ASSERT(budget == 0 || (budget >= limits.least && budget <= limits.most));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        RC_ASSERT(!(relevance[i] > relevance[j] && budgets[i] == 0 && budgets[j] > 0));
  }
}

TEST(BudgetLimits, NameWhatDoesNotHold) {
  EXPECT_EQ((BudgetLimits{.least = 0}).check().error().message, "a funded position gets at least 1 token, not 0");
  EXPECT_EQ((BudgetLimits{.least = 64, .most = 63}).check().error().message,
            "most tokens a position: 63 is less than the least, 64");
  EXPECT_EQ((BudgetLimits{.total = 63}).check().error().message,
            "a total of 63 tokens pays for no position: the least is 64");
}

}  // namespace
}  // namespace errata::relevance
