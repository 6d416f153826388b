#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/checklist/real.h"

namespace errata::engine_nn {

struct RealRequest {
  std::filesystem::path folder{};  ///< holds pictures and videos, or folders `images` and `videos` of them; empty: none
  bool may_lack = false;           ///< a folder that is not there, or has none, is none; otherwise an error
};

/// Of a folder; the rest is left out and told.
inline constexpr std::size_t kMostRealPictures = 100, kMostRealVideos = 10;
inline constexpr std::size_t kRealFrames = 24;     ///< of a video, from its beginning
inline constexpr std::size_t kLeastRealSide = 64;  ///< pixels

/// Real pictures (.png, .jpg, .jpeg) and videos (.mp4, .gif) for the checklist, in the order of their names. Each is
/// read once here, so that what cannot be used is told before the work; they are opened anew when they are needed.
/// @return nothing where there is none; invalid_argument naming a folder that is not there, data error naming one
///         without any, both unless it may lack
[[nodiscard]] Result<std::optional<checklist::RealMaterial>> find_real_material(const RealRequest& request,
                                                                                const Progress& progress = {});

}  // namespace errata::engine_nn
