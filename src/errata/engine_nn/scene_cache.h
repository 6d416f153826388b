#pragma once

#include <filesystem>
#include <memory>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/relevance/scene_encoder.h"

namespace errata::engine_nn {

/// An encoder of scenes, from a folder that keeps it; where it has none of this training, it is trained and kept there.
/// The default options take about two minutes of two cores.
/// @param cache    empty: it is trained and not kept
/// @param options  their own cache is not looked at; what goes on from another encoder is never kept
/// @return output error naming the folder
[[nodiscard]] Result<std::unique_ptr<relevance::SceneEncoder>> open_scene_encoder(
    const std::filesystem::path& cache, relevance::SceneEncoderOptions options, const Progress& progress);

}  // namespace errata::engine_nn
