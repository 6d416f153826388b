#include "errata/image/palette.h"

#include <algorithm>
#include <cstddef>

namespace errata::image {
namespace {

constexpr std::size_t kSteps = 32;  ///< of each channel
constexpr unsigned kShift = 3;      ///< bits of a byte that its step leaves out

/// Pixels of one cell of the cube, and the sums of their bytes.
struct ColourCell {
  std::size_t count = 0;
  std::array<std::size_t, 3> sums{};
};

/// A box of cells: first to last of each channel, both included.
struct ColourBox {
  std::array<std::size_t, 3> first{0, 0, 0}, last{kSteps - 1, kSteps - 1, kSteps - 1};
  std::size_t count = 0;
};

std::size_t cell_of(std::size_t red, std::size_t green, std::size_t blue) {
  return (red * kSteps + green) * kSteps + blue;
}

template <typename Body>
void for_each_cell(const ColourBox& box, const Body& body) {
  for (std::size_t red = box.first[0]; red <= box.last[0]; ++red)
    for (std::size_t green = box.first[1]; green <= box.last[1]; ++green)
      for (std::size_t blue = box.first[2]; blue <= box.last[2]; ++blue)
        body(std::array{red, green, blue}, cell_of(red, green, blue));
}

class ColourCube {
 public:
  explicit ColourCube(const Picture& picture) : cells_(kSteps * kSteps * kSteps) {
    for (std::size_t i = 0; i < picture.bytes.size(); i += 3) {
      ColourCell& cell = cells_[cell_of_pixel(&picture.bytes[i])];
      ++cell.count;
      for (std::size_t c = 0; c < 3; ++c) cell.sums[c] += picture.bytes[i + c];
    }
  }

  static std::size_t cell_of_pixel(const std::uint8_t* pixel) {
    return cell_of(pixel[0] >> kShift, pixel[1] >> kShift, pixel[2] >> kShift);
  }

  /// The box without what holds no pixels at its sides.
  [[nodiscard]] ColourBox tight(const ColourBox& box) const {
    ColourBox made{.first = {kSteps, kSteps, kSteps}, .last = {0, 0, 0}};
    for_each_cell(box, [&](const std::array<std::size_t, 3>& place, std::size_t cell) {
      if (cells_[cell].count == 0) return;
      made.count += cells_[cell].count;
      for (std::size_t c = 0; c < 3; ++c) {
        made.first[c] = std::min(made.first[c], place[c]);
        made.last[c] = std::max(made.last[c], place[c]);
      }
    });
    return made;
  }

  /// Cuts the box across its longest side; it keeps the lower part. @param box  with a side of two cells at least
  [[nodiscard]] ColourBox cut(ColourBox& box) const {
    const std::size_t side = longest_side(box);
    std::array<std::size_t, kSteps> counts{};
    for_each_cell(box, [&](const std::array<std::size_t, 3>& place, std::size_t cell) {
      counts[place[side]] += cells_[cell].count;
    });
    std::size_t last = box.first[side], below = counts[last];
    while (last + 1 < box.last[side] && 2 * below < box.count) below += counts[++last];
    ColourBox upper = box;
    box.last[side] = last;
    upper.first[side] = last + 1;
    box = tight(box);
    return tight(upper);
  }

  [[nodiscard]] std::array<std::uint8_t, 3> mean_of(const ColourBox& box) const {
    std::array<std::size_t, 3> sums{};
    for_each_cell(box, [&](const std::array<std::size_t, 3>& /*place*/, std::size_t cell) {
      for (std::size_t c = 0; c < 3; ++c) sums[c] += cells_[cell].sums[c];
    });
    std::array<std::uint8_t, 3> mean{};
    for (std::size_t c = 0; c < 3; ++c) mean[c] = static_cast<std::uint8_t>((sums[c] + box.count / 2) / box.count);
    return mean;
  }

  static std::size_t longest_side(const ColourBox& box) {
    std::size_t longest = 0;
    for (std::size_t c = 1; c < 3; ++c)
      if (box.last[c] - box.first[c] > box.last[longest] - box.first[longest]) longest = c;
    return longest;
  }

 private:
  std::vector<ColourCell> cells_;
};

/// What a box gains by a cut; 0 where it cannot be cut.
std::size_t worth_of(const ColourBox& box) {
  const std::size_t side = ColourCube::longest_side(box);
  return box.count * (box.last[side] - box.first[side]);
}

}  // namespace

PalettePicture in_palette(const Picture& picture, std::size_t most) {
  ERRATA_CHECK(picture.channels == 3 && !picture.bytes.empty() && most >= 1 && most <= 256);
  const ColourCube cube(picture);
  std::vector<ColourBox> boxes{cube.tight({})};
  while (boxes.size() < most) {
    const auto widest = std::ranges::max_element(boxes, {}, worth_of);
    if (worth_of(*widest) == 0) break;
    boxes.push_back(cube.cut(*widest));
  }
  PalettePicture made;
  std::vector<std::uint8_t> of_cell(kSteps * kSteps * kSteps, 0);
  for (const ColourBox& box : boxes) {
    const auto index = static_cast<std::uint8_t>(made.colours.size());
    for_each_cell(box, [&](const std::array<std::size_t, 3>& /*place*/, std::size_t cell) { of_cell[cell] = index; });
    made.colours.push_back(cube.mean_of(box));
  }
  made.indices.reserve(picture.height * picture.width);
  for (std::size_t i = 0; i < picture.bytes.size(); i += 3)
    made.indices.push_back(of_cell[ColourCube::cell_of_pixel(&picture.bytes[i])]);
  return made;
}

}  // namespace errata::image
