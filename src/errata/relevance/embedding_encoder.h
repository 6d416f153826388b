#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/relevance/query_encoder.h"

namespace errata::relevance {

/// Vectors that any model made before of the parts of one image.
struct PartVectors {
  std::size_t rows = 0, columns = 0, dimensions = 0;
  std::vector<float> values{};  ///< [rows, columns, dimensions]
};

/// Embeddings of the parts of one image, and of a query.
struct Embeddings {
  std::size_t rows = 0, columns = 0, dimensions = 0;
  std::vector<float> parts;  ///< [rows, columns, dimensions]
  std::vector<float> query;  ///< [dimensions]
};

/// The side of the square grid that n parts are, as vision transformers have them; nothing where n is no square.
[[nodiscard]] std::optional<std::size_t> side_of_grid(std::size_t parts);

/// Reads parts from a .npy of numbers: [rows, columns, d], or [n, d], n a square.
/// @return data error naming file and shape
[[nodiscard]] Result<PartVectors> read_part_vectors(const std::filesystem::path& file);

/// Reads the vector of a query from a .npy of numbers: [d] or [1, d].
[[nodiscard]] Result<std::vector<float>> read_query_vector(const std::filesystem::path& file);

/// @param parts_place, query_place  what errors call them by
/// @return data error naming the place: widths that differ, the first value that is not finite
[[nodiscard]] Result<Embeddings> embeddings_of(PartVectors parts, std::string_view parts_place,
                                               std::vector<float> query, std::string_view query_place);

/// Relevance of a patch: the cosine of query and part, linear between the middles of the parts where the model's grid
/// is another than the patches'. The words of the query do not matter any more: its embedding stands for them. A part
/// of length 0 has a cosine of 0.
[[nodiscard]] std::unique_ptr<QueryEncoder> make_embedding_encoder(Embeddings embeddings);

}  // namespace errata::relevance
