#include "errata/nn/dropout.h"

#include <cmath>

#include "errata/base/error.h"
#include "errata/nn/wide.h"

namespace errata::nn {
namespace {

/// 32 bits from a hash of key and place that vector instructions compute eight or sixteen at a time; its mixing is the
/// end of MurmurHash3 (A. Appleby).
ERRATA_WIDE void fill(float* mask, std::size_t size, std::uint32_t first, std::uint64_t key, std::uint32_t below,
                      float scale) {
  const auto low = static_cast<std::uint32_t>(key);
  const auto high = static_cast<std::uint32_t>(key >> 32);
  for (std::size_t i = 0; i < size; ++i) {
    std::uint32_t bits = (first + static_cast<std::uint32_t>(i)) * 0x9E3779B9U + low;
    bits = (bits ^ (bits >> 16) ^ high) * 0x85EBCA6BU;
    bits = (bits ^ (bits >> 13)) * 0xC2B2AE35U;
    bits ^= bits >> 16;
    mask[i] = bits < below ? 0.0F : scale;
  }
}

}  // namespace

void fill_dropout(std::span<float> mask, std::size_t first, std::uint64_t key, double share) {
  ERRATA_CHECK(share >= 0 && share < 1);
  fill(mask.data(), mask.size(), static_cast<std::uint32_t>(first), key,
       static_cast<std::uint32_t>(std::ldexp(share, 32)), static_cast<float>(1 / (1 - share)));
}

}  // namespace errata::nn
