#pragma once

#include <span>
#include <string>

#include "verb.h"

namespace errata::cli {

/// What `errata` says of itself: its verbs.
[[nodiscard]] std::string overview(std::span<const Verb> verbs);
/// A verb's flags in their groups, with defaults, in 80 columns.
[[nodiscard]] std::string help_of(const CLI::App& app);

}  // namespace errata::cli
