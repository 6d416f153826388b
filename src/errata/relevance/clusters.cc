// Patches of like colour and place, as superpixels are made: centres begin on a regular grid, and a patch goes to the
// nearest of the centres around it, in colour and in distance. No random numbers, so nothing depends on a seed.
// Reference: R. Achanta et al., "SLIC superpixels", IEEE TPAMI 34 (2012), 2274–2282.

#include "errata/relevance/clusters.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "errata/base/limits.h"

namespace errata::relevance {
namespace {

constexpr std::size_t kValues = 5;  // red, green, blue, row, column
using Centre = std::array<double, kValues>;
constexpr double kCompactness = .25;  // of a distance of one step against a whole range of colour
constexpr int kRounds = 10;

std::vector<Centre> describe_patches(const Planes& planes, double step) {
  const PatchGrid grid = grid_of(planes.grey);
  const auto red = patch_means(planes.red), green = patch_means(planes.green), blue = patch_means(planes.blue);
  std::vector<Centre> patches(grid.count());
  for (std::size_t patch = 0; patch < patches.size(); ++patch)
    patches[patch] = {red[patch], green[patch], blue[patch],
                      kCompactness * static_cast<double>(grid.row_of(patch)) / step,
                      kCompactness * static_cast<double>(grid.column_of(patch)) / step};
  return patches;
}

std::vector<Centre> first_centres(const PatchGrid& grid, const std::vector<Centre>& patches, double step) {
  std::vector<Centre> centres;
  for (double row = step / 2; row < static_cast<double>(grid.rows()) + step / 2 - .5; row += step)
    for (double column = step / 2; column < static_cast<double>(grid.columns()) + step / 2 - .5; column += step) {
      const auto r = std::min(static_cast<std::size_t>(row), grid.rows() - 1);
      const auto c = std::min(static_cast<std::size_t>(column), grid.columns() - 1);
      centres.push_back(patches[r * grid.columns() + c]);
    }
  return centres;
}

double square_distance(const Centre& a, const Centre& b) {
  double sum = 0;
  for (std::size_t i = 0; i < kValues; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

std::uint32_t nearest_of(const Centre& patch, const std::vector<Centre>& centres) {
  double least = kInfinity;
  std::size_t best = 0;
  for (std::size_t i = 0; i < centres.size(); ++i) {
    // Beyond two steps no colour is near enough.
    if (std::abs(patch[3] - centres[i][3]) > 2 * kCompactness || std::abs(patch[4] - centres[i][4]) > 2 * kCompactness)
      continue;
    const double distance = square_distance(patch, centres[i]);
    if (distance < least) least = distance, best = i;
  }
  return static_cast<std::uint32_t>(best);
}

void move_centres(const std::vector<Centre>& patches, const std::vector<std::uint32_t>& of,
                  std::vector<Centre>& centres) {
  std::vector<Centre> sums(centres.size(), Centre{});
  std::vector<double> counts(centres.size());
  for (std::size_t patch = 0; patch < patches.size(); ++patch) {
    counts[of[patch]] += 1;
    for (std::size_t i = 0; i < kValues; ++i) sums[of[patch]][i] += patches[patch][i];
  }
  for (std::size_t centre = 0; centre < centres.size(); ++centre)
    if (counts[centre] > 0)
      for (std::size_t i = 0; i < kValues; ++i) centres[centre][i] = sums[centre][i] / counts[centre];
}

}  // namespace

std::vector<std::uint32_t> clusters(const Planes& planes, std::size_t wanted) {
  const PatchGrid grid = grid_of(planes.grey);
  const double step = std::max(1.0, std::sqrt(static_cast<double>(grid.count()) / static_cast<double>(wanted)));
  const std::vector<Centre> patches = describe_patches(planes, step);
  std::vector<Centre> centres = first_centres(grid, patches, step);
  std::vector<std::uint32_t> of(patches.size());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t patch = 0; patch < patches.size(); ++patch) of[patch] = nearest_of(patches[patch], centres);
    move_centres(patches, of, centres);
  }
  constexpr auto kNone = std::uint32_t(-1);
  std::vector<std::uint32_t> numbers(centres.size(), kNone);
  std::uint32_t next = 0;
  for (std::uint32_t& cluster : of) {
    if (numbers[cluster] == kNone) numbers[cluster] = next++;
    cluster = numbers[cluster];
  }
  return of;
}

}  // namespace errata::relevance
