#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/image/box.h"
#include "errata/nn/pair_model.h"
#include "errata/relevance/query_encoder.h"
#include "errata/tokenizer/clip_tokenizer.h"

namespace errata::relevance {

struct PairEncoderOptions {
  /// Of red, green and blue in [0, 1]: (value − mean) / sd is what the model takes. CLIP's.
  std::array<float, 3> mean{.48145466F, .4578275F, .40821073F};  ///< finite
  std::array<float, 3> sd{.26862954F, .26130258F, .27577711F};   ///< > 0
  std::size_t crops = 4;  ///< in [1, 32]; that lie side by side along a picture's shorter side

  /// @return invalid_argument naming the option out of its range
  [[nodiscard]] Result<void> check() const;
};

/// Crops that are looked at of one picture, at most; of a long one they are larger than asked for.
inline constexpr std::size_t kMostCrops = 1024;

/// Squares that cover a picture, half over each other: their side is the shorter side over `crops`, at least 16 pixels,
/// and along each side they lie at even distances of at most half of theirs, from edge to edge.
struct CropGrid {
  std::vector<std::size_t> tops, lefts;  ///< ascending
  std::size_t height = 0, width = 0;     ///< of each
  [[nodiscard]] std::size_t count() const { return tops.size() * lefts.size(); }
  /// Row by row.
  [[nodiscard]] image::Box box(std::size_t crop) const {
    return {.top = tops[crop / lefts.size()], .left = lefts[crop % lefts.size()], .height = height, .width = width};
  }
};
/// @param height, width  of the picture, >= 1  @param crops  >= 1
[[nodiscard]] CropGrid crop_grid(std::size_t height, std::size_t width, std::size_t crops);

/// A CLIP-like pair as a source of the participatory scorer: relevance of a patch is the cosine of the query's vector
/// and that of the part of the picture around it, linear between the middles of the parts. Parts are the model's own
/// patches, of the whole picture in the model's size, where it gives them vectors, else crops (crop_grid).
/// Reference: A. Radford et al., ICML 2021.
class PairEncoder : public QueryEncoder {
 public:
  /// @param pool  outlives the encoder
  [[nodiscard]] static Result<std::unique_ptr<PairEncoder>> make(nn::PairModel model,
                                                                 tokenizer::ClipTokenizer tokenizer,
                                                                 const PairEncoderOptions& options,
                                                                 const ThreadPool& pool);

  [[nodiscard]] std::string_view name() const override { return "clip"; }
  /// @return data errors of the model
  /// Cost: one run of the text encoder, and of the image encoder one for each crop, or one; of an ONNX pair the same
  /// bits on any number of threads.
  [[nodiscard]] Result<QueryRelevance> score(const image::Picture& picture, std::string_view query) const override;

  /// The query as the model is asked it.
  [[nodiscard]] tokenizer::ClipTokens tokens(std::string_view query) const;

 private:
  PairEncoder(nn::PairModel model, tokenizer::ClipTokenizer tokenizer, const PairEncoderOptions& options,
              const ThreadPool& pool)
      : model_(std::move(model)), tokenizer_(std::move(tokenizer)), options_(options), pool_(&pool) {}
  [[nodiscard]] Result<std::vector<float>> look_at(const image::Picture& picture, const std::vector<image::Box>& boxes,
                                                   const nn::PairText& text) const;

  nn::PairModel model_;
  tokenizer::ClipTokenizer tokenizer_;
  PairEncoderOptions options_;
  const ThreadPool* pool_;
};

}  // namespace errata::relevance
