#pragma once

#include <cstddef>
#include <cstdint>

namespace CLI {
class App;
}

namespace errata::cli {

inline constexpr const char* kModelAndTask = "Model and task";

/// --digits, --seed.
void add_task(CLI::App& app, std::size_t& digits, std::uint64_t& seed);

}  // namespace errata::cli
