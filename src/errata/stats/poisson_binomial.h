#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace errata::stats {

/// Steps of the exact sum (cases times counts) up to which a tail of the Poisson binomial distribution is summed; a
/// longer one is approximated. A slice of 1,000 cases with 100 failures expected takes about 250,000.
inline constexpr std::size_t kExactPoissonBinomialSteps = std::size_t{1} << 20;

/// Independent events of one probability.
struct EqualEvents {
  double probability = 0;  ///< in [0, 1]
  std::uint64_t events = 0;
};

/// Natural logarithm of P(X >= at_least), X = Σ of independent events of these probabilities (Poisson binomial): the
/// one-sided p-value of "these cases fail as was expected of each" when so many failed.
///
/// Exact up to a number of steps: the distribution is convolved case by case after its mean has been moved to the
/// count by exponential tilting, so that nothing underflows however far out the count lies and every term is positive;
/// good to about 1e-12 of p. Beyond it the saddlepoint approximation of Barndorff-Nielsen with Daniels' continuity
/// correction,
///     P ≈ P(Z >= w + log(u/w) / w),   w = ±√(2 (t x − K(t))),  u = 2 sinh(t/2) √K''(t),  K'(t) = x = at_least − ½,
/// K(t) = Σ log(1 − p + p e^t). Counts up to 8 are always summed; above, an approximated p-value is off by less than
/// 0.5% of itself (a test holds it against the exact one, down to p = 1e-12).
/// @param groups         any number; equal probabilities may be counted together or not
/// @param at_least       any; −inf above the events that can happen, 0 at 0
/// @param exact_steps    0 always approximates
/// @return in [-inf, 0]
/// Cost: O(groups) a Newton step, five to ten of them, and the exact sum.
/// References: Y. H. Wang, Statistica Sinica 3 (1993), 295–312; H. E. Daniels, Int. Stat. Rev. 55 (1987), 37–48;
/// O. E. Barndorff-Nielsen, Biometrika 73 (1986), 307–322.
///     std::exp(poisson_binomial_log_upper_tail({{{.1, 1}, {.2, 1}, {.3, 1}}}, 2));  // .092 + .006 = .098
[[nodiscard]] double poisson_binomial_log_upper_tail(std::span<const EqualEvents> groups, std::uint64_t at_least,
                                                     std::size_t exact_steps = kExactPoissonBinomialSteps);

/// Natural logarithm of P(X <= at_most), likewise.
[[nodiscard]] double poisson_binomial_log_lower_tail(std::span<const EqualEvents> groups, std::uint64_t at_most,
                                                     std::size_t exact_steps = kExactPoissonBinomialSteps);

}  // namespace errata::stats
