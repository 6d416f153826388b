#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <random>

#include "errata/simulate/kinds.h"
#include "errata/simulate/logistic.h"

// The simulation of "Introspective failure memory", number for number. Five regimes of 1,000 cases take turns: the
// labels follow a linear rule (0), its opposite (1), the rule and noise (2), something that is not in the features (3),
// and the rule again with features four times as large (4). A logistic regression of the first half is frozen.
//
// Its published table depends on the very numbers that NumPy's legacy generator gives for seed 42, so they are drawn
// the same way: MT19937 with the seeding of its authors, which is that of std::mt19937; 53-bit uniforms of two words;
// Gaussians by the polar method, of each accepted pair the second first. The weights are drawn from the seed, and then
// the cases from the same seed again, so that the first case's features are the weights; this too is as published.

namespace errata::simulate {
namespace {

constexpr std::size_t kWidth = 5, kHidden = 2, kSourceRegimes = 5, kRegimeRows = 1'000;
constexpr std::array<const char*, kSourceRegimes> kRegimeWords{
    "labels follow a linear rule of the features", "labels follow the opposite rule",
    "labels follow the rule and noise", "labels follow something that is not in the features",
    "labels follow the rule, features are four times as large"};

/// NumPy's RandomState.randn.
class LegacyGaussian {
 public:
  explicit LegacyGaussian(std::uint64_t seed) : words_(static_cast<std::mt19937::result_type>(seed)) {}

  double next() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    double x1 = 0, x2 = 0, r2 = 0;
    do {
      x1 = 2 * uniform() - 1;
      x2 = 2 * uniform() - 1;
      r2 = x1 * x1 + x2 * x2;
    } while (r2 >= 1 || r2 == 0);
    const double scale = std::sqrt(-2 * std::log(r2) / r2);
    spare_ = scale * x1;
    has_spare_ = true;
    return scale * x2;
  }

 private:
  double uniform() {
    const auto high = words_() >> 5, low = words_() >> 6;
    return (static_cast<double>(high) * 0x1.0p26 + static_cast<double>(low)) * 0x1.0p-53;
  }
  std::mt19937 words_;
  double spare_ = 0;
  bool has_spare_ = false;
};

struct Case {
  std::array<double, kWidth> x{};
  bool label = false;
  double positive = 0;  ///< P(label = 1) given x and the regime
};

using Weights = std::array<double, kWidth>;
using HiddenWeights = std::array<double, kHidden>;

Case draw_case(std::size_t regime, const Weights& w, const HiddenWeights& v, LegacyGaussian& random) {
  Case one;
  HiddenWeights hidden{};
  for (auto& value : one.x) value = random.next();
  for (auto& value : hidden) value = random.next();
  if (regime == 4)
    for (auto& value : one.x) value *= 4;
  const double score = std::inner_product(w.begin(), w.end(), one.x.begin(), 0.0);
  switch (regime) {
    case 1: one.label = score < 0; break;
    case 2:
      one.label = score + 2 * random.next() > 0;
      one.positive = 0.5 * std::erfc(-score / 2 / std::numbers::sqrt2);
      return one;
    case 3:
      one.label = std::inner_product(v.begin(), v.end(), hidden.begin(), 0.0) > 0;
      one.positive = 0.5;
      return one;
    default: one.label = score > 0; break;
  }
  one.positive = one.label;
  return one;
}

void add_truth(Drawing& drawing) {
  for (std::size_t regime = 0; regime < kSourceRegimes; ++regime)
    drawing.truth.modes.push_back({.words = kRegimeWords[regime], .strength = 1});
  for (std::size_t begin = 0; begin < drawing.rows; begin += kRegimeRows)
    drawing.truth.regimes.push_back({.mode = begin / kRegimeRows % kSourceRegimes,
                                     .begin_row = begin,
                                     .end_row = std::min(begin + kRegimeRows, drawing.rows)});
}

struct Cases {
  std::vector<float> x;  ///< [rows, kWidth], as the model and the log have them
  std::vector<std::uint8_t> labels;
  std::vector<double> positive, regime;
};

Cases draw_cases(std::uint64_t seed, const EachRow& rows) {
  Weights w{};
  HiddenWeights v{};
  LegacyGaussian first(seed);
  for (auto& weight : w) weight = first.next();
  for (auto& weight : v) weight = first.next();
  LegacyGaussian random(seed);
  Cases cases;
  for (const std::size_t t : rows) {
    const std::size_t regime = t / kRegimeRows % kSourceRegimes;
    const Case one = draw_case(regime, w, v, random);
    for (const double value : one.x) cases.x.push_back(static_cast<float>(value));
    cases.labels.push_back(one.label);
    cases.positive.push_back(one.positive);
    cases.regime.push_back(static_cast<double>(regime));
  }
  return cases;
}

void add_features(Drawing& drawing, const Cases& cases) {
  for (std::size_t c = 0; c < kWidth; ++c) {
    std::vector<double> feature(drawing.rows);
    for (const std::size_t t : drawing.each_row()) feature[t] = static_cast<double>(cases.x[t * kWidth + c]);
    drawing.features.push_back("f" + std::to_string(c));
    drawing.add_numbers(drawing.features.back(), std::move(feature), "FLOAT");
  }
}

void add_outcome(Drawing& drawing, const Cases& cases, const LogisticModel& model) {
  std::vector<double> predicted(drawing.rows), p(drawing.rows), p1(drawing.rows);
  for (const std::size_t t : drawing.each_row()) {
    p1[t] = model.probability(std::span(cases.x).subspan(t * kWidth, kWidth));
    const bool one = p1[t] > 0.5;
    predicted[t] = one;
    p[t] = one ? p1[t] : 1 - p1[t];
    drawing.failed[t] = one != (cases.labels[t] != 0);
    drawing.failure_rate[t] = one ? 1 - cases.positive[t] : cases.positive[t];
    drawing.planted[t] = cases.regime[t] >= 1 && cases.regime[t] <= 3;
  }
  drawing.add_numbers("y_true", {cases.labels.begin(), cases.labels.end()}, "INTEGER");
  drawing.add_numbers("y_pred", std::move(predicted), "INTEGER");
  drawing.add_numbers("p", std::move(p));
  drawing.add_numbers("p1", std::move(p1));
}

}  // namespace

void draw_source_stream(Drawing& drawing) {
  const std::size_t trained = drawing.rows / 2;
  auto cases = draw_cases(drawing.truth.seed, drawing.each_row());
  const auto model = fit_logistic({std::span<const float>(cases.x).first(trained * kWidth), trained, kWidth},
                                  std::span(cases.labels).first(trained));
  add_truth(drawing);
  add_features(drawing, cases);
  add_outcome(drawing, cases, model);
  std::vector<double> step(drawing.rows);
  std::iota(step.begin(), step.end(), 0.0);
  drawing.add_numbers("t", std::move(step), "INTEGER");
  drawing.add_split({{"train", trained}, {"eval", drawing.rows}});
  drawing.add_numbers("regime", std::move(cases.regime), "INTEGER");
}

}  // namespace errata::simulate
