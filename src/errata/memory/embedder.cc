// Distances decide which past cases count as near, so features must be of one scale and few enough to be compared
// quickly. Three steps: FeatureCoder turns a case into columns x of about unit variance; the principal axes of x keep
// the directions in which cases differ most; one common factor brings the total variance to 1, so that the model's
// log-odds, of variance 1 too, weigh as much as everything that the model saw.
//
// Axes come from the covariance of the sample while x is narrow. When it is wide, the covariance would take d² numbers
// and d³ steps; then at most kFewRows cases of the sample are taken, evenly spread, and the same axes follow from their
// products with each other, exactly and without chance. Either way z = W (x − mean) is one product with a matrix of 16
// floats a column of x, laid out so that all axes are summed at once.
#include "errata/memory/embedder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "errata/memory/pca.h"
#include "errata/stats/logistic.h"

namespace errata::memory {
namespace {

constexpr double kMostLogOdds = 6;             ///< P = .9975; what lies beyond is equally sure
constexpr std::size_t kMostIndicators = 4096;  ///< columns of all categorical features, where two a feature allow it
constexpr float kMostWeight = 1e6F;            ///< of a column on an axis, in a snapshot
constexpr double kSmallestShare = 1e-9;        ///< of the largest variance: what varies less is rounding

double log_odds(double probability) {
  ERRATA_CHECK(probability >= 0 && probability <= 1);
  return std::clamp(stats::logit(probability), -kMostLogOdds, kMostLogOdds);
}

void write_texts(ByteWriter& out, const std::vector<std::string>& texts) {
  out.write<std::uint64_t>(texts.size());
  for (const std::string& text : texts) out.write(std::string_view(text));
}

std::vector<std::string> read_texts(ByteReader& in) {
  std::vector<std::string> texts;
  const auto count = in.read<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && !in.truncated(); ++i) texts.push_back(in.read_text());
  return texts;
}

}  // namespace

void Embedder::Moments::add(double value) {
  const double step = value - mean;
  count += 1;
  mean += step / count;
  squares += step * (value - mean);
}

Embedder::Embedder(const Schema& schema, const EmbedderOptions& options)
    : schema_(schema), options_(options), sample_(schema) {}

Result<Embedder> Embedder::create(const Schema& schema, const EmbedderOptions& options) {
  if (options.max_axes < 1 || options.max_axes > kMostAxes)
    return invalid_argument(fmt::format("{} principal axes are not in 1 … {}", options.max_axes, kMostAxes));
  if (!(options.clip >= 1 && options.clip <= 100))
    return invalid_argument(fmt::format("clip {} is not in [1, 100]", options.clip));
  if (options.buckets < 2 || options.buckets > 256)
    return invalid_argument(fmt::format("{} buckets are not in 2 … 256", options.buckets));
  if (const std::size_t features = schema.numbers.size() + schema.categories.size(); features > kMostFeatures)
    return invalid_argument(fmt::format("{} features are more than {}", features, kMostFeatures));
  if (schema.embedding > kMostEmbedding)
    return invalid_argument(
        fmt::format("an embedding of {} columns is wider than {}", schema.embedding, kMostEmbedding));
  return Embedder(schema, options);
}

std::optional<double> Embedder::log_odds_of_second_class(const CaseView& from) const {
  if (!std::isnan(from.positive_score)) return log_odds(from.positive_score);
  if (schema_.classes.size() != 2 || from.predicted > 1 || std::isnan(from.confidence)) return std::nullopt;
  return from.predicted == 1 ? log_odds(from.confidence) : -log_odds(from.confidence);
}

void Embedder::observe(const CaseView& from) {
  ERRATA_CHECK(!fitted());
  sample_->observe(from);
  if (const auto value = log_odds_of_second_class(from)) second_class_.add(*value);
  if (!std::isnan(from.confidence)) confidence_.add(log_odds(from.confidence));
}

Result<void> Embedder::fit() {
  ERRATA_CHECK(!fitted());
  if (sample_->observed() < 2)
    return invalid_argument(fmt::format("an embedding is fitted to at least 2 cases, not to {}", sample_->observed()));
  const std::size_t most =
      std::max<std::size_t>(2, kMostIndicators / std::max<std::size_t>(1, schema_.categories.size()));
  coder_.emplace(schema_, *sample_, options_.clip, std::min(options_.buckets, most));
  fit_axes(encoded_sample(), coder_->columns());
  fit_log_odds();
  sample_.reset();
  return {};
}

/// [rows, features()] x of the sample, or of an evenly spread part of it when x is wide.
std::vector<double> Embedder::encoded_sample() const {
  const std::size_t columns = coder_->columns();
  const std::size_t kept = sample_->rows();
  const std::size_t rows = columns > kMostCovariance ? std::min(kMostCovariance, kept) : kept;
  std::vector<float> x(columns);
  std::vector<double> values;
  values.reserve(rows * columns);
  for (std::size_t i = 0; i < rows; ++i) {
    coder_->encode(*sample_, i * kept / rows, x);
    values.insert(values.end(), x.begin(), x.end());
  }
  return values;
}

void Embedder::fit_axes(const std::vector<double>& rows, std::size_t columns) {
  const std::size_t count = columns == 0 ? 0 : rows.size() / columns;
  const MatrixView<const double> points(rows, count, columns);
  std::vector<double> mean(columns), variance(columns);
  for (std::size_t row = 0; row < count; ++row)
    for (std::size_t c = 0; c < columns; ++c) {
      const double step = points(row, c) - mean[c];
      mean[c] += step / static_cast<double>(row + 1);
      variance[c] += step * (points(row, c) - mean[c]) / static_cast<double>(count);
    }
  const double largest = columns == 0 ? 0 : std::ranges::max(variance);
  std::vector<std::size_t> varying;
  for (std::size_t c = 0; c < columns; ++c)
    if (variance[c] > kSmallestShare * largest) varying.push_back(c);

  std::vector<double> directions;
  double total = 0;
  if (varying.size() <= options_.max_axes) {
    for (const std::size_t c : varying) {
      directions.resize(directions.size() + columns);
      directions[directions.size() - columns + c] = 1;
      total += variance[c];
    }
  } else {
    const auto found = principal_axes(points, options_.max_axes);
    ERRATA_CHECK(found.has_value());
    std::size_t kept = 0;
    for (; kept < found->kept() && found->variances[kept] > kSmallestShare * found->variances[0]; ++kept)
      total += found->variances[kept];
    directions.assign(found->axes.begin(), found->axes.begin() + static_cast<std::ptrdiff_t>(kept * columns));
  }
  set_axes(directions, mean, total);
}

/// @param directions  [·, features()] orthonormal
void Embedder::set_axes(const std::vector<double>& directions, std::span<const double> mean, double total_variance) {
  const std::size_t columns = mean.size();
  axes_ = columns == 0 ? 0 : directions.size() / columns;
  const double scale = axes_ == 0 ? 0 : 1 / std::sqrt(total_variance);
  weights_.assign(columns * kMostAxes, 0);
  offset_.assign(kMostAxes, 0);
  for (std::size_t axis = 0; axis < axes_; ++axis) {
    double offset = 0;
    for (std::size_t c = 0; c < columns; ++c) {
      const double weight = scale * directions[axis * columns + c];
      weights_[c * kMostAxes + axis] = static_cast<float>(weight);
      offset += weight * mean[c];
    }
    offset_[axis] = static_cast<float>(offset);
  }
}

void Embedder::fit_log_odds() {
  const bool is_signed = second_class_.count > 0 && second_class_.count >= confidence_.count;
  const Moments& moments = is_signed ? second_class_ : confidence_;
  const double sd = moments.count > 0 ? std::sqrt(moments.squares / moments.count) : 0;
  if (sd > kSmallestShare) {
    log_odds_ = is_signed ? LogOdds::of_second_class : LogOdds::of_confidence;
    log_odds_weight_ = 1 / sd;
    usual_log_odds_ = moments.mean;
  } else if (axes_ == 0) {
    axes_ = 1;  // nothing varies: one column of zeros
  }
}

std::size_t Embedder::features() const {
  ERRATA_CHECK(fitted());
  return coder_->columns();
}

std::size_t Embedder::columns_of_features() const {
  ERRATA_CHECK(fitted());
  return coder_->embedding_begin();
}

std::size_t Embedder::source_of(std::size_t column) const {
  ERRATA_CHECK(fitted());
  return coder_->source_of(column);
}

std::string Embedder::name_of(std::size_t column) const {
  ERRATA_CHECK(fitted());
  return coder_->name_of(column, schema_);
}

void Embedder::embed(const CaseView& from, std::span<float> x, std::span<float> z) const {
  ERRATA_CHECK(fitted() && z.size() == width());
  coder_->encode(from, x);
  std::array<float, kMostAxes> sum{};
  const float* weights = weights_.data();
  for (const float value : x) {
    for (std::size_t axis = 0; axis < kMostAxes; ++axis) sum[axis] += weights[axis] * value;
    weights += kMostAxes;
  }
  for (std::size_t axis = 0; axis < axes_; ++axis) z[axis] = sum[axis] - offset_[axis];
  if (log_odds_ == LogOdds::none) return;
  double value = usual_log_odds_;
  if (log_odds_ == LogOdds::of_second_class) {
    value = log_odds_of_second_class(from).value_or(value);
  } else if (!std::isnan(from.confidence)) {
    value = log_odds(from.confidence);
  }
  z[axes_] = static_cast<float>(value * log_odds_weight_);
}

void Embedder::save(ByteWriter& out) const {
  write_texts(out, schema_.numbers);
  write_texts(out, schema_.categories);
  write_texts(out, schema_.classes);
  out.write<std::uint64_t>(schema_.embedding);
  out.write<std::uint64_t>(options_.max_axes);
  out.write(options_.clip);
  out.write<std::uint64_t>(options_.buckets);
  for (const Moments& moments : {second_class_, confidence_}) {
    out.write(moments.count);
    out.write(moments.mean);
    out.write(moments.squares);
  }
  out.write(fitted());
  if (!fitted()) return sample_->save(out);
  coder_->save(out);
  out.write<std::uint64_t>(axes_);
  out.write(weights_);
  out.write(offset_);
  out.write(log_odds_);
  out.write(log_odds_weight_);
  out.write(usual_log_odds_);
}

Result<Embedder> Embedder::load(ByteReader& in) {
  Schema schema;
  schema.numbers = read_texts(in);
  schema.categories = read_texts(in);
  schema.classes = read_texts(in);
  schema.embedding = static_cast<std::size_t>(in.read<std::uint64_t>());
  EmbedderOptions options{.max_axes = static_cast<std::size_t>(in.read<std::uint64_t>())};
  options.clip = in.read<double>();
  options.buckets = static_cast<std::size_t>(in.read<std::uint64_t>());
  if (in.truncated()) return data_error("the embedding ends too early");
  ERRATA_ASSIGN(auto embedder, create(schema, options));
  for (Moments* moments : {&embedder.second_class_, &embedder.confidence_}) {
    moments->count = in.read<double>();
    moments->mean = in.read<double>();
    moments->squares = in.read<double>();
    if (!(moments->count >= 0 && std::abs(moments->mean) <= kMostLogOdds && moments->squares >= 0))
      return data_error("the embedding's moments of the log-odds are damaged");
  }
  if (in.read<std::uint8_t>() == 0) {
    ERRATA_ASSIGN(embedder.sample_, CaseSample::load(in, schema));
    return embedder;
  }
  ERRATA_ASSIGN(embedder.coder_, FeatureCoder::load(in, schema));
  embedder.sample_.reset();
  embedder.axes_ = static_cast<std::size_t>(in.read<std::uint64_t>());
  in.read_into(embedder.weights_);
  in.read_into(embedder.offset_);
  embedder.log_odds_ = static_cast<LogOdds>(in.read<std::uint8_t>());
  embedder.log_odds_weight_ = in.read<double>();
  embedder.usual_log_odds_ = in.read<double>();
  if (in.truncated() || embedder.axes_ > kMostAxes || embedder.offset_.size() != kMostAxes || embedder.width() == 0 ||
      embedder.weights_.size() != embedder.coder_->columns() * kMostAxes || embedder.log_odds_ > LogOdds::of_confidence)
    return data_error("the embedding does not fit its own sizes");
  // Distances between cases must stay numbers.
  const auto moderate = [](float value) { return std::abs(value) <= kMostWeight; };
  if (!std::ranges::all_of(embedder.weights_, moderate) || !std::ranges::all_of(embedder.offset_, moderate) ||
      !(std::abs(embedder.log_odds_weight_) <= 1 / kSmallestShare) ||
      !(std::abs(embedder.usual_log_odds_) <= kMostLogOdds))
    return data_error("the embedding has a weight that is not one");
  return embedder;
}

}  // namespace errata::memory
