#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/base/rng.h"
#include "errata/base/thread_pool.h"

namespace errata::image {

/// What can be done to an image. The source's four first; the page docs/methods/corruptions.md has formula and range of
/// each. `none` leaves the image as it is.
enum class Corruption : std::uint8_t {
  none,
  rotate,
  noise,
  occlude,
  shift,
  rotate_back,
  shear,
  scale,
  elastic,
  wave,
  perspective,
  gaussian_blur,
  motion_blur,
  pixelate,
  jpeg,
  low_pass,
  high_pass,
  contrast,
  brightness,
  fog,
  inversion,
  gamma,
  salt_and_pepper,
  speckle,
  stripe,
  spatter,
  zigzag,
  dotted_line,
  slope,
  stretch,
  mirror,
  erase,
};

struct CorruptionInfo {
  Corruption corruption;
  std::string_view name;    ///< "gaussian_blur"
  std::string_view family;  ///< what it resembles: "geometric", "blur", "light", "noise", "overlay", "occlusion"
  std::string_view words;   ///< one line, with the range of severity
};

/// All of them, in the order of the enumeration.
[[nodiscard]] std::span<const CorruptionInfo> corruptions();
/// All but `none`.
[[nodiscard]] std::vector<Corruption> every_corruption();
[[nodiscard]] const CorruptionInfo& info_of(Corruption corruption);
/// @return invalid_argument that lists the names when there is none of this name
[[nodiscard]] Result<Corruption> corruption_named(std::string_view name);
/// @param names  between commas  @return invalid_argument as corruption_named(), and for `none`, which is not drawn
[[nodiscard]] Result<std::vector<Corruption>> corruptions_named(std::string_view names);

struct ImageSize {
  std::size_t channels = 1, height = 28, width = 28;
};

/// Corrupts one image in place. The same draw of `rng` and severity give the same image, on another machine up to the
/// rounding of its sine, exponential and logarithm.
/// @param image     [channels · height · width] in [0, 1]; stays in [0, 1]
/// @param severity  in [0, 1]: 0 is the mildest of the range, 1 the strongest
/// Lengths in pixels are for images 28 high and grow with the height.
void corrupt(Corruption corruption, double severity, ImageSize size, std::span<float> image, Rng& rng);

/// A mix: with `probability` one of `pool`, drawn evenly, at a severity uniform in [0, 1]; else nothing. A random part
/// is a half-plane, a box or an ellipse, turned at random (corruption_part.h).
struct CorruptionMix {
  std::vector<Corruption> pool;
  double probability = 0.8;  ///< in [0, 1]
  std::size_t most = 1;      ///< >= 1: corruptions drawn one after the other, 1 … most evenly
  double partial = 0;        ///< in [0, 1]: probability that a corruption is kept to a random part of the image

  bool operator==(const CorruptionMix&) const = default;
};

/// What was done to one image.
struct Corrupted {
  std::vector<Corruption> chain{};  ///< in the order in which they were done; empty: nothing
  double severity = 0;              ///< of the first
};

/// Corrupts each row of a matrix of images in place; image i draws from rng.fork(first + i), so the result is the same
/// on any number of threads and however many images come at once.
[[nodiscard]] std::vector<Corrupted> corrupt_all(const CorruptionMix& mix, ImageSize size, MatrixView<float> images,
                                                 const Rng& rng, ThreadPool& pool, std::size_t first = 0);

}  // namespace errata::image
