#pragma once

#include <filesystem>
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
  bool scenes = true;              ///< the encoder of drawn scenes relates query and image, where no embeddings do
  bool readers = true;             ///< writing that is read and faces that are found count as well
  std::filesystem::path cache{};   ///< folder that keeps the encoder of scenes; empty: it is trained each time
  relevance::AllocateOptions options{};
};

/// The encoder of scenes is trained when the cache has none, which takes about two minutes of two cores.
/// Opens the image and what relates the query to it, and allocates.
/// @return invalid_argument for options and for a query that is not UTF-8; data errors of the files
[[nodiscard]] Result<relevance::ImageAllocation> allocate_image(const AllocateRequest& request, ThreadPool& pool,
                                                                const Progress& progress = {});

}  // namespace errata::engine_nn
