#include "errata/memory/signals.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "errata/base/rng.h"
#include "errata/memory/all_finite.h"
#include "errata/memory/kmeans.h"
#include "errata/memory/vectorized.h"
#include "errata/stats/logistic.h"

namespace errata::memory {
namespace {

constexpr double kMostSignalLogOdds = 6;
constexpr double kLeastRate = 0.005;
constexpr double kCellPrior = 2;
constexpr std::size_t kBothLinear = 16;
constexpr std::size_t kMostLinear = 64;
constexpr std::size_t kBandwidthCases = 3000;
constexpr std::size_t kBandwidthQueries = 200;
constexpr std::size_t kCellCases = 5000;
constexpr std::size_t kMostWidth = 1024;  ///< of a snapshot: experts take memory of the square of it

/// Columns of the linear part and what they are taken of.
struct LinearTerms {
  bool of_embedding = false;  ///< z instead of x
  bool plain = true;          ///< x itself
  bool by_class = false;      ///< ±x and ±1 by the predicted class
  std::size_t columns = 0;
  [[nodiscard]] std::size_t size() const { return (plain ? columns : 0) + (by_class ? columns + 1 : 0); }
};

LinearTerms linear_terms(const SignalOptions& options) {
  LinearTerms terms{.by_class = options.classes == 2};
  terms.of_embedding = options.features > kMostLinear;
  terms.columns = terms.of_embedding ? options.width : options.features;
  terms.plain = !terms.by_class || terms.columns <= kBothLinear + 1;
  return terms;
}

SignalLayout layout_for(const SignalOptions& options) {
  SignalLayout layout;
  layout.linear_size = linear_terms(options).size();
  layout.fourier = layout.linear + layout.linear_size;
  layout.size = layout.fourier + kFourierFeatures;
  return layout;
}

/// Rows begin, begin + step, …: at most `count` of them, the last ones at equal steps.
std::vector<std::size_t> spread_rows(std::size_t rows, std::size_t count) {
  std::vector<std::size_t> picked(std::min(rows, count));
  for (std::size_t i = 0; i < picked.size(); ++i) picked[i] = i * rows / picked.size();
  return picked;
}

/// The median squared distance to the 30th neighbour among the last warm-up cases.
double squared_bandwidth(const SignalOptions& options, MatrixView<const float> warm,
                         std::span<const std::uint32_t> predicted, const LocalRateOptions& rates) {
  const std::size_t first = warm.rows() - std::min(warm.rows(), kBandwidthCases);
  const std::size_t count = warm.rows() - first;
  index::NeighbourWindow window(options.width, count);
  for (std::size_t row = first; row < warm.rows(); ++row) window.push(warm.row(row));
  std::vector<float> distances(count);
  std::vector<float> found;
  for (const std::size_t pick : spread_rows(count, kBandwidthQueries)) {
    window.squared_distances(warm.row(first + pick), distances);
    for (std::size_t i = 0; i < count; ++i)
      if (predicted[first + i] != predicted[first + pick]) distances[i] += static_cast<float>(rates.class_distance);
    const std::size_t rank = std::min(rates.neighbours, count - 1);
    std::ranges::nth_element(distances, distances.begin() + static_cast<std::ptrdiff_t>(rank));
    found.push_back(distances[rank]);
  }
  const auto middle = found.begin() + static_cast<std::ptrdiff_t>(found.size() / 2);
  std::ranges::nth_element(found, middle);
  return std::max(static_cast<double>(*middle), 1e-6);
}

Result<std::vector<float>> cell_centres(MatrixView<const float> warm, std::size_t cells, std::uint64_t seed) {
  std::vector<float> sample;
  const auto rows = spread_rows(warm.rows(), kCellCases);
  for (const std::size_t row : rows) sample.insert(sample.end(), warm.row(row).begin(), warm.row(row).end());
  ERRATA_ASSIGN(auto found, kmeans(MatrixView<const float>(sample, rows.size(), warm.cols()),
                                   {.clusters = cells, .restarts = 1, .max_iterations = 20, .seed = seed}));
  return std::move(found.centres);
}

/// scale · cos(phase + frequency · z) for every feature
ERRATA_VECTORIZED void fourier_angles(const float* frequencies, const float* phases, const float* z, std::size_t width,
                                      float* angles) {
  for (std::size_t i = 0; i < kFourierFeatures; ++i) angles[i] = phases[i];
  for (std::size_t d = 0; d < width; ++d)
    for (std::size_t i = 0; i < kFourierFeatures; ++i) angles[i] += frequencies[d * kFourierFeatures + i] * z[d];
}

/// Squared distances of z to all centres. @param centres  [width, cells]
ERRATA_VECTORIZED void centre_distances(const float* centres, const float* z, std::size_t width, std::size_t cells,
                                        float* distances) {
  for (std::size_t cell = 0; cell < cells; ++cell) distances[cell] = 0;
  for (std::size_t d = 0; d < width; ++d)
    for (std::size_t cell = 0; cell < cells; ++cell) {
      const float difference = z[d] - centres[d * cells + cell];
      distances[cell] += difference * difference;
    }
}

}  // namespace

Signals::Signals(const SignalOptions& options, LocalRateWindow window, std::vector<float> centres,
                 double usual_log_odds)
    : options_(options),
      layout_(layout_for(options)),
      window_(std::move(window)),
      centres_(std::move(centres)),
      usual_log_odds_(usual_log_odds),
      labels_(std::min(options.classes, kLabelClasses) * kLabelRates.size(),
              options.classes == 0 ? 0.0 : 1.0 / static_cast<double>(options.classes)),
      cells_(2 * centres_.size() / options.width) {
  errors_.fill(stats::sigmoid(usual_log_odds));
  const std::size_t cells = centres_.size() / options.width;
  for (std::size_t d = 0; d < options.width; ++d)
    for (std::size_t cell = 0; cell < cells; ++cell) by_column_.push_back(centres_[cell * options.width + d]);
}

Result<Signals> Signals::fit(const SignalOptions& options, MatrixView<const float> warm,
                             std::span<const std::uint32_t> predicted, double usual_rate) {
  ERRATA_CHECK(warm.rows() >= 1 && warm.cols() == options.width && predicted.size() == warm.rows());
  LocalRateOptions rates{.width = options.width, .window = options.window};
  rates.squared_bandwidth = squared_bandwidth(options, warm, predicted, rates);
  ERRATA_ASSIGN(auto centres, cell_centres(warm, kCells, options.seed));
  Signals signals(options, LocalRateWindow(rates), std::move(centres), stats::held_logit(usual_rate, 0.01));

  Rng rng = Rng(options.seed).fork(1);
  const double spread = 1 / std::sqrt(2 * rates.squared_bandwidth);
  for (std::size_t i = 0; i < options.width * kFourierFeatures; ++i)
    signals.frequencies_.push_back(static_cast<float>(rng.normal() * spread));
  for (std::size_t i = 0; i < kFourierFeatures; ++i)
    signals.phases_.push_back(static_cast<float>(rng.uniform() * 2 * std::numbers::pi));
  return signals;
}

std::size_t Signals::cell_of(std::span<const float> z, std::uint32_t predicted) const {
  const std::size_t cells = centres_.size() / options_.width;
  std::array<float, kCells> distances;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled before it is read
  centre_distances(by_column_.data(), z.data(), options_.width, cells, distances.data());
  std::size_t best = 0;
  float least = std::numeric_limits<float>::infinity();
  for (std::size_t cell = 0; cell < cells; ++cell)
    if (distances[cell] < least) {
      least = distances[cell];
      best = cell;
    }
  return 2 * best + (predicted == kNoClass ? 0 : predicted % 2);
}

double Signals::relative(double rate) const {
  return std::clamp(stats::held_logit(rate, kLeastRate) - usual_log_odds_, -kMostSignalLogOdds, kMostSignalLogOdds);
}

void Signals::compute(const RiskCase& seen, std::span<float> signals) {
  ERRATA_CHECK(signals.size() == layout_.size && seen.z.size() == options_.width);
  std::ranges::fill(signals.first(layout_.linear), 0.0F);
  const auto set = [&](std::size_t at, double value) { signals[at] = static_cast<float>(value); };
  set(layout_.bias, 1);
  const auto held = [&](double rate) {
    return std::clamp(stats::held_logit(rate) - usual_log_odds_, -kMostSignalLogOdds, kMostSignalLogOdds);
  };
  if (!std::isnan(seen.confidence)) set(layout_.confidence, held(1 - seen.confidence));
  if (!std::isnan(seen.auditor_risk)) set(layout_.auditor, held(seen.auditor_risk));
  for (std::size_t i = 0; i < errors_.size(); ++i) set(layout_.errors + i, relative(errors_[i]));

  const double usual_lately = errors_[2];
  const LocalRates rates = window_.rates(seen.z, seen.predicted, usual_lately);
  set(layout_.nearest, relative(rates.nearest));
  for (std::size_t i = 0; i < rates.kernel.size(); ++i) set(layout_.kernel + i, relative(rates.kernel[i]));

  const Cell& cell = cells_[cell_of(seen.z, seen.predicted)];
  for (std::size_t i = 0; i < kCellMemories.size(); ++i) {
    const double fading = std::pow(1 - 1 / kCellMemories[i], static_cast<double>(resolved_ - cell.seen));
    set(layout_.cells + i,
        relative((cell.failures[i] * fading + kCellPrior * usual_lately) / (cell.cases[i] * fading + kCellPrior)));
  }
  set(layout_.modes, std::log1p(seen.mode_danger) - 0.5);
  set(layout_.modes + 1, relative(seen.mode_rate));
  const std::array recent{errors_[0], errors_[2], rates.kernel[1]};
  for (std::size_t i = 0; i < recent.size(); ++i)
    set(layout_.products + i, static_cast<double>(signals[layout_.confidence]) * relative(recent[i]) / 3);
  if (!labels_.empty() && seen.predicted != kNoClass) {
    set(layout_.agreement, -stats::held_logit(rates.agreement));
    const double* average = labels_.data() + seen.predicted % kLabelClasses * kLabelRates.size();
    for (std::size_t i = 0; i < kLabelRates.size(); ++i)
      set(layout_.labels + i, -0.5 * stats::held_logit(average[i], 0.01));
  }
  write_linear(seen, signals.subspan(layout_.linear, layout_.linear_size));
  write_fourier(seen.z, signals.subspan(layout_.fourier));
}

void Signals::write_linear(const RiskCase& seen, std::span<float> signals) const {
  const LinearTerms terms = linear_terms(options_);
  const std::span<const float> from = terms.of_embedding ? seen.z : seen.x;
  std::size_t at = 0;
  if (terms.plain)
    for (std::size_t i = 0; i < terms.columns; ++i) signals[at++] = from[i];
  if (!terms.by_class) return;
  const float sign = seen.predicted == 1 ? 1.0F : -1.0F;
  for (std::size_t i = 0; i < terms.columns; ++i) signals[at++] = sign * from[i];
  signals[at] = sign;
}

void Signals::write_fourier(std::span<const float> z, std::span<float> signals) const {
  static const float scale = static_cast<float>(2 * std::sqrt(2.0 / static_cast<double>(kFourierFeatures)));
  fourier_angles(frequencies_.data(), phases_.data(), z.data(), options_.width, signals.data());
  for (float& signal : signals) signal = scale * std::cos(signal);
}

void Signals::learn(std::span<const float> z, std::uint32_t predicted, bool failed, std::uint32_t label) {
  ++resolved_;
  for (std::size_t i = 0; i < errors_.size(); ++i) errors_[i] += kErrorRates[i] * ((failed ? 1 : 0) - errors_[i]);
  if (label != kNoClass && !labels_.empty())
    for (std::size_t at = 0; at < labels_.size(); ++at) {
      const bool own = at / kLabelRates.size() == label % kLabelClasses;
      labels_[at] += kLabelRates[at % kLabelRates.size()] * ((own ? 1 : 0) - labels_[at]);
    }
  Cell& cell = cells_[cell_of(z, predicted)];
  for (std::size_t i = 0; i < kCellMemories.size(); ++i) {
    const double fading = std::pow(1 - 1 / kCellMemories[i], static_cast<double>(resolved_ - cell.seen));
    cell.cases[i] = cell.cases[i] * fading + 1;
    cell.failures[i] = cell.failures[i] * fading + (failed ? 1 : 0);
  }
  cell.seen = resolved_;
  window_.learn(z, predicted, failed, label);
}

void Signals::save(ByteWriter& out) const {
  for (const std::size_t value : {options_.features, options_.width, options_.classes, options_.window})
    out.write<std::uint64_t>(value);
  out.write(options_.seed);
  out.write(usual_log_odds_);
  out.write(resolved_);
  window_.save(out);
  out.write(centres_);
  out.write(frequencies_);
  out.write(phases_);
  out.write(std::span<const double>(errors_));
  out.write(labels_);
  for (const Cell& cell : cells_) {
    out.write(std::span<const double>(cell.cases));
    out.write(std::span<const double>(cell.failures));
    out.write(cell.seen);
  }
}

namespace {

template <std::size_t Size>
bool read_array(ByteReader& in, std::array<double, Size>& values) {
  std::vector<double> read;
  in.read_into(read);
  if (read.size() != Size) return false;
  std::ranges::copy(read, values.begin());
  return true;
}

}  // namespace

Result<Signals> Signals::load(ByteReader& in) {
  const auto damaged = [] { return data_error("the signals of the risk model are damaged"); };
  SignalOptions options;
  for (std::size_t* value : {&options.features, &options.width, &options.classes, &options.window})
    *value = static_cast<std::size_t>(in.read<std::uint64_t>());
  options.seed = in.read<std::uint64_t>();
  const auto usual_log_odds = in.read<double>();
  const auto resolved = in.read<std::uint64_t>();
  ERRATA_ASSIGN(auto window, LocalRateWindow::load(in));
  std::vector<float> centres;
  in.read_into(centres);
  if (in.truncated() || options.width == 0 || options.width > kMostWidth || options.features > (1U << 20) ||
      window.options().width != options.width || window.options().window != options.window || centres.empty() ||
      centres.size() % options.width != 0 || centres.size() > kCells * options.width || !all_finite(centres) ||
      !(std::abs(usual_log_odds) < 100))
    return damaged();
  Signals loaded(options, std::move(window), std::move(centres), usual_log_odds);
  loaded.resolved_ = resolved;
  in.read_into(loaded.frequencies_);
  in.read_into(loaded.phases_);
  const std::size_t labels = loaded.labels_.size();
  const bool errors = read_array(in, loaded.errors_);
  in.read_into(loaded.labels_);
  if (!errors || loaded.labels_.size() != labels || loaded.phases_.size() != kFourierFeatures ||
      loaded.frequencies_.size() != options.width * kFourierFeatures || !all_finite(loaded.errors_) ||
      !all_finite(loaded.labels_) || !all_finite(loaded.phases_) || !all_finite(loaded.frequencies_))
    return damaged();
  for (Cell& cell : loaded.cells_) {
    if (!read_array(in, cell.cases) || !read_array(in, cell.failures)) return damaged();
    cell.seen = in.read<std::uint64_t>();
    if (cell.seen > resolved || !all_finite(cell.cases) || !all_finite(cell.failures) ||
        std::ranges::min(cell.cases) < 0 || std::ranges::min(cell.failures) < 0)
      return damaged();
  }
  if (in.truncated()) return damaged();
  return loaded;
}

}  // namespace errata::memory
