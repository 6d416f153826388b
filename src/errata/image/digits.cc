// Each digit is drawn once a face at about three times its final height (glyphs.h); an image then maps each of its
// pixels back into that drawing through an affine map of its own and averages 3 x 3 points in it. So strokes have soft
// edges like scanned ones, and an image costs a few thousand linear interpolations (about 30 µs).

#include "errata/image/digits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/base/rng.h"
#include "errata/image/glyphs.h"

namespace errata::image {
namespace {

constexpr std::size_t kDrawnSide = 28, kFiner = 3;

/// How one image shows its digit.
struct Pose {
  double height = 20;                     ///< px of the digit
  double width = 1;                       ///< factor on its breadth
  double slant = 0;                       ///< px to the right a px upwards
  double turn = 0;                        ///< radians
  double right = 0, down = 0, light = 1;  ///< px, px, brightness of full ink
};

Pose draw_pose(Rng& rng) {
  const auto within = [&](double low, double high) { return low + (high - low) * rng.uniform(); };
  Pose pose;
  pose.height = within(16, 21);
  pose.width = within(0.8, 1.15);
  pose.slant = within(-0.1, 0.4);
  pose.turn = within(-10, 10) * std::numbers::pi / 180;
  pose.right = within(-2, 2);
  pose.down = within(-2, 2);
  pose.light = within(0.85, 1);
  return pose;
}

/// Ink at a place of the drawing, linear between pixels, zero outside.
double ink_at(const Glyph& glyph, double x, double y) {
  if (!(x > -1 && y > -1 && x < static_cast<double>(glyph.width) && y < static_cast<double>(glyph.height))) return 0;
  const auto right = static_cast<std::size_t>(x + 1), below = static_cast<std::size_t>(y + 1);
  const double to_right = x + 1 - static_cast<double>(right), to_below = y + 1 - static_cast<double>(below);
  const auto pixel = [&](std::size_t row_plus_1, std::size_t column_plus_1) {
    return row_plus_1 == 0 || column_plus_1 == 0 || row_plus_1 > glyph.height || column_plus_1 > glyph.width
               ? 0.0
               : static_cast<double>(glyph.ink[(row_plus_1 - 1) * glyph.width + column_plus_1 - 1]);
  };
  return (pixel(below, right) * (1 - to_right) + pixel(below, right + 1) * to_right) * (1 - to_below) +
         (pixel(below + 1, right) * (1 - to_right) + pixel(below + 1, right + 1) * to_right) * to_below;
}

void draw_image(const Glyph& glyph, const Pose& pose, std::span<float> image) {
  const double cosine = std::cos(pose.turn), sine = std::sin(pose.turn);
  const double zoom = static_cast<double>(glyph.height) / pose.height;  // pixels of the drawing a pixel of the image
  const double middle = (static_cast<double>(kDrawnSide) - 1) / 2, step = 1.0 / static_cast<double>(kFiner);
  const double glyph_x = (static_cast<double>(glyph.width) - 1) / 2,
               glyph_y = (static_cast<double>(glyph.height) - 1) / 2;
  for (std::size_t i = 0; i < image.size(); ++i) {
    double sum = 0;
    const std::size_t row = i / kDrawnSide, column = i % kDrawnSide;
    for (std::size_t finer = 0; finer < kFiner * kFiner; ++finer) {
      const std::size_t finer_row = finer / kFiner, finer_column = finer % kFiner;
      const double x =
          static_cast<double>(column) - middle - pose.right + (static_cast<double>(finer_column) - 1) * step;
      const double y = static_cast<double>(row) - middle - pose.down + (static_cast<double>(finer_row) - 1) * step;
      const double down = sine * x + cosine * y, right = cosine * x - sine * y + pose.slant * down;
      sum += ink_at(glyph, glyph_x + right * zoom / pose.width, glyph_y + down * zoom);
    }
    image[i] = static_cast<float>(std::min(1.0, pose.light * sum / static_cast<double>(kFiner * kFiner)));
  }
}

ImageSet render(const char* name, std::string_view characters, std::span<const Face> faces, std::size_t count,
                const Rng& rng, ThreadPool& pool) {
  ImageSet set{.name = name, .count = count, .channels = 1, .height = kDrawnSide, .width = kDrawnSide};
  set.pixels.resize(count * set.image_size());
  set.labels.resize(count);
  for (const char character : characters) set.classes.emplace_back(1, character);
  constexpr std::size_t kBlock = 64;
  pool.parallel_for((count + kBlock - 1) / kBlock, [&](std::size_t block, std::size_t /*worker*/) {
    for (std::size_t i = block * kBlock; i < std::min(count, (block + 1) * kBlock); ++i) {
      Rng own = rng.fork(i);
      const std::uint64_t digit = own.below(characters.size());
      const Glyph& glyph = faces[own.below(faces.size())].glyphs[digit];
      set.labels[i] = static_cast<std::uint32_t>(digit);
      draw_image(glyph, draw_pose(own), std::span(set.pixels).subspan(i * set.image_size(), set.image_size()));
    }
  });
  return set;
}

Result<ImageSplit> render_characters(const char* name, std::string_view characters, const DigitOptions& options,
                                     ThreadPool& pool) {
  if (options.train < 10 || options.test < 10)
    return invalid_argument(
        fmt::format("{} training and {} test {} are too few: at least 10 each", options.train, options.test, name));
  const std::vector<Face> faces = hershey_faces(characters);
  const Rng rng(options.seed);
  return ImageSplit{.train = render(name, characters, faces, options.train, rng.fork(0), pool),
                    .test = render(name, characters, faces, options.test, rng.fork(1), pool)};
}

}  // namespace

Result<ImageSplit> render_digits(const DigitOptions& options, ThreadPool& pool) {
  return render_characters("digits", "0123456789", options, pool);
}

Result<ImageSplit> render_letters(const DigitOptions& options, ThreadPool& pool) {
  return render_characters("letters", "ACEFHJKLMNPRTUVWXYacdefhkmnprtuvwxy", options, pool);
}

}  // namespace errata::image
