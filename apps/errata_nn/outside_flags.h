#pragma once

#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/engine_nn/outside_allocator.h"

namespace CLI {
class App;
}

namespace errata::cli {

/// --allocator, --allocator-timeout.
struct OutsideFlags {
  engine_nn::OutsideRequest request{};
  double timeout_seconds = std::chrono::duration<double>(request.timeout).count();
};
void add_outside(CLI::App& app, OutsideFlags& flags);
/// @return invalid_argument naming the flag
[[nodiscard]] Result<engine_nn::OutsideRequest> outside_of(const OutsideFlags& flags);

/// What this program does for a library where its arguments say so (engine_nn::kServesLibrary), which no user writes.
[[nodiscard]] bool is_library_server(const std::vector<std::string>& arguments);
/// @return the exit status
[[nodiscard]] int serve_library(const std::vector<std::string>& arguments);

}  // namespace errata::cli
