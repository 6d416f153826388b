#include "errata/relevance/embedding_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/arrays/npy.h"
#include "errata/relevance/patch_grid.h"

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

/// Where the middle of patch `i` of `patches` lies among `parts` middles: the part before, and how far beyond it.
struct Between {
  std::size_t first = 0, second = 0;
  float share = 0;  ///< of the second
};
Between between(double middle, std::size_t parts) {
  const double at = std::clamp(middle * static_cast<double>(parts) - .5, 0.0, static_cast<double>(parts - 1));
  const auto first = static_cast<std::size_t>(at);
  return {.first = first,
          .second = std::min(first + 1, parts - 1),
          .share = static_cast<float>(at - static_cast<double>(first))};
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
    QueryRelevance found{.relevance = std::vector<float>(grid.count())};
    for (std::size_t patch = 0; patch < grid.count(); ++patch) {
      const image::Box box = grid.box(patch);
      const auto share = [](std::size_t begin, std::size_t size, std::size_t all) {
        return (static_cast<double>(begin) + static_cast<double>(size) / 2) / static_cast<double>(all);
      };
      const Between row = between(share(box.top, box.height, picture.height), given_.rows);
      const Between column = between(share(box.left, box.width, picture.width), given_.columns);
      const auto along = [&](std::size_t r) {
        const float* cosines = cosines_.data() + r * given_.columns;
        return cosines[column.first] * (1 - column.share) + cosines[column.second] * column.share;
      };
      found.relevance[patch] = along(row.first) * (1 - row.share) + along(row.second) * row.share;
    }
    return found;
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
