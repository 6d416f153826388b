#pragma once

#include <cstdint>

#include "errata/base/error.h"

namespace CLI {
class App;
}

namespace errata::cli {

/// --memory-limit SIZE. @param bytes  0 where it is not given
void add_memory_limit(CLI::App& app, std::uint64_t& bytes);

/// Keeps large blocks of memory in files of the folder that TMPDIR names (by default /tmp) from now on; for 0 bytes
/// nothing is done.
/// @return invalid_argument for less than errata itself needs, output error for a folder that cannot hold them
[[nodiscard]] Result<void> stay_within(std::uint64_t bytes);

}  // namespace errata::cli
