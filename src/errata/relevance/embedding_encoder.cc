#include "errata/relevance/embedding_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/arrays/npy.h"
#include "errata/relevance/between_parts.h"

namespace errata::relevance {
namespace {

Result<void> check_finite(const std::vector<float>& values, const std::filesystem::path& file) {
  const auto bad = std::ranges::find_if_not(values, [](float value) { return std::isfinite(value); });
  if (bad == values.end()) return {};
  return data_error(fmt::format("{}: value {} is {}", file.string(), bad - values.begin(), *bad));
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

Result<Embeddings> read_embeddings(const std::filesystem::path& parts, const std::filesystem::path& query) {
  ERRATA_ASSIGN(const arrays::NpyArray of_parts, arrays::read_npy(parts));
  ERRATA_ASSIGN(const arrays::NpyArray of_query, arrays::read_npy(query));
  Embeddings read{.parts = of_parts.floats(), .query = of_query.floats()};
  const auto& shape = of_parts.shape;
  if (shape.size() == 3) {
    read.rows = shape[0];
    read.columns = shape[1];
  } else if (shape.size() == 2) {
    read.rows = read.columns = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(shape[0]))));
  }
  if (shape.empty() || read.rows * read.columns * shape.back() != read.parts.size() || read.parts.empty())
    return data_error(
        fmt::format("{}: embeddings of parts have the shape [rows, columns, d], or [n, d] with n a square, not {}",
                    parts.string(), arrays::shape_text(shape)));
  read.dimensions = shape.back();
  if (read.query.size() != read.dimensions)
    return data_error(fmt::format("{}: the query's embedding has the shape {}; the parts of {} have {} dimensions",
                                  query.string(), arrays::shape_text(of_query.shape), parts.string(), read.dimensions));
  ERRATA_TRY(check_finite(read.parts, parts));
  ERRATA_TRY(check_finite(read.query, query));
  return read;
}

std::unique_ptr<QueryEncoder> make_embedding_encoder(Embeddings embeddings) {
  return std::make_unique<EmbeddingEncoder>(std::move(embeddings));
}

}  // namespace errata::relevance
