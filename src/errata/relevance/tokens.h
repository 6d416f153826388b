#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/image/picture.h"
#include "errata/relevance/allocator.h"

namespace errata::relevance {

/// A funded patch as a reader gets it.
struct Token {
  std::uint32_t position = 0;  ///< the patch's number in the grid
  std::size_t budget = 0;      ///< tokens that were spent on it
  image::Picture pixels;       ///< of the patch
};

/// The funded patches of a picture, in the order of the allocation. @param allocation  of the picture's grid
[[nodiscard]] std::vector<Token> tokens_of(const image::Picture& picture, const Allocation& allocation);

/// A page on which each token lies where its position says, whatever the order they come in; gray (128) elsewhere, and
/// where a token hangs over the edge it is cut.
/// @param tokens    positions < grid.count(), pixels of `channels`
/// @param channels  1 or 3
[[nodiscard]] image::Picture laid_out(std::span<const Token> tokens, const PatchGrid& grid, std::size_t channels);

}  // namespace errata::relevance
