#pragma once

#include <span>
#include <string>
#include <string_view>

namespace errata::cli {

/// " (did you mean 'analyze'?)" for the names within two edits or so of a misspelt one, nearest first, else "".
[[nodiscard]] std::string did_you_mean(std::string_view misspelt, std::span<const std::string> names);

}  // namespace errata::cli
