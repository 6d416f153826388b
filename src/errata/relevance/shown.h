#pragma once

#include <cstddef>

#include "errata/image/box.h"
#include "errata/image/picture.h"
#include "errata/relevance/allocator.h"

namespace errata::relevance {

/// Pixels that a patch has to show, and more than which no budget buys.
inline constexpr std::size_t kPatchPixels = kPatch * kPatch;

/// What is left of a picture when every pixel is paid for.
struct Shown {
  image::Picture picture;  ///< of the whole picture's size
  std::size_t pixels = 0;  ///< that it is made of: those of the base and of the funded patches
};

/// Shows a picture to a reader who pays one token a pixel. The whole picture is shown once, made smaller by means over
/// areas to at most `base_pixels`, its sides in proportion: the base. A funded patch is shown by n × n cells, each the
/// mean of its pixels, n = ⌊√budget⌋, at most 16. Both are drawn back to full size by interpolation between pixels and
/// cells that were paid for; a patch of no more cells than the base has there stays as the base shows it.
/// @param picture      1 or 3 channels, at least one pixel
/// @param allocation   of its grid
/// @param base_pixels  >= 1
/// @param window       in which patches are drawn; all are paid for. What lies outside of it is the base.
/// @return pixels <= base_pixels + allocation.tokens()
/// Cost: O(pixels of the picture), and some 30 µs a patch that is drawn.
[[nodiscard]] Shown show_within_budget(const image::Picture& picture, const Allocation& allocation,
                                       std::size_t base_pixels, const image::Box& window);
/// All of it.
[[nodiscard]] Shown show_within_budget(const image::Picture& picture, const Allocation& allocation,
                                       std::size_t base_pixels);

/// Height and width of the base.
struct BaseSize {
  std::size_t height = 0, width = 0;
  friend bool operator==(const BaseSize&, const BaseSize&) = default;
};
[[nodiscard]] BaseSize base_size(const PatchGrid& grid, std::size_t base_pixels);

}  // namespace errata::relevance
