#pragma once

#include <cstdint>
#include <string_view>

#include "errata/base/error.h"

namespace errata {

/// A size in bytes as people write it: "512MB" (10^6), "4GiB" or "4G" (2^30), "1.5 GB", "1000000". Units are told
/// without regard to case.
/// @return invalid_argument for what is no size above 0, or is 2^53 bytes and more
[[nodiscard]] Result<std::uint64_t> parse_byte_size(std::string_view text);

}  // namespace errata
