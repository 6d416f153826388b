#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/matrix_view.h"

namespace errata::audit {

/// Labelled images of one size in memory, pixels in [0, 1] as the file had them (a byte b is b/255).
struct ImageSet {
  std::string name;  ///< "mnist", or the path that it came from
  std::size_t count = 0, channels = 1, height = 0, width = 0;
  std::vector<float> pixels;          ///< [count, channels, height, width]
  std::vector<std::uint32_t> labels;  ///< [count] index into classes
  std::vector<std::string> classes;   ///< names, in order of the index
  [[nodiscard]] std::size_t image_size() const { return channels * height * width; }
  [[nodiscard]] MatrixView<const float> view() const { return {pixels, count, image_size()}; }
};

/// Images to train on and images that nothing is ever fitted to.
struct ImageSplit {
  ImageSet train, test;
};

}  // namespace errata::audit
