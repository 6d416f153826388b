#include "errata/relevance/selection.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace errata::relevance {
namespace {

constexpr std::array<std::string_view, 4> kGuards{"no-structure", "vague-query", "unlike-training",
                                                  "query-not-understood"};
constexpr std::size_t kBlocks = 8;  // along the shorter side
constexpr double kFlat = 5e-4;      // mean edge density of an eighth of a gray level: a smooth shade

/// What every patch has: the tenth of a hundred, from the grain of a sensor or a paper.
float noise_floor(std::vector<float> edges) {
  const auto tenth = edges.begin() + static_cast<long>(edges.size() / 10);
  std::ranges::nth_element(edges, tenth);
  return *tenth;
}

}  // namespace

std::string_view name_of(Guard guard) { return kGuards[static_cast<std::size_t>(guard)]; }

double GuardReading::sure() const { return 1 / (1 + std::exp(-std::abs(value - limit) / doubt)); }

double structure_of(const FeatureStack& stack) {
  const PatchGrid& grid = stack.grid;
  const std::size_t side = std::max<std::size_t>(1, std::min(grid.rows(), grid.columns()) / kBlocks);
  const std::size_t columns = (grid.columns() + side - 1) / side, rows = (grid.rows() + side - 1) / side;
  const float floor = noise_floor(stack.edges);
  std::vector<double> sums(rows * columns), counts(rows * columns);
  for (std::size_t patch = 0; patch < grid.count(); ++patch) {
    const std::size_t block = grid.row_of(patch) / side * columns + grid.column_of(patch) / side;
    sums[block] += stack.edges[patch] - floor;
    counts[block] += 1;
  }
  double mean = 0, square = 0;
  for (std::size_t block = 0; block < sums.size(); ++block) mean += sums[block] / counts[block];
  mean /= static_cast<double>(sums.size());
  for (std::size_t block = 0; block < sums.size(); ++block) {
    const double off = sums[block] / counts[block] - mean;
    square += off * off;
  }
  return mean > kFlat ? std::sqrt(square / static_cast<double>(sums.size())) / mean : 0;
}

Selection select_strategy(double structure, const Specificity& query, std::optional<double> unlike, bool asked,
                          const SelectionOptions& options) {
  Selection selection;
  auto& guards = selection.guards;
  const auto fires = [&](const GuardReading& reading) {
    guards.push_back(reading);
    return reading.fired();
  };
  const bool is_unlike = unlike && fires({.guard = Guard::unlike_training,
                                          .value = *unlike,
                                          .limit = options.most_unlike,
                                          .doubt = .1,
                                          .fires_above = true});
  const bool is_void =
      fires({.guard = Guard::no_structure, .value = structure, .limit = options.least_structure, .doubt = .05});
  const bool is_vague =
      fires({.guard = Guard::vague_query, .value = query.value, .limit = options.least_specificity, .doubt = .125});
  const bool is_lost =
      fires({.guard = Guard::query_not_understood, .value = asked ? 1.0 : 0.0, .limit = .5, .doubt = .1});
  if (is_unlike && structure >= options.least_of_unlike)
    selection.strategy = Strategy::uniform;
  else if (is_void || is_vague || is_lost)
    selection.strategy = Strategy::grid_diverse;
  else
    selection.strategy = structure >= options.much_structure ? Strategy::cluster : Strategy::focused;
  // One guard that fired is reason enough; where none did, all of them had to be silent.
  double surest = 0;
  for (const GuardReading& reading : guards) {
    if (reading.fired()) surest = std::max(surest, reading.sure());
    selection.sure = std::min(selection.sure, reading.sure());
  }
  if (surest > 0) selection.sure = surest;
  return selection;
}

}  // namespace errata::relevance
