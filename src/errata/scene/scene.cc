#include "errata/scene/scene.h"

#include <algorithm>

#include "errata/base/error.h"

namespace errata::scene {
namespace {

void mirror(image::Box& box, Flip flip, const image::Picture& picture) {
  if (flip == Flip::horizontal) {
    box.left = picture.width - box.right();
  } else {
    box.top = picture.height - box.bottom();
  }
}

/// Rows of `row` values each of `depth` bytes, mirrored.
void mirror(std::vector<std::uint8_t>& bytes, std::size_t row, std::size_t depth, Flip flip) {
  if (bytes.empty()) return;
  const std::size_t pitch = row * depth, rows = bytes.size() / pitch;
  const auto at = [&](std::size_t offset) { return bytes.begin() + static_cast<std::ptrdiff_t>(offset); };
  if (flip == Flip::vertical) {
    for (std::size_t y = 0; y < rows / 2; ++y)
      std::swap_ranges(at(y * pitch), at((y + 1) * pitch), at((rows - 1 - y) * pitch));
    return;
  }
  for (std::size_t y = 0; y < rows; ++y)
    for (std::size_t x = 0; x < row / 2; ++x) {
      const std::size_t one = y * pitch + x * depth;
      std::swap_ranges(at(one), at(one + depth), at(y * pitch + (row - 1 - x) * depth));
    }
}

}  // namespace

std::vector<float> covered(const Scene& scene, const std::vector<std::size_t>& things, std::size_t side) {
  ERRATA_CHECK(side > 0);
  const image::Picture& picture = scene.picture;
  const std::size_t rows = (picture.height + side - 1) / side, columns = (picture.width + side - 1) / side;
  std::vector<std::uint8_t> asked(picture.height * picture.width);
  for (const std::size_t index : things) {
    const Thing& thing = scene.things.at(index);
    for (std::size_t y = thing.box.top; y < thing.box.bottom(); ++y)
      for (std::size_t x = thing.box.left; x < thing.box.right(); ++x)
        if (thing.holds(y, x)) asked[y * picture.width + x] = 1;
  }
  std::vector<float> share(rows * columns);
  for (std::size_t y = 0; y < picture.height; ++y)
    for (std::size_t x = 0; x < picture.width; ++x)
      share[y / side * columns + x / side] += static_cast<float>(asked[y * picture.width + x]);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t height = std::min(side, picture.height - row * side);
      const std::size_t width = std::min(side, picture.width - column * side);
      share[row * columns + column] /= static_cast<float>(height * width);
    }
  return share;
}

std::vector<std::uint8_t> asked_patches(const Scene& scene, const Question& question, std::size_t side) {
  std::vector<std::uint8_t> asked;
  for (const float share : covered(scene, question.things, side)) asked.push_back(share >= kAskedShare ? 1 : 0);
  return asked;
}

Scene flipped(const Scene& scene, Flip flip) {
  Scene result = scene;
  mirror(result.picture.bytes, result.picture.width, result.picture.channels, flip);
  for (auto& thing : result.things) {
    mirror(thing.mask, thing.box.width, 1, flip);
    mirror(thing.box, flip, result.picture);
    for (auto& line : thing.lines) mirror(line.box, flip, result.picture);
  }
  for (auto& box : result.padding) mirror(box, flip, result.picture);
  return result;
}

Scene letterboxed(const Scene& scene, const Bars& bars) {
  Scene result = scene;
  const image::Picture& inside = scene.picture;
  image::Picture& picture = result.picture;
  picture.height += bars.top + bars.bottom;
  picture.width += bars.left + bars.right;
  picture.bytes.assign(picture.height * picture.width * picture.channels, bars.gray);
  const std::size_t row = inside.width * inside.channels;
  for (std::size_t y = 0; y < inside.height; ++y)
    std::copy_n(inside.bytes.begin() + static_cast<std::ptrdiff_t>(y * row), row,
                picture.bytes.begin() +
                    static_cast<std::ptrdiff_t>(((y + bars.top) * picture.width + bars.left) * picture.channels));
  const auto move = [&](image::Box& box) {
    box.top += bars.top;
    box.left += bars.left;
  };
  for (auto& box : result.padding) move(box);
  for (auto& thing : result.things) {
    move(thing.box);
    for (auto& line : thing.lines) move(line.box);
  }
  const image::Box added[] = {
      {.top = 0, .left = 0, .height = bars.top, .width = picture.width},
      {.top = bars.top + inside.height, .left = 0, .height = bars.bottom, .width = picture.width},
      {.top = bars.top, .left = 0, .height = inside.height, .width = bars.left},
      {.top = bars.top, .left = bars.left + inside.width, .height = inside.height, .width = bars.right}};
  for (const auto& box : added)
    if (box.area() > 0) result.padding.push_back(box);
  return result;
}

}  // namespace errata::scene
