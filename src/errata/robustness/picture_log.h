#pragma once

#include <cstdint>
#include <span>

#include "errata/base/thread_pool.h"
#include "errata/image/images.h"
#include "errata/table/prediction_log.h"

namespace errata::robustness {

/// A log of what slices of pictures are made of: `class` (the label), `brightness` (mean pixel), `contrast` (standard
/// deviation), `detail` (mean difference of neighbouring pixels) and, of pictures in colour, `colour` (mean distance of
/// a pixel's channels from their mean).
/// @param failed  [images] 0/1
[[nodiscard]] table::PredictionLog picture_log(const image::ImageSet& images, std::span<const std::uint8_t> failed,
                                               const ThreadPool& pool);

}  // namespace errata::robustness
