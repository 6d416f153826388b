#pragma once

#include <cstddef>
#include <cstdint>

namespace errata::nn {

/// A size as tensors take it.
[[nodiscard]] constexpr std::int64_t signed_size(std::size_t size) { return static_cast<std::int64_t>(size); }

}  // namespace errata::nn
