#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/image/images.h"

namespace errata::robustness {

/// Pictures that are of nothing a model knows, in the shape of its own.
struct ForeignSet {
  std::string name;
  image::ImageSet images;
};

/// Draws foreign pictures for a model of the pictures of `own`: "voids" (noise, textures, gradients, drips, blanks)
/// and "machines" (like X-rays, ultrasound and thermal images), kind after kind; and "letters" where the classes are
/// the ten digits. Scenes are drawn larger and made smaller, about as a photograph would be.
/// @param count  pictures a set, >= 1  @param seed  the same seed gives the same pictures on any number of threads
/// Cost: about 3 ms of a core a picture of 32 × 32.
[[nodiscard]] Result<std::vector<ForeignSet>> draw_foreign(const image::ImageSet& own, std::size_t count,
                                                           std::uint64_t seed, ThreadPool& pool);

}  // namespace errata::robustness
