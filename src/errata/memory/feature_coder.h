#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/memory/case.h"
#include "errata/memory/case_sample.h"

namespace errata::memory {

/// Features as columns of one scale, learned from a sample of cases and then fixed. Columns in this order:
///     numbers     [numbers]     (value − mean) / sd by robust_scale, clipped; 0 where missing or constant
///     missing     [≤ numbers]   one for each number that is sometimes missing: (is missing − share) / sd, clipped
///     categories  [·]           indicators, the columns of one feature divided by one number so that their variances
///                               sum to 1: a column a category (missing is one) while there are at most `buckets`; else
///                               the buckets / 2 most frequent have their own and the others are hashed into the rest
///     embedding   [embedding]   (value − mean) / s, clipped; s makes the embedding as wide as all features together
/// Cost: encode O(columns) and the length of the categories' names. Any number of threads may encode.
class FeatureCoder {
 public:
  /// @param sample  at least one row
  FeatureCoder(const Schema& schema, const CaseSample& sample, double clip, std::size_t buckets);

  [[nodiscard]] std::size_t columns() const { return embedding_begin() + embedding_mean_.size(); }
  [[nodiscard]] std::size_t embedding_begin() const { return numbers_.size() + missing_.size() + indicators_.size(); }
  [[nodiscard]] std::size_t source_of(std::size_t column) const;
  [[nodiscard]] std::string name_of(std::size_t column, const Schema& schema) const;

  /// @param x  [columns()] finite, within what clipping allows
  void encode(const CaseView& from, std::span<float> x) const;
  void encode(const CaseSample& sample, std::size_t row, std::span<float> x) const;

  /// What a number was in the sample; nothing where it had one value, 0, or none.
  struct UsualNumber {
    double mean = 0, sd = 0;  ///< by robust_scale
    double missing = 0;       ///< share of the cases
  };
  [[nodiscard]] std::optional<UsualNumber> usual_number(std::size_t feature) const;
  /// The categories of a feature that have a column of their own.
  struct UsualCategories {
    std::vector<std::uint64_t> hashes{};  ///< category_hash(), without that of missing values
    double missing = 0, others = 0;       ///< shares of the cases: missing; all that have no column of their own
  };
  [[nodiscard]] UsualCategories usual_categories(std::size_t feature) const;

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<FeatureCoder> load(ByteReader& in, const Schema& schema);

 private:
  struct Number {
    double mean = 0, weight = 0;  ///< weight = 1 / sd, 0 when constant
  };
  struct Missing {
    std::uint32_t feature = 0;
    float present = 0, missing = 0;
  };
  struct Indicator {
    std::uint32_t feature = 0;
    bool hashed = false;     ///< stands for all categories without a column whose hash falls here
    std::uint64_t hash = 0;  ///< of the category, 0 = missing; of a hashed column its number
    float off = 0, on = 0;
    std::string name{};
  };
  struct Block {
    std::size_t begin = 0, exact = 0, hashed = 0;  ///< into indicators_: the exact ones, then the hashed ones
  };
  FeatureCoder() = default;
  void learn_numbers(const CaseSample& sample);
  void learn_category(const CaseSample& sample, std::size_t feature, std::size_t buckets);
  void learn_embedding(const CaseSample& sample, std::size_t width);
  [[nodiscard]] bool find_blocks(std::size_t features);
  [[nodiscard]] bool within_clip(float a, float b) const;
  void encode_numbers(std::span<const double> numbers, std::span<float> x) const;
  void encode_category(std::size_t feature, std::uint64_t hash, std::span<float> indicators) const;
  void encode_embedding(std::span<const float> embedding, std::span<float> x) const;

  double clip_ = 0;
  std::vector<Number> numbers_{};
  std::vector<Missing> missing_{};
  std::vector<Indicator> indicators_{};
  std::vector<Block> blocks_{};  ///< one a categorical feature
  std::vector<float> off_{};     ///< Indicator::off in one piece
  std::vector<double> embedding_mean_{};
  std::vector<float> embedding_limit_{};  ///< of each column, after scaling
  double embedding_weight_ = 0;
};

}  // namespace errata::memory
