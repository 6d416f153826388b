#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/image/picture.h"

namespace errata::relevance {

/// What a query asks for in an image, patch by patch (relevance/patch_grid.h).
struct QueryRelevance {
  std::vector<float> relevance;   ///< [patches], finite, of any scale; larger: asked for more
  std::vector<float> features{};  ///< [patches, dimensions] of the image alone; empty: the encoder has none
  std::size_t dimensions = 0;
  std::optional<double> unlike{};  ///< how unlike the encoder's training the image is, in [0, 1]; nothing: not known
  bool by_evidence = false;        ///< real readers found it, to the patch and whatever the image is like
  bool stands_out = false;         ///< so far above the rest that the encoder is believed in any image
};

/// A model that relates the words of a query to the parts of an image: the participatory scorer's source.
class QueryEncoder {
 public:
  QueryEncoder() = default;
  QueryEncoder(const QueryEncoder&) = delete;
  QueryEncoder& operator=(const QueryEncoder&) = delete;
  virtual ~QueryEncoder() = default;

  /// "scenes", "clip", "embeddings"
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Whether the words of the query are read; otherwise something else stands for them.
  [[nodiscard]] virtual bool reads_words() const { return true; }
  /// @param picture  1 or 3 channels, at least one pixel  @param query  UTF-8; not empty where words are read
  /// @return data error of a model that cannot be run
  [[nodiscard]] virtual Result<QueryRelevance> score(const image::Picture& picture, std::string_view query) const = 0;
};

}  // namespace errata::relevance
