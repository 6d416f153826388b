#pragma once

#include <functional>
#include <string_view>

namespace errata {

/// Told of progress on long work: the stage in words and the share done in [0, 1] (< 0 when unknown).
/// Called from the thread that called the use case. An empty function is allowed everywhere and means "say nothing".
using Progress = std::function<void(std::string_view stage, double share)>;

inline void tell(const Progress& progress, std::string_view stage, double share = -1) {
  if (progress) progress(stage, share);
}

}  // namespace errata
