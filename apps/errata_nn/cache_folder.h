#pragma once

#include <filesystem>

namespace CLI {
class App;
}

namespace errata::cli {

/// Where programs of this user keep what can be made again: errata in $XDG_CACHE_HOME, or in .cache of $HOME; empty
/// where neither is known.
[[nodiscard]] std::filesystem::path cache_folder();

/// --cache.
void add_cache(CLI::App& app, std::filesystem::path& cache, const char* group);

}  // namespace errata::cli
