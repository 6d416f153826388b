#include "errata/engine_nn/scene_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace errata::engine_nn {
namespace {

/// One file a training, by what trainings differ in.
std::string file_of(const relevance::SceneEncoderOptions& options) {
  std::string kinds;
  if (!std::ranges::equal(options.kinds, relevance::kAskableKinds))
    for (const scene::Kind kind : options.kinds) kinds += fmt::format("-{}", scene::name_of(kind));
  return fmt::format("scene-encoder{}{}-{}-{}.pt", kinds, options.anti_salient ? "" : "-salient", options.steps,
                     options.seed);
}

}  // namespace

Result<std::unique_ptr<relevance::SceneEncoder>> open_scene_encoder(const std::filesystem::path& cache,
                                                                    relevance::SceneEncoderOptions options,
                                                                    const Progress& progress) {
  if (!cache.empty() && options.from == nullptr) {
    std::error_code error;
    std::filesystem::create_directories(cache, error);
    if (error) return output_error(fmt::format("{}: cannot be made: {}", cache.string(), error.message()));
    options.cache = cache / file_of(options);
  }
  return relevance::train_scene_encoder(options, progress);
}

}  // namespace errata::engine_nn
