#include "errata/stats/multiplicity.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace errata::stats {

std::vector<double> benjamini_hochberg(std::span<const double> log_p) {
  const std::size_t m = log_p.size();
  std::vector<std::size_t> order(m);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return log_p[i]; });

  // From the largest p-value down, so that the running minimum is over all j >= i. Equal p-values get the value of
  // the last of them, which has the largest rank and so the smallest m p / j.
  std::vector<double> adjusted(m);
  double least = 0;
  for (std::size_t rank = m; rank >= 1; --rank) {
    const std::size_t i = order[rank - 1];
    least = std::min(least, log_p[i] + std::log(static_cast<double>(m) / static_cast<double>(rank)));
    adjusted[i] = least;
  }
  return adjusted;
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::vector<double> adjusted(p.size());
  double most = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    most = std::max(most, std::min(1.0, static_cast<double>(p.size() - rank) * p[order[rank]]));
    adjusted[order[rank]] = most;
  }
  return adjusted;
}

}  // namespace errata::stats
