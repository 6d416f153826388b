#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "errata/base/rng.h"
#include "errata/simulate/simulate.h"

namespace errata::simulate {

/// How a mode comes and goes.
enum class Timing : std::uint8_t {
  stationary,  ///< active from the first case to the last
  abrupt,      ///< begins at once after a quarter of the log or later; half of them end again; none comes back
  gradual,     ///< grows from nothing over 10 to 40% of the log, and stays
  cyclic,      ///< active in the same part of every cycle, give or take a twentieth
  recurrent,   ///< on and off for random lengths
};

/// When a mode is active in a log of `rows` cases, by begin; the stretches do not overlap. An active stretch of the
/// kinds that come back is `length` cases long (in the mean, where it is random).
[[nodiscard]] std::vector<PlantedRegime> plan_regimes(std::size_t mode, Timing timing, std::size_t rows, double length,
                                                      Rng& rng);

/// [rows] the share of the mode's cases that it happens to: 0 outside its regimes, rising over a ramp.
[[nodiscard]] std::vector<double> strength_over_time(const std::vector<PlantedRegime>& regimes, double strength,
                                                     std::size_t rows);

}  // namespace errata::simulate
