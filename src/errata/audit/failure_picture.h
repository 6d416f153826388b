#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errata/image/images.h"
#include "errata/image/picture.h"

namespace errata::audit {

/// A failure as it is drawn: what the model was shown, and what it and the auditor said.
struct FailureView {
  std::size_t channels = 1, height = 28, width = 28;
  std::span<const float> clean, corrupted;  ///< [channels · height · width] in [0, 1]; 1, or 3 and more channels
  std::vector<double> probabilities;        ///< [classes] of the model
  std::vector<std::string> classes;
  std::uint32_t truth = 0, predicted = 0;
  double auditor_risk = 0;
  std::string corruption;  ///< "fog", "rotate+fog", "none"
};

/// Both images side by side, enlarged without smoothing, beside them a bar a class (the eight most probable ones where
/// there are more than ten), below them what is said, in Hershey letters; characters outside ASCII become "?".
[[nodiscard]] image::Picture draw_failure(const FailureView& view);

}  // namespace errata::audit
