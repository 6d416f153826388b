#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/rng.h"
#include "errata/relevance/patch_grid.h"

namespace errata::relevance {

/// How the positions of an allocation are chosen.
enum class Strategy : std::uint8_t {
  focused,       ///< the most relevant patches
  cluster,       ///< the most relevant patches of the most relevant clusters
  grid_diverse,  ///< the most relevant patch of each cell of a grid
  uniform,       ///< the middle patch of each cell of a grid, whatever the relevance
  random,        ///< patches drawn evenly
  downsample,    ///< every patch, all alike: the image made smaller
};
/// "focused", "cluster", "grid-diverse", "uniform", "random", "downsample"
[[nodiscard]] std::string_view name_of(Strategy strategy);
/// @return invalid_argument that lists the names
[[nodiscard]] Result<Strategy> strategy_named(std::string_view name);

/// The cell that each patch lies in when a grid of patches is cut into `wanted` cells of about the same size and shape.
/// @param wanted  in [1, grid.count()]  @return [patches] numbers below `wanted`, each used
[[nodiscard]] std::vector<std::uint32_t> cells(const PatchGrid& grid, std::size_t wanted);

struct PositionChoice {
  std::span<const float> relevance;           ///< [patches], finite
  std::span<const std::uint32_t> clusters{};  ///< [patches]; for Strategy::cluster
  std::span<const std::uint8_t> left_out{};   ///< [patches] 1: never chosen; empty: none
  std::size_t wanted = 273;                   ///< >= 1; of downsample: all there are
};
/// Positions (patch numbers), each once, the most relevant first and of equals the one further up and left; fewer than
/// wanted where the image has fewer. @param rng  of Strategy::random
[[nodiscard]] std::vector<std::uint32_t> choose_positions(Strategy strategy, const PatchGrid& grid,
                                                          const PositionChoice& choice, Rng& rng);

/// Entropy of how positions lie over the image, as a share of what evenly spread ones have: the positions of each of
/// 8 × 8 cells (fewer where the grid is smaller) are counted, weighted by their budgets. 0 in one cell, 1 even.
/// @param budgets  [positions], or empty: each counts the same
[[nodiscard]] double coverage_entropy(const PatchGrid& grid, std::span<const std::uint32_t> positions,
                                      std::span<const std::size_t> budgets);

}  // namespace errata::relevance
