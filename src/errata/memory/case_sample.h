#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/memory/case.h"

namespace errata::memory {

/// Names a category for good: the same text gives the same number on every machine. 0 stands for missing only.
/// 64-bit FNV-1a with a final mix, so that its lowest bits may choose a bucket.
[[nodiscard]] std::uint64_t category_hash(std::string_view category);

/// What the cases of a warm-up looked like: all of them while they are few, then every 2nd, every 4th, … so that what
/// is kept is spread evenly over the warm-up whatever its length. No chance is involved.
/// Memory: at most kRows cases and about kValues values (but never fewer than kLeastRows cases), plus names of at most
/// kNames categories a feature, cut to kNameBytes.
class CaseSample {
 public:
  static constexpr std::size_t kRows = 5000, kLeastRows = 512, kValues = 4'000'000;
  static constexpr std::size_t kNames = 1024, kNameBytes = 64;

  explicit CaseSample(const Schema& schema);

  void observe(const CaseView& from);
  [[nodiscard]] std::uint64_t observed() const { return observed_; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::span<const double> numbers(std::size_t row) const { return at(numbers_, row, number_count_); }
  [[nodiscard]] std::span<const std::uint64_t> categories(std::size_t row) const {
    return at(categories_, row, category_count_);
  }
  [[nodiscard]] std::span<const float> embedding(std::size_t row) const {
    return at(embedding_, row, embedding_width_);
  }
  /// The name behind a hash of a categorical feature; empty when it came after kNames others.
  [[nodiscard]] std::string_view name_of(std::size_t feature, std::uint64_t hash) const;

  void save(ByteWriter& out) const;
  /// @return data error when what was saved does not fit itself or the schema
  [[nodiscard]] static Result<CaseSample> load(ByteReader& in, const Schema& schema);

 private:
  struct Name {
    std::uint64_t hash = 0;
    std::string text{};
  };
  template <typename T>
  [[nodiscard]] static std::span<const T> at(const std::vector<T>& values, std::size_t row, std::size_t width) {
    return std::span(values).subspan(row * width, width);
  }
  void keep_every_second();
  void remember_name(std::size_t feature, std::uint64_t hash, std::string_view text);

  std::size_t number_count_, category_count_, embedding_width_;
  std::size_t most_rows_, most_names_;
  std::uint64_t observed_ = 0, step_ = 1;  ///< cases 0, step_, 2 step_, … are kept
  std::size_t rows_ = 0;
  std::vector<double> numbers_{};            ///< [rows_, number_count_] NaN = missing
  std::vector<std::uint64_t> categories_{};  ///< [rows_, category_count_] hashes, 0 = missing
  std::vector<float> embedding_{};           ///< [rows_, embedding_width_]
  std::vector<std::vector<Name>> names_;     ///< a feature: by hash
};

}  // namespace errata::memory
