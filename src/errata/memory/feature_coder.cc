#include "errata/memory/feature_coder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "errata/memory/robust_scale.h"

namespace errata::memory {
namespace {

/// Held within ±limit; NaN never comes in.
constexpr double kMostClip = 100;   ///< as EmbedderOptions::clip
constexpr float kMostLimit = 1e6F;  ///< of an embedding's column: clip times at most the root of the features

float held(double value, double limit) { return static_cast<float>(std::clamp(value, -limit, limit)); }

struct Category {
  std::uint64_t hash = 0;
  std::size_t count = 0;
};

/// Missing first, then by falling count; ties by hash.
std::vector<Category> by_count(const CaseSample& sample, std::size_t feature) {
  std::map<std::uint64_t, std::size_t> counts;
  for (std::size_t row = 0; row < sample.rows(); ++row) ++counts[sample.categories(row)[feature]];
  std::vector<Category> sorted;
  sorted.reserve(counts.size());
  for (const auto& [hash, count] : counts) sorted.push_back({.hash = hash, .count = count});
  std::ranges::stable_sort(sorted, [](const Category& a, const Category& b) {
    return (a.hash == 0) != (b.hash == 0) ? a.hash == 0 : a.count > b.count;
  });
  return sorted;
}

}  // namespace

FeatureCoder::FeatureCoder(const Schema& schema, const CaseSample& sample, double clip, std::size_t buckets)
    : clip_(clip) {
  ERRATA_CHECK(sample.rows() >= 1 && clip > 0 && buckets >= 2);
  numbers_.resize(schema.numbers.size());
  learn_numbers(sample);
  for (std::size_t f = 0; f < schema.categories.size(); ++f) learn_category(sample, f, buckets);
  learn_embedding(sample, schema.embedding);
  ERRATA_CHECK(find_blocks(schema.categories.size()));
}

void FeatureCoder::learn_numbers(const CaseSample& sample) {
  std::vector<double> present;
  for (std::size_t f = 0; f < numbers_.size(); ++f) {
    present.clear();
    for (std::size_t row = 0; row < sample.rows(); ++row)
      if (const double value = sample.numbers(row)[f]; !std::isnan(value)) present.push_back(value);
    const double missing = 1 - static_cast<double>(present.size()) / static_cast<double>(sample.rows());
    const auto [mean, sd] = robust_scale(present, clip_);
    numbers_[f] = {.mean = mean, .weight = sd > 0 ? 1 / sd : 0};
    if (present.empty() || present.size() == sample.rows()) continue;
    const double spread = std::sqrt(missing * (1 - missing));
    missing_.push_back({.feature = static_cast<std::uint32_t>(f),
                        .present = held(-missing / spread, clip_),
                        .missing = held((1 - missing) / spread, clip_)});
  }
}

void FeatureCoder::learn_category(const CaseSample& sample, std::size_t feature, std::size_t buckets) {
  const auto found = by_count(sample, feature);
  const std::size_t missing = !found.empty() && found.front().hash == 0 ? 1 : 0;
  const bool few = found.size() - missing <= buckets;
  const std::size_t exact = few ? found.size() : missing + buckets / 2;
  const std::size_t hashed = few ? 0 : buckets - buckets / 2;

  std::vector<double> shares(exact + hashed);
  for (std::size_t i = 0; i < found.size(); ++i)
    shares[i < exact ? i : exact + found[i].hash % hashed] +=
        static_cast<double>(found[i].count) / static_cast<double>(sample.rows());
  double variance = 0;
  for (const double share : shares) variance += share * (1 - share);
  const double weight = variance > 1e-12 ? 1 / std::sqrt(variance) : 0;

  for (std::size_t i = 0; i < shares.size(); ++i) {
    const bool own = i < exact;
    indicators_.push_back({.feature = static_cast<std::uint32_t>(feature),
                           .hashed = !own,
                           .hash = own ? found[i].hash : i - exact,
                           .off = held(-shares[i] * weight, clip_),
                           .on = held((1 - shares[i]) * weight, clip_),
                           .name = own ? std::string(sample.name_of(feature, found[i].hash)) : std::string()});
  }
}

void FeatureCoder::learn_embedding(const CaseSample& sample, std::size_t width) {
  double features = 0;  // each that is not constant has variance 1
  for (const Number& number : numbers_) features += number.weight > 0 ? 1 : 0;
  for (std::size_t i = 0; i < indicators_.size(); ++i)
    if (indicators_[i].on != indicators_[i].off && (i == 0 || indicators_[i].feature != indicators_[i - 1].feature))
      features += 1;

  std::vector<double> values(sample.rows()), sds;
  double variance = 0;
  for (std::size_t c = 0; c < width; ++c) {
    for (std::size_t row = 0; row < values.size(); ++row) values[row] = static_cast<double>(sample.embedding(row)[c]);
    const auto [mean, sd] = robust_scale(values, clip_);
    embedding_mean_.push_back(mean);
    sds.push_back(sd);
    variance += sd * sd;
  }
  embedding_weight_ = variance > 0 ? std::sqrt(std::max(1.0, features) / variance) : 0;
  for (const double sd : sds) embedding_limit_.push_back(static_cast<float>(clip_ * sd * embedding_weight_));
}

bool FeatureCoder::find_blocks(std::size_t features) {
  blocks_.assign(features, {});
  off_.clear();
  std::size_t i = 0;
  for (std::size_t f = 0; f < features; ++f) {
    Block& block = blocks_[f];
    block.begin = i;
    for (; i < indicators_.size() && indicators_[i].feature == f && !indicators_[i].hashed; ++i) ++block.exact;
    for (; i < indicators_.size() && indicators_[i].feature == f && indicators_[i].hashed; ++i) ++block.hashed;
  }
  for (const Indicator& indicator : indicators_) off_.push_back(indicator.off);
  return i == indicators_.size();
}

std::size_t FeatureCoder::source_of(std::size_t column) const {
  ERRATA_CHECK(column < columns());
  if (column < numbers_.size()) return column;
  column -= numbers_.size();
  if (column < missing_.size()) return missing_[column].feature;
  column -= missing_.size();
  if (column < indicators_.size()) return numbers_.size() + indicators_[column].feature;
  return numbers_.size() + blocks_.size() + column - indicators_.size();
}

std::string FeatureCoder::name_of(std::size_t column, const Schema& schema) const {
  const std::size_t source = source_of(column);
  if (column < numbers_.size()) return schema.numbers[source];
  if (column < numbers_.size() + missing_.size()) return fmt::format("{} is missing", schema.numbers[source]);
  if (column >= embedding_begin()) return fmt::format("embedding {}", column - embedding_begin());
  const Indicator& indicator = indicators_[column - numbers_.size() - missing_.size()];
  const std::string& feature = schema.categories[indicator.feature];
  if (indicator.hashed) return fmt::format("{} is rare, group {}", feature, indicator.hash + 1);
  if (indicator.hash == 0) return fmt::format("{} is missing", feature);
  return fmt::format("{} = {}", feature, indicator.name);
}

void FeatureCoder::encode(const CaseView& from, std::span<float> x) const {
  ERRATA_CHECK(x.size() == columns() && from.numbers.size() == numbers_.size() &&
               from.categories.size() == blocks_.size() && from.embedding.size() == embedding_mean_.size());
  encode_numbers(from.numbers, x);
  const auto indicators = x.subspan(numbers_.size() + missing_.size(), indicators_.size());
  std::ranges::copy(off_, indicators.begin());
  for (std::size_t f = 0; f < blocks_.size(); ++f) {
    const std::string_view category = from.categories[f];
    encode_category(f, category.data() == nullptr ? 0 : category_hash(category), indicators);
  }
  encode_embedding(from.embedding, x.subspan(embedding_begin()));
}

void FeatureCoder::encode(const CaseSample& sample, std::size_t row, std::span<float> x) const {
  ERRATA_CHECK(x.size() == columns());
  encode_numbers(sample.numbers(row), x);
  const auto indicators = x.subspan(numbers_.size() + missing_.size(), indicators_.size());
  std::ranges::copy(off_, indicators.begin());
  for (std::size_t f = 0; f < blocks_.size(); ++f) encode_category(f, sample.categories(row)[f], indicators);
  encode_embedding(sample.embedding(row), x.subspan(embedding_begin()));
}

std::optional<FeatureCoder::UsualNumber> FeatureCoder::usual_number(std::size_t feature) const {
  const Number& number = numbers_[feature];
  if (number.weight == 0 && number.mean == 0) return std::nullopt;
  UsualNumber usual{.mean = number.mean, .sd = number.weight > 0 ? 1 / number.weight : 0};
  const auto found = std::ranges::find(missing_, feature, &Missing::feature);
  if (found == missing_.end()) return usual;
  // The two are −√(m/(1 − m)) and √((1 − m)/m) of the share m; at most one of them is clipped.
  const double present = static_cast<double>(found->present), missing = static_cast<double>(found->missing);
  usual.missing = missing > -present ? present * present / (1 + present * present) : 1 / (1 + missing * missing);
  return usual;
}

FeatureCoder::UsualCategories FeatureCoder::usual_categories(std::size_t feature) const {
  UsualCategories usual;
  const Block& block = blocks_[feature];
  for (std::size_t i = block.begin; i < block.begin + block.exact + block.hashed; ++i) {
    const Indicator& one = indicators_[i];
    const double range = static_cast<double>(one.on) - static_cast<double>(one.off);
    const double share = range > 0 ? -static_cast<double>(one.off) / range : block.exact == 1 ? 1 : 0;
    if (one.hashed)
      usual.others += share;
    else if (one.hash == 0)
      usual.missing = share;
    else
      usual.hashes.push_back(one.hash);
  }
  return usual;
}

void FeatureCoder::encode_numbers(std::span<const double> numbers, std::span<float> x) const {
  for (std::size_t f = 0; f < numbers_.size(); ++f) {
    const double value = std::isnan(numbers[f]) ? numbers_[f].mean : std::clamp(numbers[f], -1e300, 1e300);
    x[f] = held((value - numbers_[f].mean) * numbers_[f].weight, clip_);
  }
  float* flags = x.data() + numbers_.size();
  for (const Missing& column : missing_)
    *flags++ = std::isnan(numbers[column.feature]) ? column.missing : column.present;
}

void FeatureCoder::encode_category(std::size_t feature, std::uint64_t hash, std::span<float> indicators) const {
  const Block& block = blocks_[feature];
  for (std::size_t i = block.begin; i < block.begin + block.exact; ++i) {
    if (indicators_[i].hash != hash) continue;
    indicators[i] = indicators_[i].on;
    return;
  }
  if (hash == 0 || block.hashed == 0) return;  // not seen in the warm-up: none of the known ones
  const std::size_t i = block.begin + block.exact + hash % block.hashed;
  indicators[i] = indicators_[i].on;
}

void FeatureCoder::encode_embedding(std::span<const float> embedding, std::span<float> x) const {
  for (std::size_t c = 0; c < embedding.size(); ++c)
    x[c] = held((static_cast<double>(embedding[c]) - embedding_mean_[c]) * embedding_weight_,
                static_cast<double>(embedding_limit_[c]));
}

void FeatureCoder::save(ByteWriter& out) const {
  out.write(clip_);
  out.write<std::uint64_t>(numbers_.size());
  for (const Number& number : numbers_) {
    out.write(number.mean);
    out.write(number.weight);
  }
  out.write<std::uint64_t>(missing_.size());
  for (const Missing& column : missing_) {
    out.write(column.feature);
    out.write(column.present);
    out.write(column.missing);
  }
  out.write<std::uint64_t>(indicators_.size());
  for (const Indicator& indicator : indicators_) {
    out.write(indicator.feature);
    out.write(indicator.hashed);
    out.write(indicator.hash);
    out.write(indicator.off);
    out.write(indicator.on);
    out.write(std::string_view(indicator.name));
  }
  out.write(embedding_mean_);
  out.write(embedding_limit_);
  out.write(embedding_weight_);
}

bool FeatureCoder::within_clip(float a, float b) const {
  const double largest = clip_ * (1 + 1e-6);  // floats are rounded
  return std::abs(static_cast<double>(a)) <= largest && std::abs(static_cast<double>(b)) <= largest;
}

Result<FeatureCoder> FeatureCoder::load(ByteReader& in, const Schema& schema) {
  FeatureCoder coder;
  coder.clip_ = in.read<double>();
  bool fits = coder.clip_ > 0 && coder.clip_ <= kMostClip && in.read<std::uint64_t>() == schema.numbers.size();
  for (std::size_t f = 0; fits && !in.truncated() && f < schema.numbers.size(); ++f) {
    const auto mean = in.read<double>();
    coder.numbers_.push_back({.mean = mean, .weight = in.read<double>()});
    fits = std::abs(mean) <= 1e300 && coder.numbers_.back().weight >= 0 && std::isfinite(coder.numbers_.back().weight);
  }
  const auto missing = in.read<std::uint64_t>();
  fits = fits && missing <= schema.numbers.size();
  for (std::uint64_t i = 0; fits && !in.truncated() && i < missing; ++i) {
    Missing column{.feature = in.read<std::uint32_t>()};
    column.present = in.read<float>();
    column.missing = in.read<float>();
    fits = column.feature < schema.numbers.size() && coder.within_clip(column.present, column.missing);
    coder.missing_.push_back(column);
  }
  const auto indicators = in.read<std::uint64_t>();
  for (std::uint64_t i = 0; fits && !in.truncated() && i < indicators; ++i) {
    Indicator indicator{.feature = in.read<std::uint32_t>()};
    indicator.hashed = in.read<std::uint8_t>() != 0;
    indicator.hash = in.read<std::uint64_t>();
    indicator.off = in.read<float>();
    indicator.on = in.read<float>();
    indicator.name = in.read_text();
    fits = coder.within_clip(indicator.off, indicator.on);
    coder.indicators_.push_back(std::move(indicator));
  }
  in.read_into(coder.embedding_mean_);
  in.read_into(coder.embedding_limit_);
  coder.embedding_weight_ = in.read<double>();
  fits = fits && coder.find_blocks(schema.categories.size()) && coder.embedding_mean_.size() == schema.embedding &&
         coder.embedding_limit_.size() == schema.embedding && coder.embedding_weight_ >= 0 &&
         std::ranges::all_of(coder.embedding_mean_, [](double mean) { return std::abs(mean) <= 1e300; }) &&
         std::ranges::all_of(coder.embedding_limit_, [](float limit) { return limit >= 0 && limit <= kMostLimit; });
  if (in.truncated() || !fits) return data_error("the code of the features does not fit its own sizes");
  return coder;
}

}  // namespace errata::memory
