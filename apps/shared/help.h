#pragma once

#include <string>

#include "program.h"

namespace CLI {
class App;
}

namespace errata::cli {

/// What a program says of itself: its verbs.
[[nodiscard]] std::string overview(const Program& program);
/// A verb's flags in their groups, with defaults, in 80 columns.
[[nodiscard]] std::string help_of(const Program& program, const CLI::App& app);

}  // namespace errata::cli
