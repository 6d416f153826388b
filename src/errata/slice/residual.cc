#include "errata/slice/residual.h"

#include <cmath>

#include "errata/stats/deviance.h"

namespace errata::slice {

double Residual::gain() const {
  if (expected <= 0 || expected >= n || variance <= 0) return 0;
  const double more = observed - expected;
  const double equal = expected * (1 - expected / n);
  return 2 * equal / variance *
         (stats::half_deviance(observed, expected, more) + stats::half_deviance(n - observed, n - expected, -more));
}

/// With (1 + u) log(1 + u) − u at most u²/2 · (1 + u/6) / (1 + u/2) for u > 0 and at most u²/2 · (1 + |u|) for u < 0,
/// of failures or of successes, whichever are more than expected.
bool Residual::may_exceed(double gain) const {
  constexpr double kRounding = 1 + 1e-9;
  const double more = std::abs(observed - expected);
  const double fewer = raised() ? expected : n - expected;
  const double others = n - fewer;
  const double halves = others * (6 * fewer + more) / (6 * fewer + 3 * more) + fewer * (others + more) / others;
  return !(kRounding * more * more * halves <= gain * variance * n);
}

}  // namespace errata::slice
