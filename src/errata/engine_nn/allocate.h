#pragma once

#include <string>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/relevance/allocator.h"

namespace errata::engine_nn {

struct AllocateRequest {
  std::string image;               ///< a PNG or JPEG file
  std::string query{};             ///< UTF-8; empty: nothing is asked for
  std::string patch_embeddings{};  ///< .npy of any model, with query_embedding: they relate query and image
  std::string query_embedding{};   ///< .npy
  relevance::AllocateOptions options{};
};

/// Opens the image and what relates the query to it, and allocates.
/// @return invalid_argument for options and for a query that is not UTF-8; data errors of the files
[[nodiscard]] Result<relevance::ImageAllocation> allocate_image(const AllocateRequest& request, ThreadPool& pool,
                                                                const Progress& progress = {});

}  // namespace errata::engine_nn
