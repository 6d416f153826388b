#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

#include "errata/base/error.h"
#include "errata/relevance/query_encoder.h"

namespace errata::relevance {

/// Embeddings that any model made before: of the parts of one image, and of a query.
struct Embeddings {
  std::size_t rows = 0, columns = 0, dimensions = 0;
  std::vector<float> parts;  ///< [rows, columns, dimensions]
  std::vector<float> query;  ///< [dimensions]
};

/// Reads parts [rows, columns, d] (or [n, d], n a square: a grid of √n each way, as vision transformers have) and a
/// query [d] or [1, d], both .npy of numbers.
/// @return data error naming file and shape, or the first value that is not finite; widths that differ
[[nodiscard]] Result<Embeddings> read_embeddings(const std::filesystem::path& parts,
                                                 const std::filesystem::path& query);

/// Relevance of a patch: the cosine of query and part, linear between the middles of the parts where the model's grid
/// is another than the patches'. The words of the query do not matter any more: its embedding stands for them. A part
/// of length 0 has a cosine of 0.
[[nodiscard]] std::unique_ptr<QueryEncoder> make_embedding_encoder(Embeddings embeddings);

}  // namespace errata::relevance
