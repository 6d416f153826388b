#include "errata/relevance/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "errata/base/limits.h"

namespace errata::relevance {
namespace {

constexpr std::array<std::string_view, 6> kStrategies{"focused", "cluster", "grid-diverse",
                                                      "uniform", "random",  "downsample"};

bool is_left_out(const PositionChoice& choice, std::uint32_t patch) {
  return !choice.left_out.empty() && choice.left_out[patch] != 0;
}

void sort_by_relevance(std::span<const float> relevance, std::vector<std::uint32_t>& patches) {
  std::ranges::sort(patches, [&](std::uint32_t a, std::uint32_t b) {
    return relevance[a] != relevance[b] ? relevance[a] > relevance[b] : a < b;
  });
}

std::vector<std::uint32_t> candidates(const PatchGrid& grid, const PositionChoice& choice) {
  std::vector<std::uint32_t> patches;
  for (std::uint32_t patch = 0; patch < grid.count(); ++patch)
    if (!is_left_out(choice, patch)) patches.push_back(patch);
  return patches;
}

void keep_most_relevant(const PositionChoice& choice, std::vector<std::uint32_t>& patches) {
  sort_by_relevance(choice.relevance, patches);
  patches.resize(std::min(patches.size(), choice.wanted));
}

/// Patches of the clusters whose most relevant quarter is most relevant, twice as many as are wanted.
std::vector<std::uint32_t> of_relevant_clusters(std::vector<std::uint32_t> patches, const PositionChoice& choice) {
  const std::uint32_t count = std::ranges::max(choice.clusters) + 1;
  std::vector<std::vector<std::uint32_t>> members(count);
  sort_by_relevance(choice.relevance, patches);
  for (const std::uint32_t patch : patches) members[choice.clusters[patch]].push_back(patch);
  std::vector<double> worth(count, -kInfinity);
  for (std::uint32_t cluster = 0; cluster < count; ++cluster) {
    if (members[cluster].empty()) continue;
    const std::size_t quarter = (members[cluster].size() + 3) / 4;
    double sum = 0;
    for (std::size_t i = 0; i < quarter; ++i) sum += choice.relevance[members[cluster][i]];
    worth[cluster] = sum / static_cast<double>(quarter);
  }
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) { return worth[a] > worth[b]; });
  std::vector<std::uint32_t> chosen;
  for (const std::uint32_t cluster : order) {
    if (chosen.size() >= 2 * choice.wanted) break;
    chosen.insert(chosen.end(), members[cluster].begin(), members[cluster].end());
  }
  return chosen;
}

/// In each cell the patch that is better than the others.
template <typename Better>
std::vector<std::uint32_t> one_a_cell(const PatchGrid& grid, const PositionChoice& choice, Better better) {
  const std::size_t wanted = std::min(choice.wanted, grid.count());
  const std::vector<std::uint32_t> of = cells(grid, wanted);
  constexpr auto kNone = std::uint32_t(-1);
  std::vector<std::uint32_t> best(wanted, kNone);
  for (const std::uint32_t patch : candidates(grid, choice)) {
    std::uint32_t& there = best[of[patch]];
    if (there == kNone || better(patch, there)) there = patch;
  }
  std::erase(best, kNone);
  return best;
}

std::vector<std::uint32_t> middles(const PatchGrid& grid, const PositionChoice& choice) {
  const std::size_t wanted = std::min(choice.wanted, grid.count());
  const std::vector<std::uint32_t> of = cells(grid, wanted);
  std::vector<double> rows(wanted), columns(wanted), counts(wanted);
  for (std::size_t patch = 0; patch < of.size(); ++patch) {
    rows[of[patch]] += static_cast<double>(grid.row_of(patch));
    columns[of[patch]] += static_cast<double>(grid.column_of(patch));
    counts[of[patch]] += 1;
  }
  const auto off_middle = [&](std::uint32_t patch) {
    const std::uint32_t cell = of[patch];
    return std::hypot(static_cast<double>(grid.row_of(patch)) - rows[cell] / counts[cell],
                      static_cast<double>(grid.column_of(patch)) - columns[cell] / counts[cell]);
  };
  return one_a_cell(grid, choice, [&](std::uint32_t a, std::uint32_t b) { return off_middle(a) < off_middle(b); });
}

}  // namespace

std::string_view name_of(Strategy strategy) { return kStrategies[static_cast<std::size_t>(strategy)]; }

Result<Strategy> strategy_named(std::string_view name) {
  const auto* found = std::ranges::find(kStrategies, name);
  if (found == kStrategies.end())
    return invalid_argument(fmt::format("strategy {}: there are {}", name, fmt::join(kStrategies, ", ")));
  return static_cast<Strategy>(found - kStrategies.begin());
}

std::vector<std::uint32_t> cells(const PatchGrid& grid, std::size_t wanted) {
  const std::size_t rows = grid.rows(), columns = grid.columns();
  // Bands of rows, each cut into as many cells as brings their sum to what is wanted.
  auto bands = static_cast<std::size_t>(
      std::lround(std::sqrt(static_cast<double>(wanted) * static_cast<double>(rows) / static_cast<double>(columns))));
  bands = std::clamp(bands, (wanted + columns - 1) / columns, std::min(rows, wanted));
  std::vector<std::uint32_t> of(grid.count());
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t band = row * bands / rows;
    const std::size_t first = band * wanted / bands, cut = (band + 1) * wanted / bands - first;
    for (std::size_t column = 0; column < columns; ++column)
      of[row * columns + column] = static_cast<std::uint32_t>(first + column * cut / columns);
  }
  return of;
}

std::vector<std::uint32_t> choose_positions(Strategy strategy, const PatchGrid& grid, const PositionChoice& choice,
                                            Rng& rng) {
  std::vector<std::uint32_t> patches;
  switch (strategy) {
    case Strategy::cluster: patches = of_relevant_clusters(candidates(grid, choice), choice); break;
    case Strategy::grid_diverse:
      patches = one_a_cell(grid, choice,
                           [&](std::uint32_t a, std::uint32_t b) { return choice.relevance[a] > choice.relevance[b]; });
      break;
    case Strategy::uniform: patches = middles(grid, choice); break;
    case Strategy::random:
      patches = candidates(grid, choice);
      rng.shuffle(std::span(patches));
      patches.resize(std::min(patches.size(), choice.wanted));
      break;
    case Strategy::focused:
    case Strategy::downsample: patches = candidates(grid, choice); break;
  }
  if (strategy == Strategy::downsample)
    sort_by_relevance(choice.relevance, patches);
  else
    keep_most_relevant(choice, patches);
  return patches;
}

double coverage_entropy(const PatchGrid& grid, std::span<const std::uint32_t> positions,
                        std::span<const std::size_t> budgets) {
  constexpr std::size_t kSide = 8;
  const std::size_t rows = std::min(kSide, grid.rows()), columns = std::min(kSide, grid.columns());
  const std::size_t most = std::min(rows * columns, positions.size());
  if (most <= 1) return 0;
  std::vector<double> mass(rows * columns);
  double all = 0;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const double weight = budgets.empty() ? 1 : static_cast<double>(budgets[i]);
    mass[grid.row_of(positions[i]) * rows / grid.rows() * columns +
         grid.column_of(positions[i]) * columns / grid.columns()] += weight;
    all += weight;
  }
  double entropy = 0;
  for (const double m : mass)
    if (m > 0) entropy -= m / all * std::log(m / all);
  return entropy / std::log(static_cast<double>(most));
}

}  // namespace errata::relevance
