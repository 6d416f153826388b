#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace errata::stats {

/// Cases and events at one step of an ordered score.
struct IsotonicStep {
  double cases = 0, events = 0;  ///< 0 <= events <= cases
};

/// Neighbouring steps that share one fitted rate.
struct IsotonicPool {
  std::size_t first = 0, last = 0;  ///< steps, inclusive
  double cases = 0, events = 0;
  [[nodiscard]] double rate() const { return events / cases; }
};

/// Isotonic regression: the rates that never fall from step to step and fit the events best, in squares and in
/// likelihood, by pooling adjacent violators. A step without cases joins a neighbour.
/// @return the pools in order, covering all steps; their rates rise strictly. Only when no step has a case, one pool
///     without a rate
/// Cost: O(steps). Reference: M. Ayer et al., Ann. Math. Stat. 26 (1955), 641–647.
///     pool_adjacent_violators({{{1, 0}, {1, 1}, {1, 0}, {1, 1}}});  // rates 0, 1/2 (steps 1 and 2), 1
[[nodiscard]] std::vector<IsotonicPool> pool_adjacent_violators(std::span<const IsotonicStep> steps);

}  // namespace errata::stats
