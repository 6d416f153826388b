#include "errata/engine_nn/query_encoders.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "errata/engine_nn/embedding_files.h"
#include "errata/engine_nn/scene_cache.h"
#include "errata/image/packed_file.h"
#include "errata/nn/pair_model.h"
#include "errata/relevance/embedding_encoder.h"
#include "errata/relevance/evidence.h"
#include "errata/relevance/specificity.h"
#include "errata/tokenizer/clip_tokenizer.h"

namespace errata::engine_nn {
namespace {

using relevance::QueryEncoder;

Result<std::string> read_packed(const std::string& place) {
  std::error_code error;
  if (!std::filesystem::exists(place, error)) return data_error(fmt::format("{}: there is no such file", place));
  ERRATA_ASSIGN(auto file, image::PackedFile::open(place));
  std::string content;
  ERRATA_TRY(file.read_until(tokenizer::kMostVocabularyBytes + 1, content));
  return content;
}

Result<tokenizer::ClipTokenizer> open_tokenizer(const PairRequest& request) {
  ERRATA_ASSIGN(const std::string vocabulary, read_packed(request.vocabulary));
  const std::size_t first = vocabulary.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || vocabulary[first] != '{') {
    if (!request.merges.empty())
      return invalid_argument(
          fmt::format("{}: is no vocab.json; a file of merges needs no --merges beside it, which is {}",
                      request.vocabulary, request.merges));
    return tokenizer::ClipTokenizer::make({.content = vocabulary, .place = request.vocabulary}, {});
  }
  if (request.merges.empty())
    return invalid_argument(
        fmt::format("{}: a vocabulary in JSON needs its merges.txt beside it (--merges)", request.vocabulary));
  ERRATA_ASSIGN(const std::string merges, read_packed(request.merges));
  return tokenizer::ClipTokenizer::make({.content = merges, .place = request.merges},
                                        tokenizer::NamedText{.content = vocabulary, .place = request.vocabulary});
}

Result<std::unique_ptr<QueryEncoder>> open_pair(const PairRequest& request, const std::string& query, ThreadPool& pool,
                                                const Progress& progress, std::vector<std::string>& warnings) {
  tell(progress, "opening the encoders");
  ERRATA_ASSIGN(auto tokenizer, open_tokenizer(request));
  ERRATA_ASSIGN(auto model, nn::PairModel::open({.image = request.image_encoder,
                                                 .text = request.text_encoder,
                                                 .image_output = request.image_output,
                                                 .trusted_only = request.trusted_only}));
  ERRATA_ASSIGN(auto encoder,
                relevance::PairEncoder::make(std::move(model), std::move(tokenizer), request.options, pool));
  if (const std::size_t left_out = encoder->tokens(query).left_out; left_out > 0)
    warnings.push_back(fmt::format("the text encoder takes {} tokens; the last {} of the query are not read",
                                   encoder->tokens(query).ids.size(), left_out));
  return encoder;
}

Result<void> check_request(const EncoderRequest& request) {
  const PairRequest& pair = request.pair;
  if (request.patch_embeddings.empty() != request.query_embedding.empty())
    return invalid_argument("embeddings of the patches and of the query are given together");
  if (!pair.image_encoder.empty() && !request.patch_embeddings.empty())
    return invalid_argument(
        "embeddings stand for a pair of encoders; --image-encoder and --patch-embeddings exclude each "
        "other");
  if (!pair.image_encoder.empty() && pair.vocabulary.empty())
    return invalid_argument("--image-encoder needs the vocabulary of its text encoder (--vocabulary)");
  const std::array given{std::pair("--text-encoder", &pair.text_encoder), std::pair("--vocabulary", &pair.vocabulary),
                         std::pair("--merges", &pair.merges), std::pair("--image-output", &pair.image_output)};
  for (const auto& [flag, value] : given)
    if (pair.image_encoder.empty() && !value->empty())
      return invalid_argument(fmt::format("{} goes with --image-encoder", flag));
  return pair.options.check();
}

}  // namespace

Result<std::unique_ptr<QueryEncoder>> open_encoder(const EncoderRequest& request, const std::string& query,
                                                   ThreadPool& pool, const Progress& progress,
                                                   std::vector<std::string>& warnings) {
  ERRATA_TRY(check_request(request));
  if (!request.patch_embeddings.empty()) {
    ERRATA_ASSIGN(auto embeddings, read_embedding_files(request.patch_embeddings, request.query_embedding, progress));
    return relevance::make_embedding_encoder(std::move(embeddings));
  }
  if (relevance::specificity_of(query).value == 0) return nullptr;  // nothing to relate
  std::unique_ptr<QueryEncoder> encoder;
  if (!request.pair.image_encoder.empty()) {
    ERRATA_ASSIGN(encoder, open_pair(request.pair, query, pool, progress, warnings));
  } else if (request.scenes) {
    ERRATA_ASSIGN(encoder, open_scene_encoder(request.cache, {}, progress));
  }
  if (!request.readers) return encoder;
  auto readers = relevance::Readers::open();
  if (readers) return std::make_unique<relevance::ReaderEncoder>(std::move(*readers), pool, std::move(encoder));
  if (readers.error().code != ErrorCode::unavailable) return std::unexpected(std::move(readers).error());
  warnings.push_back(fmt::format("nothing is read: {}", readers.error().message));
  return encoder;
}

}  // namespace errata::engine_nn
