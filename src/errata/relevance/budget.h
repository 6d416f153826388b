#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "errata/base/error.h"

namespace errata::relevance {

/// How a total of tokens is spread over positions that ask for different amounts.
enum class BudgetRule : std::uint8_t {
  greedy,         ///< in the order of relevance, each what it asks for, until one cannot be paid
  water_filling,  ///< where the next token is worth most, by a utility of diminishing returns
  proportional,   ///< everyone the least, and the rest in proportion to what is asked for beyond it
};
/// "greedy", "water-filling", "proportional"
[[nodiscard]] std::string_view name_of(BudgetRule rule);
/// @return invalid_argument that lists the names
[[nodiscard]] Result<BudgetRule> budget_rule_named(std::string_view name);

/// No context is longer.
inline constexpr std::size_t kMostTokens = 100'000'000;

/// Tokens are whole; a funded position gets at least `least` and at most `most`, all together at most `total`.
struct BudgetLimits {
  std::size_t least = 64;      ///< >= 1
  std::size_t most = 400;      ///< >= least
  std::size_t total = 40'000;  ///< in [least, kMostTokens]

  /// @return invalid_argument naming the limit that does not hold
  [[nodiscard]] Result<void> check() const;
};

/// Tokens after which a position has given 63% of what it has to give, in the utility 1 − e^(−t/120) of water-filling.
inline constexpr double kSaturation = 120;

/// What positions of a relevance ask for: least + (most − least) · relevance^sharpness, rounded.
/// @param relevance  [n] in [0, 1]
[[nodiscard]] std::vector<std::size_t> demands(std::span<const double> relevance, double sharpness,
                                               const BudgetLimits& limits);

/// Budgets of positions; 0 for one that is dropped. Their sum is at most limits.total, and under greedy no position
/// gets nothing while a less relevant one gets something.
/// @param relevance  [n] >= 0, finite, in any order; equal ones in their order here
/// @param demand     [n] in [least, most]; water-filling does not look at it
/// Water-filling gives the whole numbers of the greatest Σ relevance · (1 − e^(−t/120)) there are.
/// Cost: O(n log n), water-filling O(n²); 600 positions in some hundredths of a second.
[[nodiscard]] std::vector<std::size_t> spread(BudgetRule rule, std::span<const double> relevance,
                                              std::span<const std::size_t> demand, const BudgetLimits& limits);

/// Σ relevance · (1 − e^(−t/120))
[[nodiscard]] double concave_utility(std::span<const double> relevance, std::span<const std::size_t> budgets);
/// Σ of the relevance of positions that have what they need: where less than that cannot be read at all.
[[nodiscard]] double threshold_utility(std::span<const double> relevance, std::span<const std::size_t> needs,
                                       std::span<const std::size_t> budgets);

}  // namespace errata::relevance
