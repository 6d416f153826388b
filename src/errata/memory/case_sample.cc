#include "errata/memory/case_sample.h"

#include <algorithm>
#include <cmath>

namespace errata::memory {
namespace {

constexpr std::size_t kNamesOfAll = 65'536;  ///< categories that are named, over all features of a wide schema

/// The longest start of at most `bytes` bytes that splits no UTF-8 character.
std::string_view start_of(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return text.substr(0, bytes);
}

template <typename T>
void keep_even_rows(std::vector<T>& values, std::size_t rows, std::size_t width) {
  for (std::size_t row = 0; 2 * row < rows; ++row)
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(2 * row * width), width,
                values.begin() + static_cast<std::ptrdiff_t>(row * width));
  values.resize((rows + 1) / 2 * width);
}

}  // namespace

std::uint64_t category_hash(std::string_view category) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char byte : category) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  hash = (hash ^ (hash >> 33U)) * 0xFF51AFD7ED558CCDU;
  hash ^= hash >> 33U;
  return hash == 0 ? 1 : hash;
}

CaseSample::CaseSample(const Schema& schema)
    : number_count_(schema.numbers.size()),
      category_count_(schema.categories.size()),
      embedding_width_(schema.embedding),
      names_(schema.categories.size()) {
  const std::size_t width = std::max<std::size_t>(1, number_count_ + category_count_ + embedding_width_);
  most_rows_ = std::clamp(kValues / width, kLeastRows, kRows);
  most_names_ = std::min(kNames, kNamesOfAll / std::max<std::size_t>(1, category_count_));
}

void CaseSample::observe(const CaseView& from) {
  ERRATA_CHECK(from.numbers.size() == number_count_ && from.categories.size() == category_count_ &&
               from.embedding.size() == embedding_width_);
  const std::uint64_t index = observed_++;
  if (index % step_ == 0 && rows_ == most_rows_) keep_every_second();
  if (index % step_ != 0) return;
  numbers_.insert(numbers_.end(), from.numbers.begin(), from.numbers.end());
  for (std::size_t f = 0; f < category_count_; ++f) {
    const std::string_view category = from.categories[f];
    const std::uint64_t hash = category.data() == nullptr ? 0 : category_hash(category);
    categories_.push_back(hash);
    if (hash != 0) remember_name(f, hash, category);
  }
  for (const float value : from.embedding) {
    ERRATA_CHECK(std::isfinite(value));
    embedding_.push_back(value);
  }
  ++rows_;
}

void CaseSample::keep_every_second() {
  keep_even_rows(numbers_, rows_, number_count_);
  keep_even_rows(categories_, rows_, category_count_);
  keep_even_rows(embedding_, rows_, embedding_width_);
  rows_ = (rows_ + 1) / 2;
  step_ *= 2;
}

void CaseSample::remember_name(std::size_t feature, std::uint64_t hash, std::string_view text) {
  auto& names = names_[feature];
  const auto found = std::ranges::lower_bound(names, hash, {}, &Name::hash);
  if ((found != names.end() && found->hash == hash) || names.size() >= most_names_) return;
  names.insert(found, {.hash = hash, .text = std::string(start_of(text, kNameBytes))});
}

std::string_view CaseSample::name_of(std::size_t feature, std::uint64_t hash) const {
  const auto& names = names_[feature];
  const auto found = std::ranges::lower_bound(names, hash, {}, &Name::hash);
  return found != names.end() && found->hash == hash ? std::string_view(found->text) : std::string_view();
}

void CaseSample::save(ByteWriter& out) const {
  out.write(observed_);
  out.write(step_);
  out.write<std::uint64_t>(rows_);
  out.write(numbers_);
  out.write(categories_);
  out.write(embedding_);
  for (const auto& names : names_) {
    out.write<std::uint64_t>(names.size());
    for (const Name& name : names) {
      out.write(name.hash);
      out.write(std::string_view(name.text));
    }
  }
}

Result<CaseSample> CaseSample::load(ByteReader& in, const Schema& schema) {
  CaseSample sample(schema);
  sample.observed_ = in.read<std::uint64_t>();
  sample.step_ = in.read<std::uint64_t>();
  sample.rows_ = static_cast<std::size_t>(in.read<std::uint64_t>());
  in.read_into(sample.numbers_);
  in.read_into(sample.categories_);
  in.read_into(sample.embedding_);
  const std::uint64_t step = sample.step_;
  bool fits = step != 0 && sample.rows_ <= sample.most_rows_ &&
              sample.rows_ == sample.observed_ / step + (sample.observed_ % step != 0 ? 1 : 0) &&
              sample.numbers_.size() == sample.rows_ * sample.number_count_ &&
              sample.categories_.size() == sample.rows_ * sample.category_count_ &&
              sample.embedding_.size() == sample.rows_ * sample.embedding_width_ &&
              std::ranges::all_of(sample.embedding_, [](float value) { return std::isfinite(value); });
  for (auto& names : sample.names_) {
    const auto count = in.read<std::uint64_t>();
    fits = fits && count <= sample.most_names_;
    for (std::uint64_t i = 0; fits && !in.truncated() && i < count; ++i) {
      const auto hash = in.read<std::uint64_t>();
      names.push_back({.hash = hash, .text = in.read_text()});
    }
    fits = fits && std::ranges::is_sorted(names, {}, &Name::hash);
  }
  if (in.truncated() || !fits) return data_error("the warm-up's sample of cases does not fit its own sizes");
  return sample;
}

}  // namespace errata::memory
