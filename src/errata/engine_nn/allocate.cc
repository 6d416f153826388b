#include "errata/engine_nn/allocate.h"

#include <fmt/format.h>

#include <memory>

#include "errata/base/cancellation.h"
#include "errata/base/utf8.h"
#include "errata/engine_nn/scene_cache.h"
#include "errata/relevance/embedding_encoder.h"
#include "errata/relevance/evidence.h"

namespace errata::engine_nn {
namespace {

using relevance::ImageAllocation;
using relevance::QueryEncoder;

/// The query that is used; what was done to it is told.
Result<std::string> take_query(const std::string& query, std::vector<std::string>& warnings) {
  const std::string shown = with_broken_bytes_shown(query);
  if (shown != query) return invalid_argument(fmt::format("the query is not UTF-8: {}", first_bytes(shown, 200)));
  const std::string_view used = first_bytes(query, relevance::kLongestQuery);
  if (used.size() < query.size())
    warnings.push_back(fmt::format("the query has {} bytes; the first {} are used", query.size(), used.size()));
  return std::string(used);
}

/// What relates a query to images; null where nothing does.
Result<std::unique_ptr<QueryEncoder>> open_encoder(const AllocateRequest& request, const std::string& query,
                                                   ThreadPool& pool, const Progress& progress,
                                                   std::vector<std::string>& warnings) {
  if (request.patch_embeddings.empty() != request.query_embedding.empty())
    return invalid_argument("embeddings of the patches and of the query are given together");
  if (!request.patch_embeddings.empty()) {
    ERRATA_ASSIGN(auto embeddings, relevance::read_embeddings(request.patch_embeddings, request.query_embedding));
    return relevance::make_embedding_encoder(std::move(embeddings));
  }
  if (relevance::specificity_of(query).value == 0) return nullptr;  // nothing to relate
  std::unique_ptr<QueryEncoder> encoder;
  if (request.scenes) {
    ERRATA_ASSIGN(encoder, open_scene_encoder(request.cache, {}, progress));
  }
  if (!request.readers) return encoder;
  auto readers = relevance::Readers::open();
  if (readers) return std::make_unique<relevance::ReaderEncoder>(std::move(*readers), pool, std::move(encoder));
  if (readers.error().code != ErrorCode::unavailable) return std::unexpected(std::move(readers).error());
  warnings.push_back(fmt::format("nothing is read: {}", readers.error().message));
  return encoder;
}

}  // namespace

Result<ImageAllocation> allocate_image(const AllocateRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<ImageAllocation> {
    ImageAllocation made{.image = request.image, .query = {}, .encoder = {}, .picture = {}, .options = request.options};
    ERRATA_ASSIGN(made.query, take_query(request.query, made.warnings));
    tell(progress, "reading the image");
    ERRATA_ASSIGN(made.picture, image::read_picture(request.image));
    ERRATA_ASSIGN(const auto encoder, open_encoder(request, made.query, pool, progress, made.warnings));
    tell(progress, "allocating");
    if (encoder) made.encoder = encoder->name();
    ERRATA_ASSIGN(made.allocated, relevance::allocate(made.picture, made.query, encoder.get(), request.options, pool));
    return made;
  });
}

}  // namespace errata::engine_nn
