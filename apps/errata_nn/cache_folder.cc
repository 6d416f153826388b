#include "cache_folder.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <utility>

namespace errata::cli {

std::filesystem::path cache_folder() {
  for (const auto& [variable, below] : {std::pair{"XDG_CACHE_HOME", "errata"}, std::pair{"HOME", ".cache/errata"}})
    if (const char* folder = std::getenv(variable); folder != nullptr && *folder == '/')
      return std::filesystem::path(folder) / below;
  return {};
}

void add_cache(CLI::App& app, std::filesystem::path& cache, const char* group) {
  app.add_option("--cache", cache, "folder that keeps the encoder of scenes, which trains for two minutes once")
      ->type_name("FOLDER")
      ->capture_default_str()
      ->group(group);
}

}  // namespace errata::cli
