#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "errata/memory/failure_memory.h"

namespace errata::monitor {

/// A mode in words: the at most three numeric features whose means over its failures lie farthest from those of all
/// cases, in standard deviations (at least .3), and its mean confidence: "f2 high (+1.8 sd), f0 low (−1.1 sd);
/// confidence 0.93". Empty when nothing can be said.
[[nodiscard]] std::string mode_words(const memory::FailureMemory& memory, const memory::Mode& mode);

/// A position for each mode on a map: its centre on the first two principal axes of the centres. (0, 0) for modes
/// without a centre, and for all when fewer than two have one.
[[nodiscard]] std::vector<std::array<double, 2>> mode_map(std::span<const memory::Mode> modes);

}  // namespace errata::monitor
