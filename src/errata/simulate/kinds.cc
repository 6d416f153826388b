#include "errata/simulate/kinds.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numbers>

#include "errata/stats/logistic.h"

// The binary kinds share one picture. The model turns the features into a standard normal risk score s and predicts 1
// above a cut. The label follows s but for a little noise: with probability ε it is a coin toss by the model's lights,
// otherwise s passes the cut after a normal disturbance of width σ. Then
//     P(label = 1 | s) = ε + (1 − 2ε) Φ((s − cut)/σ)
// is an honest score, and the prediction fails with probability min(P, 1 − P). Hotspots and bad periods raise that.

namespace errata::simulate {
namespace {

constexpr std::uint64_t kLabelStream = 3'000'010;

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }
double rounded(double score) { return std::round(score * 1e6) / 1e6; }

std::int64_t micros_of(std::chrono::sys_days day) {
  return std::chrono::duration_cast<std::chrono::microseconds>(day.time_since_epoch()).count();
}

const Feature& named(std::span<const Feature> features, std::string_view name) {
  return *std::ranges::find(features, name, &Feature::name);
}
std::size_t position(std::span<const Feature> features, std::string_view name) {
  return static_cast<std::size_t>(&named(features, name) - features.data());
}

/// Noise of the label given the risk score.
struct LabelNoise {
  double cut = 0;
  double epsilon = 0.05;
  double width = 0.2;
  [[nodiscard]] double positive(double risk) const {
    return epsilon + (1 - 2 * epsilon) * normal_cdf((risk - cut) / width);
  }
};

/// prediction = [p > 1/2]; label = prediction, flipped where it failed; score = p.
void add_binary_outcome(Drawing& drawing, std::span<const double> positive) {
  std::vector<double> label(drawing.rows), prediction(drawing.rows), score(drawing.rows);
  for (const std::size_t r : drawing.each_row()) {
    const bool predicted = positive[r] > 0.5;
    prediction[r] = predicted;
    label[r] = predicted != (drawing.failed[r] != 0);
    score[r] = rounded(positive[r]);
  }
  drawing.add_numbers("label", std::move(label), "INTEGER");
  drawing.add_numbers("prediction", std::move(prediction), "INTEGER");
  drawing.add_numbers("score", std::move(score));
}

/// A model that is right with probability 1 − base whatever the case, and says so.
void set_constant_rate(Drawing& drawing, double base) { std::ranges::fill(drawing.failure_rate, base); }
void add_constant_outcome(Drawing& drawing, double base) {
  std::vector<double> positive(drawing.rows);
  for (const std::size_t r : drawing.each_row()) positive[r] = drawing.risk[r] > 0 ? 1 - base : base;
  add_binary_outcome(drawing, positive);
}

std::vector<double> honest_scores(Drawing& drawing, const LabelNoise& noise) {
  std::vector<double> positive(drawing.rows);
  for (const std::size_t r : drawing.each_row()) {
    positive[r] = noise.positive(drawing.risk[r]);
    drawing.failure_rate[r] = std::min(positive[r], 1 - positive[r]);
  }
  return positive;
}

double mean_over(std::span<const double> values, std::span<const std::uint8_t> in) {
  double total = 0, n = 0;
  for (std::size_t r = 0; r < values.size(); ++r) {
    total += in[r] ? values[r] : 0;
    n += in[r];
  }
  return n > 0 ? total / n : 0;
}

void plant(Drawing& drawing, std::vector<ChosenHotspot> hotspots) {
  for (auto& hotspot : hotspots) drawing.plant_hotspot(std::move(hotspot.where), hotspot.rate);
}

}  // namespace

void draw_credit(Drawing& drawing) {
  const auto features = credit_features();
  const std::array shifts{Shift{position(features, "interest_rate"), drawing.row_at(0.6), 0.9}};
  drawing.add_times();
  drawing.add_features(features, shifts);
  const auto positive = honest_scores(drawing, {.cut = 0.8, .epsilon = 0.04, .width = 0.15});
  const auto is = [&](const char* name, const char* value) { return is_category(named(features, name), value); };
  const auto top = [&](const char* name, double low) { return between_quantiles(named(features, name), low, 1); };
  drawing.plant_hotspot({is("channel", "partner"), top("utilisation", 0.7)}, 0.38);
  drawing.plant_hotspot({is("product", "car loan"), is("region", "east")}, 0.34);
  drawing.plant_hotspot({is("employment", "salaried"), is("term_months", "60"), top("loan_amount", 0.8)}, 0.32);
  using namespace std::chrono;
  for (const sys_days monday : {sys_days{2025y / March / 31}, sys_days{2025y / September / 15}})
    drawing.plant_period(micros_of(monday), micros_of(monday + days{7}), 0.32);
  drawing.draw_failures();
  add_binary_outcome(drawing, positive);
}

void draw_null(Drawing& drawing) {
  constexpr double kBase = 0.12;
  drawing.add_times();
  drawing.add_features(credit_features());
  set_constant_rate(drawing, kBase);
  drawing.draw_failures();
  add_constant_outcome(drawing, kBase);
}

void draw_planted(Drawing& drawing) {
  constexpr double kBase = 0.10;
  constexpr std::uint64_t kCountStream = 3'000'011;
  const auto features = credit_features();
  drawing.add_times();
  drawing.add_features(features);
  set_constant_rate(drawing, kBase);
  const std::size_t count = 1 + drawing.rng.fork(kCountStream).below(3);
  plant(drawing,
        choose_hotspots(features, {.count = count, .least_rate = 2.2 * kBase, .most_rate = 3 * kBase}, drawing.rng));
  drawing.draw_failures();
  add_constant_outcome(drawing, kBase);
}

void draw_drift(Drawing& drawing) {
  constexpr double kBase = 0.10, kAfter = 0.18;
  const auto features = credit_features();
  const std::size_t change = drawing.row_at(0.55);
  const std::array shifts{Shift{position(features, "interest_rate"), change, 1.0},
                          Shift{position(features, "channel"), change, 0.6}};
  drawing.add_times();
  drawing.add_features(features, shifts);
  set_constant_rate(drawing, kBase);
  if (change < drawing.rows) drawing.plant_period(drawing.times[change], drawing.times.back() + 1, kAfter);
  drawing.draw_failures();
  add_constant_outcome(drawing, kBase);
}

void draw_miscalibrated(Drawing& drawing) {
  constexpr double kSharpness = 2.5;
  const auto features = credit_features();
  drawing.add_times();
  drawing.add_features(features);
  auto positive = honest_scores(drawing, {.epsilon = 0.08, .width = 0.4});
  drawing.draw_failures();
  Miscalibration part{.where = {is_category(named(features, "region"), "west")}, .sharpness = kSharpness};
  const auto in = drawing.members(part.where);
  for (const std::size_t r : drawing.each_row()) {
    if (!in[r]) continue;
    positive[r] = stats::sigmoid(kSharpness * stats::logit(positive[r]));
    ++part.n;
    part.mean_confidence += std::max(positive[r], 1 - positive[r]);
    part.accuracy += 1 - drawing.failed[r];
  }
  if (part.n > 0) {
    part.mean_confidence /= static_cast<double>(part.n);
    part.accuracy /= static_cast<double>(part.n);
  }
  drawing.truth.miscalibrations.push_back(std::move(part));
  add_binary_outcome(drawing, positive);
}

// Errors are normal with a width that grows with the level, three times as wide in the hotspot. The bound that makes
// an error a failure is the 90th percentile of the absolute errors, as in `errata analyze`.
void draw_numbers(Drawing& drawing) {
  const auto features = credit_features();
  drawing.add_times();
  drawing.add_features(features);
  const std::vector where{is_category(named(features, "product"), "home improvement"),
                          between_quantiles(named(features, "income"), 0.6, 1)};
  const auto in = drawing.members(where);
  Rng stream = drawing.rng.fork(kLabelStream);
  std::vector<double> label(drawing.rows), prediction(drawing.rows), width(drawing.rows), error(drawing.rows);
  for (const std::size_t r : drawing.each_row()) {
    prediction[r] = std::round(4000 * std::exp(-0.4 * drawing.risk[r]));
    width[r] = (in[r] ? 3 : 1) * 0.05 * prediction[r];
    label[r] = std::round(prediction[r] + width[r] * stream.normal());
    error[r] = std::abs(prediction[r] - label[r]);
  }
  auto sorted = error;
  const auto ninetieth = sorted.begin() + static_cast<std::ptrdiff_t>(0.9 * static_cast<double>(drawing.rows));
  std::ranges::nth_element(sorted, ninetieth);
  const double bound = ninetieth == sorted.end() ? 0 : *ninetieth;
  for (const std::size_t r : drawing.each_row())
    drawing.failure_rate[r] = 2 * normal_cdf(-(bound + 0.5) / width[r]);  // labels are whole numbers
  drawing.plant_hotspot(where, 0);
  drawing.truth.hotspots.back().failure_rate = mean_over(drawing.failure_rate, in);
  for (const std::size_t r : drawing.each_row()) drawing.failed[r] = error[r] > bound;
  drawing.truth.failure = "abs(prediction - label) > " + std::to_string(static_cast<std::int64_t>(bound));
  drawing.add_numbers("label", std::move(label));
  drawing.add_numbers("prediction", std::move(prediction));
}

// Four grades with honest scores p_c ∝ exp(−(s − m_c)²/2σ²), mixed with a little of the uniform distribution. The
// prediction is the likeliest grade; where it fails, the label is one of the others in proportion to their scores.
void draw_multiclass(Drawing& drawing) {
  constexpr std::array<double, 4> kCentres{-1.3, -0.3, 0.6, 1.6};
  constexpr double kTwoVariances = 2 * 0.2 * 0.2, kMix = 0.04;
  const auto features = credit_features();
  drawing.add_times();
  drawing.add_features(features);
  std::vector<std::array<double, 4>> scores(drawing.rows);
  for (const std::size_t r : drawing.each_row()) {
    std::array<double, 4> likelihood{};
    const double nearest = std::ranges::min(kCentres, {}, [&](double m) { return std::abs(drawing.risk[r] - m); });
    double total = 0;
    for (std::size_t c = 0; c < 4; ++c) {
      const double far = drawing.risk[r] - kCentres[c], near = drawing.risk[r] - nearest;
      total += likelihood[c] = std::exp((near * near - far * far) / kTwoVariances);
    }
    for (std::size_t c = 0; c < 4; ++c) scores[r][c] = (1 - kMix) * likelihood[c] / total + kMix / 4;
    drawing.failure_rate[r] = 1 - std::ranges::max(scores[r]);
  }
  drawing.plant_hotspot({is_category(named(features, "channel"), "partner"),
                         between_quantiles(named(features, "debt_to_income"), 0.6, 1)},
                        0.4);
  drawing.draw_failures();
  Rng stream = drawing.rng.fork(kLabelStream);
  table::Column label{.name = "label", .kind = table::ColumnKind::categorical, .source_type = "VARCHAR"};
  label.categories = {"A", "B", "C", "D"};
  auto prediction = label;
  prediction.name = "prediction";
  for (const std::size_t r : drawing.each_row()) {
    const auto best = std::ranges::max_element(scores[r]) - scores[r].begin();
    auto others = scores[r];
    others[static_cast<std::size_t>(best)] = 0;
    const std::size_t other = stream.categorical(others);
    prediction.codes.push_back(static_cast<std::int32_t>(best));
    label.codes.push_back(static_cast<std::int32_t>(drawing.failed[r] ? other : static_cast<std::size_t>(best)));
  }
  const auto classes = label.categories;
  drawing.log.columns.push_back(std::move(label));
  drawing.log.columns.push_back(std::move(prediction));
  for (std::size_t c = 0; c < 4; ++c) {
    std::vector<double> column(drawing.rows);
    for (const std::size_t r : drawing.each_row()) column[r] = rounded(scores[r][c]);
    drawing.add_numbers("p_" + classes[c], std::move(column));
  }
}

void draw_wide(Drawing& drawing, std::size_t features) {
  constexpr double kBase = 0.075;
  const auto specification = wide_features(features);
  drawing.add_features(specification);
  Rng stream = drawing.rng.fork(kLabelStream);
  for (auto& value : drawing.risk) value = stream.normal();
  set_constant_rate(drawing, kBase);
  plant(drawing, choose_hotspots(specification, {.count = 3, .least_rate = 0.25, .most_rate = 0.5}, drawing.rng));
  drawing.draw_failures();
  add_constant_outcome(drawing, kBase);
}

void draw_codes(Drawing& drawing, std::size_t features) {
  constexpr double kBase = 0.07;
  const auto specification = code_features(features);
  drawing.add_features(specification);
  set_constant_rate(drawing, kBase);
  plant(drawing, choose_hotspots(specification, {.count = 4, .least_rate = 0.15, .most_rate = 0.35}, drawing.rng));
  drawing.draw_failures();
  drawing.truth.failure = "err = 1";
  drawing.add_numbers("err", {drawing.failed.begin(), drawing.failed.end()}, "INTEGER");
}

}  // namespace errata::simulate
