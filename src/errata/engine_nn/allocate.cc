#include "errata/engine_nn/allocate.h"

#include <fmt/format.h>

#include <memory>

#include "errata/base/cancellation.h"
#include "errata/base/utf8.h"
#include "errata/relevance/embedding_encoder.h"

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

Result<std::unique_ptr<QueryEncoder>> open_encoder(const AllocateRequest& request) {
  if (request.patch_embeddings.empty() != request.query_embedding.empty())
    return invalid_argument("embeddings of the patches and of the query are given together");
  if (request.patch_embeddings.empty()) return nullptr;
  ERRATA_ASSIGN(auto embeddings, relevance::read_embeddings(request.patch_embeddings, request.query_embedding));
  return relevance::make_embedding_encoder(std::move(embeddings));
}

}  // namespace

Result<ImageAllocation> allocate_image(const AllocateRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<ImageAllocation> {
    ImageAllocation made{.image = request.image, .query = {}, .encoder = {}, .picture = {}, .options = request.options};
    ERRATA_ASSIGN(made.query, take_query(request.query, made.warnings));
    ERRATA_ASSIGN(const auto encoder, open_encoder(request));
    tell(progress, "reading the image");
    ERRATA_ASSIGN(made.picture, image::read_picture(request.image));
    tell(progress, "allocating");
    if (encoder) made.encoder = encoder->name();
    ERRATA_ASSIGN(made.allocated, relevance::allocate(made.picture, made.query, encoder.get(), request.options, pool));
    return made;
  });
}

}  // namespace errata::engine_nn
