#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "errata/base/rng.h"
#include "errata/simulate/features.h"
#include "errata/simulate/regimes.h"
#include "errata/table/predicate.h"

namespace errata::simulate {

inline constexpr std::size_t kMostClasses = 5, kWaves = 3;
using Probabilities = std::array<double, kMostClasses>;  ///< of the classes; the rest is 0

/// What happens to the labels of a mode's cases.
enum class Effect : std::uint8_t { turn, noise, merge };
[[nodiscard]] std::string_view words(Effect effect);

struct PlannedMode {
  std::vector<table::Predicate> where{};  ///< empty: every case
  Timing timing = Timing::stationary;
  Effect effect = Effect::turn;
  std::size_t from = 0, to = 0;  ///< classes of a merge
  double strength = 1;           ///< (0, 1]
  double length = 500;           ///< of an active stretch, in cases, where the timing comes back
  /// The probabilities of the classes when it happens to a share of the cases.
  [[nodiscard]] Probabilities changed(const Probabilities& p, double share, std::size_t classes) const;
};

/// height · cos(a · z_first + b · z_second + phase)
struct Wave {
  double a = 0, b = 0, phase = 0, height = 0;
  std::size_t first = 0, second = 0;
};

/// A series with standard normal values, in part a slow swing: persistence ∈ [0, 1) from case to case.
struct Series {
  double persistence = 0;
  double swing = 0;  ///< [0, 1) √2 · swing · sin(2π row/period + phase) is part of it
  double period = 1'000, phase = 0;
};

/// All of a stream that the seed decides but for the cases.
struct StreamPlan {
  std::vector<Feature> features{};
  std::array<Series, kFactors> factors{};
  double own_persistence = 0;  ///< of every second feature
  std::size_t classes = 2;
  std::array<std::vector<double>, kMostClasses> weights{};  ///< log-odds of a class, by feature
  std::array<std::array<Wave, kWaves>, kMostClasses> waves{};
  double unseen = 0;  ///< height of a series that moves each class's log-odds
  double unseen_persistence = 0;
  double sharpness = 1;  ///< the model's log-odds over the true linear ones
  std::vector<PlannedMode> modes{};
  double gap_micros = 1e6;    ///< mean time between cases
  double delay_micros = 1e6;  ///< median delay of a label
  double delay_spread = 0;    ///< standard deviation of its logarithm
  double never = 0;           ///< share of labels that never arrive
};

/// @param timing  of the modes, repeated when there are more modes; not empty
[[nodiscard]] StreamPlan plan_stream(std::span<const Timing> timing, const Rng& rng);

}  // namespace errata::simulate
