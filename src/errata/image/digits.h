#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/image/images.h"

namespace errata::image {

struct DigitOptions {
  std::size_t train = 60'000, test = 10'000;  ///< >= 10 each
  std::uint64_t seed = 1;
  std::vector<std::filesystem::path> font_folders{"/usr/share/fonts"};  ///< searched with what is in them
};

/// Rendered digits 0 to 9 of 28 x 28 pixels, white on black: the stand-in for MNIST on a machine without data. Each
/// takes a Hershey face or, as likely where there are any, a vector font of a known upright family, then a size, slant,
/// width, turn, place and brightness of its own. Classes are drawn evenly. Image i of a part draws from its own stream,
/// so the same seed and fonts give the same images on any number of threads; without vector fonts they are others. The
/// name of the sets says how many faces there were.
/// @return invalid_argument when a part has fewer than 10 images
[[nodiscard]] Result<ImageSplit> render_digits(const DigitOptions& options, ThreadPool& pool);

}  // namespace errata::image
