#include "errata/engine_nn/scene_cache.h"

#include <fmt/format.h>

namespace errata::engine_nn {

Result<std::unique_ptr<relevance::SceneEncoder>> open_scene_encoder(const std::filesystem::path& cache,
                                                                    const Progress& progress) {
  relevance::SceneEncoderOptions options;
  if (!cache.empty()) {
    std::error_code error;
    std::filesystem::create_directories(cache, error);
    if (error) return output_error(fmt::format("{}: cannot be made: {}", cache.string(), error.message()));
    options.cache = cache / "scene-encoder.pt";
  }
  return relevance::train_scene_encoder(options, progress);
}

}  // namespace errata::engine_nn
