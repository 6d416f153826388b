#pragma once

#include <cstddef>
#include <cstdint>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/image/images.h"

namespace errata::image {

struct DigitOptions {
  std::size_t train = 60'000, test = 10'000;  ///< >= 10 each
  std::uint64_t seed = 1;
};

/// Rendered digits 0 to 9 of 28 x 28 pixels, white on black: the stand-in for MNIST on a machine without data. Each
/// takes a Hershey font in one of three weights, then a size, slant, width, turn, place and brightness of its own.
/// Classes are drawn evenly. Image i of a part draws from its own stream, so the same seed gives the same images on any
/// number of threads, on another machine up to the rounding of its sine.
/// @return invalid_argument when a part has fewer than 10 images
[[nodiscard]] Result<ImageSplit> render_digits(const DigitOptions& options, ThreadPool& pool);

/// Letters drawn likewise, capitals and small ones but for those that could be read as a digit (B, D, G, I, O, …):
/// input that a classifier of digits should refuse. Classes are the letters.
[[nodiscard]] Result<ImageSplit> render_letters(const DigitOptions& options, ThreadPool& pool);

}  // namespace errata::image
