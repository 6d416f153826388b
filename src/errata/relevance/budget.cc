// Whole budgets under a hard total.
//
// Water-filling: m funded positions are the m of the greatest relevance (exchanging one for a less relevant one loses).
// For given m, tokens beyond the floor go one by one to where the next is worth most, which is optimal since the
// utility of each position is concave. One by one costs a step a token, so a price is found by bisection first: at the
// price λ a position of relevance s wants every token t whose worth s (e^(−t/120) − e^(−(t+1)/120)) is at least λ. At
// the lowest price that the total can pay, what is left over goes to positions in the order of the worth of their next
// token. One position more costs the others ever more and brings ever less, so the best m is found by halving; whole
// tokens may disturb that by a little, so its neighbours are tried as well. A property compares with all m and all
// splits.

#include "errata/relevance/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "errata/base/limits.h"

namespace errata::relevance {
namespace {

constexpr std::array<std::string_view, 3> kRules{"greedy", "water-filling", "proportional"};

std::vector<std::size_t> by_relevance(std::span<const double> relevance) {
  std::vector<std::size_t> order(relevance.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return relevance[a] > relevance[b]; });
  return order;
}

std::vector<std::size_t> spread_greedily(std::span<const double> relevance, std::span<const std::size_t> demand,
                                         const BudgetLimits& limits) {
  std::vector<std::size_t> budgets(relevance.size());
  std::size_t left = limits.total;
  for (const std::size_t i : by_relevance(relevance)) {
    if (demand[i] > left) break;
    budgets[i] = demand[i];
    left -= demand[i];
  }
  return budgets;
}

std::vector<std::size_t> spread_proportionally(std::span<const double> relevance, std::span<const std::size_t> demand,
                                               const BudgetLimits& limits) {
  std::vector<std::size_t> budgets(relevance.size());
  std::vector<std::size_t> funded = by_relevance(relevance);
  funded.resize(std::min(funded.size(), limits.total / limits.least));
  std::size_t wanted = 0;
  for (const std::size_t i : funded) wanted += demand[i] - limits.least;
  const std::size_t beyond = std::min(wanted, limits.total - funded.size() * limits.least);
  std::size_t given = 0;
  std::vector<std::size_t> remainders(relevance.size());
  for (const std::size_t i : funded) {
    const std::size_t product = wanted == 0 ? 0 : (demand[i] - limits.least) * beyond;
    const std::size_t share = wanted == 0 ? 0 : product / wanted;
    remainders[i] = wanted == 0 ? 0 : product % wanted;
    budgets[i] = limits.least + share;
    given += share;
  }
  std::ranges::stable_sort(funded, [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; given < beyond; ++i, ++given) ++budgets[funded[i]];
  return budgets;
}

double worth_of(double relevance, std::size_t tokens) {
  return relevance * (1 - std::exp(-static_cast<double>(tokens) / kSaturation));
}
/// Of the token after `tokens`.
double next_worth(double relevance, std::size_t tokens) {
  return relevance * std::exp(-static_cast<double>(tokens) / kSaturation) * -std::expm1(-1 / kSaturation);
}

/// The best budgets of positions in the order of their relevance.
class Filling {
 public:
  Filling(std::span<const double> sorted, const BudgetLimits& limits) : sorted_(sorted), limits_(limits) {
    for (const double relevance : sorted) {
      const double worth = std::log(next_worth(relevance, 0));  // −∞ for a relevance of 0
      log_first_.push_back(std::max(worth, kLeastLog));
    }
  }

  /// The optimum over all m.
  [[nodiscard]] std::vector<std::size_t> best() const {
    std::vector<std::size_t> found;
    double most = -1;
    for (std::size_t m = 1; m <= std::min(sorted_.size(), limits_.total / limits_.least); ++m) {
      std::vector<std::size_t> budgets = of(m);
      const double worth = concave_utility(sorted_.first(m), budgets);
      if (worth > most) most = worth, found = std::move(budgets);
    }
    return found;
  }

  /// For the first m of the order, all funded.
  [[nodiscard]] std::vector<std::size_t> of(std::size_t m) const {
    const std::size_t total = std::min(limits_.total, m * limits_.most);
    // Logarithms of prices: at `low` everyone wants the most, at `high` no one a token beyond the least.
    double low = log_first_[m - 1] - static_cast<double>(limits_.most) / kSaturation - 1;
    double high = log_first_[0] + 1;
    if (tokens_at(low, m) <= total) high = low;
    for (int step = 0; step < kSteps && high > low; ++step) {
      const double middle = (low + high) / 2;
      (tokens_at(middle, m) > total ? low : high) = middle;
    }
    std::vector<std::size_t> budgets(m);
    std::size_t given = 0;
    for (std::size_t i = 0; i < m; ++i) given += budgets[i] = wanted_at(high, i);
    give_the_rest(total - given, budgets);
    return budgets;
  }

 private:
  static constexpr double kLeastLog = -700;
  static constexpr int kSteps = 60;

  /// Tokens that a position wants at a price: all whose worth is at least that.
  [[nodiscard]] std::size_t wanted_at(double log_price, std::size_t i) const {
    const double tokens = std::floor(kSaturation * (log_first_[i] - log_price)) + 1;
    return static_cast<std::size_t>(
        std::clamp(tokens, static_cast<double>(limits_.least), static_cast<double>(limits_.most)));
  }

  [[nodiscard]] std::size_t tokens_at(double log_price, std::size_t m) const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < m; ++i) sum += wanted_at(log_price, i);
    return sum;
  }

  void give_the_rest(std::size_t rest, std::vector<std::size_t>& budgets) const {
    for (; rest > 0; --rest) {
      std::size_t best = budgets.size();
      double most = 0;
      for (std::size_t i = 0; i < budgets.size(); ++i) {
        const double worth = budgets[i] < limits_.most ? next_worth(sorted_[i], budgets[i]) : 0;
        if (worth > most) most = worth, best = i;
      }
      if (best == budgets.size()) return;
      ++budgets[best];
    }
  }

  std::span<const double> sorted_;
  std::vector<double> log_first_;  ///< of the worth of the first token
  BudgetLimits limits_;
};

std::vector<std::size_t> fill(std::span<const double> relevance, const BudgetLimits& limits) {
  const std::vector<std::size_t> order = by_relevance(relevance);
  std::vector<double> sorted(order.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) sorted[rank] = relevance[order[rank]];
  const std::vector<std::size_t> best = Filling(sorted, limits).best();
  std::vector<std::size_t> budgets(relevance.size());
  for (std::size_t rank = 0; rank < best.size(); ++rank) budgets[order[rank]] = best[rank];
  return budgets;
}

}  // namespace

std::string_view name_of(BudgetRule rule) { return kRules[static_cast<std::size_t>(rule)]; }

Result<BudgetRule> budget_rule_named(std::string_view name) {
  const auto* found = std::ranges::find(kRules, name);
  if (found == kRules.end())
    return invalid_argument(fmt::format("budget rule {}: there are {}", name, fmt::join(kRules, ", ")));
  return static_cast<BudgetRule>(found - kRules.begin());
}

Result<void> BudgetLimits::check() const {
  if (least < 1) return invalid_argument("a funded position gets at least 1 token, not 0");
  if (most < least)
    return invalid_argument(fmt::format("most tokens a position: {} is less than the least, {}", most, least));
  if (total < least)
    return invalid_argument(fmt::format("a total of {} tokens pays for no position: the least is {}", total, least));
  if (total > kMostTokens)
    return invalid_argument(fmt::format("a total of {} tokens is more than {}", total, kMostTokens));
  return {};
}

std::vector<std::size_t> demands(std::span<const double> relevance, double sharpness, const BudgetLimits& limits) {
  std::vector<std::size_t> asked(relevance.size());
  const auto range = static_cast<double>(limits.most - limits.least);
  for (std::size_t i = 0; i < asked.size(); ++i)
    asked[i] = limits.least +
               static_cast<std::size_t>(std::lround(range * std::pow(std::clamp(relevance[i], 0.0, 1.0), sharpness)));
  return asked;
}

std::vector<std::size_t> spread(BudgetRule rule, std::span<const double> relevance, std::span<const std::size_t> demand,
                                const BudgetLimits& limits) {
  switch (rule) {
    case BudgetRule::greedy: return spread_greedily(relevance, demand, limits);
    case BudgetRule::proportional: return spread_proportionally(relevance, demand, limits);
    case BudgetRule::water_filling: break;
  }
  return fill(relevance, limits);
}

double concave_utility(std::span<const double> relevance, std::span<const std::size_t> budgets) {
  double sum = 0;
  for (std::size_t i = 0; i < relevance.size(); ++i) sum += worth_of(relevance[i], budgets[i]);
  return sum;
}

double threshold_utility(std::span<const double> relevance, std::span<const std::size_t> needs,
                         std::span<const std::size_t> budgets) {
  double sum = 0;
  for (std::size_t i = 0; i < relevance.size(); ++i) sum += budgets[i] >= needs[i] ? relevance[i] : 0;
  return sum;
}

}  // namespace errata::relevance
