#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace errata::nn {

/// A part of an inverted dropout mask: each value is 0 with probability `share`, else 1 / (1 − share). A value depends
/// on the key and its place in the whole mask only, so parts may be filled in any order.
/// @param first  place of mask[0]; places count modulo 2³²  @param share  in [0, 1)
void fill_dropout(std::span<float> mask, std::size_t first, std::uint64_t key, double share);

}  // namespace errata::nn
