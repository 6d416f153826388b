#include "errata/relevance/between_parts.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "errata/base/error.h"

namespace errata::relevance {
namespace {

/// The parts on both sides of a place, and how much of the second there is in it.
struct Neighbours {
  std::size_t first = 0, second = 0;
  float share = 0;
};

/// @param places  ascending, as the middles
std::vector<Neighbours> neighbours_of(std::span<const double> places, std::span<const double> middles) {
  std::vector<Neighbours> found;
  std::size_t first = 0;
  for (const double place : places) {
    while (first + 1 < middles.size() && middles[first + 1] <= place) ++first;
    const std::size_t second = std::min(first + 1, middles.size() - 1);
    const double gap = middles[second] - middles[first];
    const double share = gap > 0 ? std::clamp((place - middles[first]) / gap, 0.0, 1.0) : 0.0;
    found.push_back({.first = first, .second = second, .share = static_cast<float>(share)});
  }
  return found;
}

}  // namespace

std::vector<double> even_middles(std::size_t parts, std::size_t length) {
  std::vector<double> middles(parts);
  for (std::size_t i = 0; i < parts; ++i)
    middles[i] = (static_cast<double>(i) + .5) * static_cast<double>(length) / static_cast<double>(parts);
  return middles;
}

std::vector<float> between_parts(const PartValues& parts, const PatchGrid& grid) {
  const std::size_t columns = parts.column_middles.size();
  ERRATA_CHECK(columns > 0 && !parts.row_middles.empty() && parts.values.size() == parts.row_middles.size() * columns);
  std::vector<double> down, across;
  for (std::size_t row = 0; row < grid.rows(); ++row) {
    const image::Box box = grid.box(row * grid.columns());
    down.push_back(static_cast<double>(box.top) + static_cast<double>(box.height) / 2);
  }
  for (std::size_t column = 0; column < grid.columns(); ++column) {
    const image::Box box = grid.box(column);
    across.push_back(static_cast<double>(box.left) + static_cast<double>(box.width) / 2);
  }
  const auto of_columns = neighbours_of(across, parts.column_middles);
  std::vector<float> values;
  values.reserve(grid.count());
  for (const Neighbours& row : neighbours_of(down, parts.row_middles)) {
    const auto along = [&](std::size_t r, const Neighbours& column) {
      const float* at = parts.values.data() + r * columns;
      return std::lerp(at[column.first], at[column.second], column.share);
    };
    for (const Neighbours& column : of_columns)
      values.push_back(std::lerp(along(row.first, column), along(row.second, column), row.share));
  }
  return values;
}

}  // namespace errata::relevance
