#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "planted_stream.h"

namespace errata::bench {

/// CPU time of this thread.
[[nodiscard]] double cpu_micros();
/// The middle value, of an even number the upper one. @param values  not empty
[[nodiscard]] double median(std::vector<double> values);

struct MemorySize {
  std::size_t features = 16, modes = 64, window = 3000;
};

/// Microseconds a case; medians over blocks of 256 cases, each block assessed and then resolved, one block late.
struct PartCost {
  std::string_view part;
  double micros = 0;
};
struct MemoryCost {
  double decide = 0, learn = 0;  ///< FailureMemory::assess and learn
  std::size_t width = 0;         ///< columns of the embedding
  std::size_t modes = 0;         ///< failure modes at the end
};
struct PartCosts {
  std::vector<PartCost> decide{}, learn{};
  double rates = 0;        ///< local rates by LocalRateWindow, distances included
  double plain_rates = 0;  ///< the same rates in plain loops
};

[[nodiscard]] MemoryCost cost_of_memory(const MemorySize& size);
/// The parts of a memory of this size, each run by itself on the same stream.
[[nodiscard]] PartCosts cost_of_parts(const MemorySize& size);

}  // namespace errata::bench
