#include "errata/relevance/picture_colours.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "errata/base/error.h"
#include "errata/relevance/patch_grid.h"

namespace errata::relevance {
namespace {

constexpr std::size_t kSquare = 4, kArea = kSquare * kSquare;  // pixels that are averaged
constexpr std::uint32_t kFine = 8, kCoarse = 32;               // gray levels
constexpr double kHalvings = 2;                                // from coarse to fine

/// Sums over a square of red, green and blue.
using Sums = std::array<std::uint32_t, 3>;

Sums sums_at(const image::Picture& picture, std::size_t top, std::size_t left) {
  Sums sums{};
  for (std::size_t y = top; y < top + kSquare; ++y)
    for (std::size_t x = left; x < left + kSquare; ++x) {
      const std::uint8_t* pixel = &picture.bytes[(y * picture.width + x) * picture.channels];
      for (std::size_t c = 0; c < 3; ++c) sums[c] += pixel[picture.channels == 1 ? 0 : c];
    }
  return sums;
}

double bits_of_counts(std::span<const double> counts) {
  double all = 0, bits = 0;
  for (const double count : counts) all += count;
  for (const double count : counts)
    if (count > 0) bits -= count / all * std::log2(count / all);
  return bits;
}

/// Entropy of the squares' colours, in steps of so many levels.
double bits_of_colours(const std::vector<Sums>& squares, std::uint32_t step) {
  std::vector<std::uint32_t> cells;
  cells.reserve(squares.size());
  for (const Sums& sums : squares) {
    std::uint32_t cell = 0;
    for (const std::uint32_t sum : sums) cell = cell << 8U | sum / (static_cast<std::uint32_t>(kArea) * step);
    cells.push_back(cell);
  }
  std::ranges::sort(cells);
  std::vector<double> counts;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i == 0 || cells[i] != cells[i - 1]) counts.push_back(0);
    counts.back() += 1;
  }
  return bits_of_counts(counts);
}

}  // namespace

PictureColours colours_of(const image::Picture& picture, std::span<const std::uint8_t> left_out) {
  const PatchGrid grid{.height = picture.height, .width = picture.width};
  ERRATA_CHECK(left_out.size() == grid.count() && (picture.channels == 1 || picture.channels == 3));
  const bool all = std::ranges::find(left_out, 0) == left_out.end();
  std::vector<Sums> squares;
  std::array<double, 256 / kFine> grays{};
  for (std::size_t top = 0; top + kSquare <= picture.height; top += kSquare)
    for (std::size_t left = 0; left + kSquare <= picture.width; left += kSquare) {
      if (!all && left_out[top / kPatch * grid.columns() + left / kPatch] != 0) continue;
      squares.push_back(sums_at(picture, top, left));
      for (std::size_t y = top; y < top + kSquare; ++y)
        for (std::size_t x = left; x < left + kSquare; ++x) {
          const std::uint8_t* pixel = &picture.bytes[(y * picture.width + x) * picture.channels];
          const unsigned gray =
              picture.channels == 1 ? pixel[0] : (299U * pixel[0] + 587U * pixel[1] + 114U * pixel[2]) / 1000U;
          grays[gray / kFine] += 1;
        }
    }
  if (squares.empty()) return {};
  return {.dimension = (bits_of_colours(squares, kFine) - bits_of_colours(squares, kCoarse)) / kHalvings,
          .gray_bits = bits_of_counts(grays)};
}

double leeway_by(const PictureColours& colours) {
  constexpr double kCurve = 1.35, kSteep = 20, kTwoLevels = 1, kPage = 3;
  if (colours.gray_bits <= kTwoLevels) return kPage;
  return 1 + kSteep * std::max(0.0, colours.dimension - kCurve);
}

}  // namespace errata::relevance
