#include "errata/simulate/stream_plan.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "errata/simulate/drawing.h"

namespace errata::simulate {
namespace {

constexpr std::uint64_t kPlanStream = 4'000'001;

double between(Rng& rng, double low, double high) { return low + (high - low) * rng.uniform(); }
double between_log(Rng& rng, double low, double high) { return std::exp(between(rng, std::log(low), std::log(high))); }

std::vector<Feature> plan_features(Rng& rng) {
  std::vector<Feature> features;
  const std::size_t numbers = 3 + rng.below(7), categories = 1 + rng.below(3);
  for (std::size_t i = 0; i < numbers; ++i) {
    Feature feature{.name = "x" + std::to_string(i + 1), .curve = {.location = between(rng, -2, 5), .step = 0.001}};
    feature.curve.scale = between(rng, 0.5, 2);
    feature.curve.log = rng.bernoulli(0.3);
    if (feature.curve.log) feature.curve.scale = between(rng, 0.3, 0.8);
    features.push_back(std::move(feature));
  }
  for (std::size_t i = 0; i < categories; ++i) {
    Feature feature{.name = "c" + std::to_string(i + 1)};
    const std::size_t count = 2 + rng.below(7);
    double total = 0;
    for (std::size_t k = 0; k < count; ++k) {
      feature.categories.push_back({.name = std::string(1, static_cast<char>('a' + k)), .share = between(rng, 0.3, 1)});
      total += feature.categories.back().share;
    }
    for (auto& category : feature.categories) category.share /= total;
    features.push_back(std::move(feature));
  }
  for (auto& feature : features) {
    feature.factor = rng.below(kFactors);
    feature.loading = between(rng, 0, 0.9);
    if (rng.bernoulli(0.3)) feature.missing = between(rng, 0, 0.1);
  }
  return features;
}

void plan_series(StreamPlan& plan, Rng& rng) {
  const double persistence = rng.bernoulli(0.4) ? 0 : 1 - between_log(rng, 0.003, 0.3);
  for (auto& factor : plan.factors) factor.persistence = persistence;
  plan.own_persistence = persistence;
  if (rng.bernoulli(0.5)) {
    plan.factors[0].swing = between(rng, 0.3, 0.9);
    plan.factors[0].period = between_log(rng, 500, 20'000);
    plan.factors[0].phase = between(rng, 0, 2 * std::numbers::pi);
  }
}

void plan_truth(StreamPlan& plan, Rng& rng) {
  const std::size_t width = plan.features.size();
  const double steepness = between_log(rng, 1.5, 10);
  const double wave_height = steepness * between(rng, 0.05, 0.35);
  for (std::size_t k = 1; k < plan.classes; ++k) {
    auto& weights = plan.weights[k];
    for (std::size_t j = 0; j < width; ++j) weights.push_back(rng.normal());
    const double norm = std::sqrt(std::inner_product(weights.begin(), weights.end(), weights.begin(), 0.0));
    for (auto& weight : weights) weight *= steepness / norm;
    for (auto& wave : plan.waves[k])
      wave = {.a = between(rng, 0.5, 2),
              .b = between(rng, -2, 2),
              .phase = between(rng, 0, 2 * std::numbers::pi),
              .height = wave_height,
              .first = rng.below(width),
              .second = rng.below(width)};
  }
  if (rng.bernoulli(0.5)) {
    plan.unseen = steepness * between(rng, 0.1, 0.6);
    plan.unseen_persistence = 1 - between_log(rng, 0.003, 0.1);
  }
  plan.sharpness = between_log(rng, 0.7, 1.8);
}

/// At most one mode holds everywhere, and none that is always active: a model that is nowhere any good is no model.
void plan_modes(StreamPlan& plan, std::span<const Timing> timing, Rng& rng) {
  const std::size_t count = 2 + rng.below(4);
  auto regions = choose_hotspots(plan.features, {.count = count, .least_support = 0.06, .most_support = 0.5}, rng);
  bool has_everywhere = false;
  const double length = between_log(rng, 150, 2'500);
  for (std::size_t m = 0; m < count; ++m) {
    PlannedMode mode{.timing = timing[m % timing.size()], .effect = static_cast<Effect>(rng.below(3))};
    mode.strength = between(rng, 0.5, 1);
    mode.length = length * between_log(rng, 0.5, 2);
    mode.from = rng.below(plan.classes);
    mode.to = (mode.from + 1 + rng.below(plan.classes - 1)) % plan.classes;
    const bool everywhere = rng.bernoulli(0.25) && mode.timing != Timing::stationary && !has_everywhere;
    if (!everywhere && m >= regions.size()) continue;  // the features allow no more regions
    if (!everywhere) mode.where = std::move(regions[m].where);
    has_everywhere = has_everywhere || everywhere;
    plan.modes.push_back(std::move(mode));
  }
}

void plan_times(StreamPlan& plan, Rng& rng) {
  plan.gap_micros = between_log(rng, 1, 600) * 1e6;
  plan.delay_micros = std::round(plan.gap_micros * between_log(rng, 1, 2'000));
  plan.delay_spread = between(rng, 0.2, 1.2);
  plan.never = rng.bernoulli(1.0 / 3) ? 0 : between(rng, 0, 0.05);
}

}  // namespace

std::string_view words(Effect effect) {
  switch (effect) {
    case Effect::turn: return "the label of each class becomes the next class";
    case Effect::noise: return "the label is any class";
    case Effect::merge: return "the label of one class becomes another";
  }
  ERRATA_CHECK(false);
  return "";
}

Probabilities PlannedMode::changed(const Probabilities& p, double share, std::size_t classes) const {
  Probabilities happened = p;
  switch (effect) {
    case Effect::turn:
      for (std::size_t k = 0; k < classes; ++k) happened[(k + 1) % classes] = p[k];
      break;
    case Effect::noise: std::fill_n(happened.begin(), classes, 1 / static_cast<double>(classes)); break;
    case Effect::merge:
      happened[to] += happened[from];
      happened[from] = 0;
      break;
  }
  Probabilities result{};
  for (std::size_t k = 0; k < classes; ++k) result[k] = (1 - share) * p[k] + share * happened[k];
  return result;
}

StreamPlan plan_stream(std::span<const Timing> timing, const Rng& rng) {
  Rng stream = rng.fork(kPlanStream);
  StreamPlan plan{.features = plan_features(stream)};
  plan.classes = stream.bernoulli(0.6) ? 2 : 3 + stream.below(kMostClasses - 2);
  plan_series(plan, stream);
  plan_truth(plan, stream);
  plan_modes(plan, timing, stream);
  plan_times(plan, stream);
  return plan;
}

}  // namespace errata::simulate
