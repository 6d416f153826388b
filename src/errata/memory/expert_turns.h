#pragma once

#include <cstddef>
#include <cstdint>

namespace errata::memory {

inline constexpr std::size_t kExpertCount = 10;
/// Experts are dealt to groups, which may go through one stretch of a stream at once.
inline constexpr std::size_t kExpertGroups = 3;

/// The delay of outcomes: the running mean of how many cases were assessed between a case and its outcome.
struct OutcomeDelay {
  double mean = 0;
  std::uint64_t outcomes = 0;

  void take(double lag) {
    constexpr double kMemory = 0.01;
    mean = outcomes == 0 ? lag : mean + kMemory * (lag - mean);
    ++outcomes;
  }
};

}  // namespace errata::memory
