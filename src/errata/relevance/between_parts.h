#pragma once

#include <cstddef>
#include <vector>

#include "errata/relevance/patch_grid.h"

namespace errata::relevance {

/// A value for each part of a picture that a model parts otherwise than into patches.
struct PartValues {
  std::vector<double> row_middles, column_middles;  ///< of the parts, in pixels, ascending; at least one each
  std::vector<float> values;                        ///< [rows, columns]
};

/// Middles of `parts` pieces of equal length. @param length  in pixels
[[nodiscard]] std::vector<double> even_middles(std::size_t parts, std::size_t length);

/// The values at the middles of the patches, linear between the middles of the parts, and beyond the outer ones theirs.
/// @return [patches]  Cost: O(patches + parts)
[[nodiscard]] std::vector<float> between_parts(const PartValues& parts, const PatchGrid& grid);

}  // namespace errata::relevance
