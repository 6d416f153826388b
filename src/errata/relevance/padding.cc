#include "errata/relevance/padding.h"

#include <algorithm>
#include <array>

#include "errata/relevance/patch_grid.h"

namespace errata::relevance {
namespace {

constexpr int kSpread = 2;

/// The least and greatest value of each channel seen so far.
class Range {
 public:
  /// Whether all that was seen, this pixel too, is within the spread.
  bool takes(const std::uint8_t* pixel, std::size_t channels) {
    bool even = true;
    for (std::size_t c = 0; c < channels; ++c) {
      least_[c] = std::min(least_[c], int{pixel[c]});
      most_[c] = std::max(most_[c], int{pixel[c]});
      even = even && most_[c] - least_[c] <= kSpread;
    }
    return even;
  }

 private:
  std::array<int, 3> least_{255, 255, 255}, most_{0, 0, 0};
};

/// How many rows from one end are one bar: `pixel(line, place)` for lines in that order.
template <typename Pixel>
std::size_t bar(std::size_t lines, std::size_t places, std::size_t channels, Pixel pixel) {
  Range range;
  for (std::size_t line = 0; line < lines; ++line)
    for (std::size_t place = 0; place < places; ++place)
      if (!range.takes(pixel(line, place), channels)) return line;
  return lines;
}

}  // namespace

image::Box content_of(const image::Picture& picture) {
  const std::size_t height = picture.height, width = picture.width, channels = picture.channels;
  const auto at = [&](std::size_t y, std::size_t x) { return picture.bytes.data() + (y * width + x) * channels; };
  const image::Box whole{.top = 0, .left = 0, .height = height, .width = width};
  const std::size_t top = bar(height, width, channels, at);
  if (top == height) return whole;
  const std::size_t below =
      bar(height, width, channels, [&](std::size_t line, std::size_t x) { return at(height - 1 - line, x); });
  const std::size_t rows = height - top - below;
  const std::size_t left =
      bar(width, rows, channels, [&](std::size_t line, std::size_t y) { return at(top + y, line); });
  const std::size_t right =
      bar(width, rows, channels, [&](std::size_t line, std::size_t y) { return at(top + y, width - 1 - line); });
  return {.top = top, .left = left, .height = rows, .width = width - left - right};
}

std::vector<std::uint8_t> padding_of(const image::Picture& picture) {
  const PatchGrid grid{.height = picture.height, .width = picture.width};
  const image::Box content = content_of(picture);
  std::vector<std::uint8_t> padding(grid.count());
  for (std::size_t patch = 0; patch < padding.size(); ++patch)
    padding[patch] = intersection(grid.box(patch), content).area() == 0 ? 1 : 0;
  return padding;
}

}  // namespace errata::relevance
