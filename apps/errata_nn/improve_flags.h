#pragma once

#include <cstdint>

#include "errata/improve/task_registry.h"

namespace CLI {
class App;
}

namespace errata::cli {

inline constexpr const char* kModelAndTask = "Model and task";

/// --task and what it is made of, --seed.
void add_task(CLI::App& app, improve::TaskOptions& task, std::uint64_t& seed);

}  // namespace errata::cli
