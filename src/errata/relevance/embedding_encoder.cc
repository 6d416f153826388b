#include "errata/relevance/embedding_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "errata/arrays/npy.h"
#include "errata/relevance/between_parts.h"

namespace errata::relevance {
namespace {

Result<void> check_finite(const std::vector<float>& values, std::string_view place) {
  const auto bad = std::ranges::find_if_not(values, [](float value) { return std::isfinite(value); });
  if (bad == values.end()) return {};
  return data_error(fmt::format("{}: value {} is {}", place, bad - values.begin(), *bad));
}

double length_of(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  return std::sqrt(sum);
}

class EmbeddingEncoder : public QueryEncoder {
 public:
  explicit EmbeddingEncoder(Embeddings given) : given_(std::move(given)) {
    const double length = length_of(given_.query);
    for (std::size_t part = 0; part < given_.rows * given_.columns; ++part) {
      const auto values = std::span(given_.parts).subspan(part * given_.dimensions, given_.dimensions);
      double product = 0;
      for (std::size_t i = 0; i < values.size(); ++i) product += static_cast<double>(values[i]) * given_.query[i];
      const double lengths = length * length_of(values);
      cosines_.push_back(lengths > 0 ? static_cast<float>(product / lengths) : 0);
    }
  }

  [[nodiscard]] std::string_view name() const override { return "embeddings"; }
  [[nodiscard]] bool reads_words() const override { return false; }

  [[nodiscard]] Result<QueryRelevance> score(const image::Picture& picture, std::string_view) const override {
    const PatchGrid grid{.height = picture.height, .width = picture.width};
    return QueryRelevance{.relevance = between_parts({.row_middles = even_middles(given_.rows, picture.height),
                                                      .column_middles = even_middles(given_.columns, picture.width),
                                                      .values = cosines_},
                                                     grid)};
  }

 private:
  Embeddings given_;
  std::vector<float> cosines_;  ///< [rows, columns]
};

}  // namespace

std::optional<std::size_t> side_of_grid(std::size_t parts) {
  const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(parts))));
  return side > 0 && side * side == parts ? std::optional(side) : std::nullopt;
}

Result<PartVectors> read_part_vectors(const std::filesystem::path& file) {
  ERRATA_ASSIGN(const arrays::NpyArray array, arrays::read_npy(file));
  const auto& shape = array.shape;
  PartVectors parts{.values = array.floats()};
  if (shape.size() == 3) {
    parts.rows = shape[0];
    parts.columns = shape[1];
  } else if (shape.size() == 2) {
    parts.rows = parts.columns = side_of_grid(shape[0]).value_or(0);
  }
  if (shape.empty() || parts.rows * parts.columns * shape.back() != parts.values.size() || parts.values.empty())
    return data_error(
        fmt::format("{}: embeddings of parts have the shape [rows, columns, d], or [n, d] with n a square, not {}",
                    file.string(), arrays::shape_text(shape)));
  parts.dimensions = shape.back();
  return parts;
}

Result<std::vector<float>> read_query_vector(const std::filesystem::path& file) {
  ERRATA_ASSIGN(const arrays::NpyArray array, arrays::read_npy(file));
  if (array.shape.size() == 1 || (array.shape.size() == 2 && array.shape[0] == 1)) return array.floats();
  return data_error(fmt::format("{}: the embedding of a query has the shape [d] or [1, d], not {}", file.string(),
                                arrays::shape_text(array.shape)));
}

Result<Embeddings> embeddings_of(PartVectors parts, std::string_view parts_place, std::vector<float> query,
                                 std::string_view query_place) {
  if (query.size() != parts.dimensions)
    return data_error(fmt::format("{}: the query's embedding has {} dimensions; the parts of {} have {}", query_place,
                                  query.size(), parts_place, parts.dimensions));
  ERRATA_TRY(check_finite(parts.values, parts_place));
  ERRATA_TRY(check_finite(query, query_place));
  return Embeddings{.rows = parts.rows,
                    .columns = parts.columns,
                    .dimensions = parts.dimensions,
                    .parts = std::move(parts.values),
                    .query = std::move(query)};
}

std::unique_ptr<QueryEncoder> make_embedding_encoder(Embeddings embeddings) {
  return std::make_unique<EmbeddingEncoder>(std::move(embeddings));
}

}  // namespace errata::relevance
