#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>

#include "errata/simulate/kinds.h"
#include "errata/simulate/stream_plan.h"
#include "errata/stats/logistic.h"

// Streams on which a memory of failures can be tuned and tested without touching real data.
//
// Problem: what helps on one stream (say, that regimes come back in a cycle) hurts on another. A simulation that is
// always the same is soon fitted. Idea: almost everything is drawn from the seed: how many classes and features there
// are, how strongly cases resemble those before them, how good and how honest the model is, where the modes lie, what
// happens there, when, and how late labels come. The kinds differ in when alone, so that each way can be held against
// the others.
//
// A case has latent standard normal values z, from which its features are made. The truth has log-odds that are linear
// in z plus a few waves that the model does not know; the model has the linear part of what it is shown (missing values
// are 0 to it), with a confidence that is too high or too low by a factor. The truth's probabilities are then changed
// by every active mode that the case lies in: with a share of the cases its `strength`,
//     turn    the label of each class becomes the next class (of two classes: the other one)
//     noise   the label is any class
//     merge   the label of one class becomes a certain other one
// so that the probability of failure of every case is known. Failures are drawn from it, and labels to agree with them.

namespace errata::simulate {
namespace {

constexpr std::uint64_t kRegimeStream = 4'000'002;
constexpr std::uint64_t kGapStream = 4'000'003;
constexpr std::uint64_t kDelayStream = 4'000'004;
constexpr std::uint64_t kStreamLabels = 4'000'005;
constexpr std::uint64_t kTimingStream = 4'000'006;
constexpr std::uint64_t kUnseenStream = 4'000'100;
constexpr std::uint64_t kSharedStream = 4'000'200;
constexpr std::uint64_t kOwnStream = 5'000'000;
constexpr std::uint64_t kLostStream = 6'000'000;
constexpr double kTrain = 0.2, kWarm = 0.4;  // where the parts end

/// Ascending, from 2025-01-01 on: waiting times are exponential, shorter by day than by night, and sometimes 0.
void add_stream_times(Drawing& drawing, const StreamPlan& plan) {
  constexpr double kDay = 86'400e6;
  Rng rng = drawing.rng.fork(kGapStream);
  const std::chrono::sys_days first{std::chrono::year{2025} / 1 / 1};
  const auto start = std::chrono::duration_cast<std::chrono::microseconds>(first.time_since_epoch()).count();
  double at = 0;
  for ([[maybe_unused]] const std::size_t r : drawing.each_row()) {
    const double night = 1 + 0.7 * std::cos(2 * std::numbers::pi * at / kDay);
    const double wait = -std::log1p(-rng.uniform()) * plan.gap_micros * night;
    if (!rng.bernoulli(0.02)) at += std::round(wait);
    drawing.times.push_back(start + static_cast<std::int64_t>(at));
  }
  drawing.log.columns.push_back(
      {.name = "timestamp", .kind = table::ColumnKind::timestamp, .source_type = "TIMESTAMP", .micros = drawing.times});
}

std::vector<double> draw_series(const Series& series, const EachRow& rows, Rng rng) {
  std::vector<double> values(rows.size());
  const double fresh = std::sqrt(1 - series.persistence * series.persistence);
  const double level = std::sqrt(1 - series.swing * series.swing);
  double normal = rng.normal();
  for (const std::size_t r : rows) {
    if (r > 0) normal = series.persistence * normal + fresh * rng.normal();
    const double angle = 2 * std::numbers::pi * static_cast<double>(r) / series.period + series.phase;
    values[r] = level * normal + std::numbers::sqrt2 * series.swing * std::sin(angle);
  }
  return values;
}

bool is_missing(const table::Column& column, std::size_t row) {
  return column.kind == table::ColumnKind::categorical ? column.codes[row] == table::kMissingCode
                                                       : std::isnan(column.numbers[row]);
}

/// Latent values of one case each, as the truth and as the model have them.
struct Latent {
  std::vector<std::vector<double>> all, shown;  ///< [features][rows]
  std::vector<std::vector<double>> unseen;      ///< [classes][rows]
};

Latent add_stream_features(Drawing& drawing, const StreamPlan& plan) {
  std::vector<std::vector<double>> factors;
  for (std::size_t f = 0; f < kFactors; ++f)
    factors.push_back(draw_series(plan.factors[f], drawing.each_row(), drawing.rng.fork(kSharedStream + f)));
  Latent latent;
  for (std::size_t j = 0; j < plan.features.size(); ++j) {
    const Feature& feature = plan.features[j];
    const Series own_series{.persistence = j % 2 == 0 ? plan.own_persistence : 0};
    auto z = draw_series(own_series, drawing.each_row(), drawing.rng.fork(kOwnStream + j));
    const double own = std::sqrt(1 - feature.loading * feature.loading);
    for (const std::size_t r : drawing.each_row()) z[r] = feature.loading * factors[feature.factor][r] + own * z[r];
    auto column = feature_column(feature, z, drawing.rng.fork(kLostStream + j));
    auto shown = z;
    for (const std::size_t r : drawing.each_row())
      if (is_missing(column, r)) shown[r] = 0;
    drawing.features.push_back(column.name);
    drawing.log.columns.push_back(std::move(column));
    latent.all.push_back(std::move(z));
    latent.shown.push_back(std::move(shown));
  }
  for (std::size_t k = 0; k < plan.classes; ++k)
    latent.unseen.push_back(
        draw_series({.persistence = plan.unseen_persistence}, drawing.each_row(), drawing.rng.fork(kUnseenStream + k)));
  return latent;
}

Probabilities softmax(Probabilities log_odds, std::size_t classes) {
  stats::softmax_in_place(std::span(log_odds).first(classes));
  return log_odds;
}

double linear(const StreamPlan& plan, std::size_t k, const std::vector<std::vector<double>>& z, std::size_t row) {
  double sum = 0;
  for (std::size_t j = 0; j < plan.weights[k].size(); ++j) sum += plan.weights[k][j] * z[j][row];
  return sum;
}

Probabilities truth_of(const StreamPlan& plan, const Latent& latent, std::size_t row) {
  Probabilities log_odds{};
  for (std::size_t k = 1; k < plan.classes; ++k) {
    log_odds[k] = linear(plan, k, latent.all, row) + plan.unseen * latent.unseen[k][row];
    for (const auto& wave : plan.waves[k])
      log_odds[k] += wave.height * std::cos(wave.a * latent.all[wave.first][row] +
                                            wave.b * latent.all[wave.second][row] + wave.phase);
  }
  return softmax(log_odds, plan.classes);
}

Probabilities model_of(const StreamPlan& plan, const Latent& latent, std::size_t row) {
  Probabilities log_odds{};
  for (std::size_t k = 1; k < plan.classes; ++k) log_odds[k] = plan.sharpness * linear(plan, k, latent.shown, row);
  return softmax(log_odds, plan.classes);
}

/// Plants the modes and changes the truth of their cases.
void plant_modes(Drawing& drawing, const StreamPlan& plan, std::vector<Probabilities>& truth) {
  const Rng regimes_rng = drawing.rng.fork(kRegimeStream);
  for (std::size_t m = 0; m < plan.modes.size(); ++m) {
    const PlannedMode& mode = plan.modes[m];
    Rng rng = regimes_rng.fork(m);
    const auto regimes = plan_regimes(m, mode.timing, drawing.rows, mode.length, rng);
    const auto strength = strength_over_time(regimes, mode.strength, drawing.rows);
    const auto in = drawing.members(mode.where);
    for (const std::size_t r : drawing.each_row()) {
      if (!in[r] || strength[r] == 0) continue;
      truth[r] = mode.changed(truth[r], strength[r], plan.classes);
      drawing.planted[r] = 1;
    }
    drawing.truth.modes.push_back(
        {.words = std::string(words(mode.effect)), .where = mode.where, .strength = mode.strength});
    drawing.truth.regimes.insert(drawing.truth.regimes.end(), regimes.begin(), regimes.end());
  }
  std::ranges::stable_sort(drawing.truth.regimes, {}, &PlantedRegime::begin_row);
}

void add_two_classes(Drawing& drawing, std::span<const std::size_t> label, std::span<const std::size_t> prediction,
                     std::span<const Probabilities> model) {
  drawing.add_numbers("label", {label.begin(), label.end()}, "INTEGER");
  drawing.add_numbers("prediction", {prediction.begin(), prediction.end()}, "INTEGER");
  std::vector<double> score;
  for (const auto& p : model) score.push_back(p[1]);
  drawing.add_numbers("score", std::move(score));
}

void add_many_classes(Drawing& drawing, std::span<const std::size_t> label, std::span<const std::size_t> prediction,
                      std::span<const Probabilities> model, std::size_t classes) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < classes; ++k) names.emplace_back(1, static_cast<char>('A' + k));
  const auto add = [&](const char* name, std::span<const std::size_t> values) {
    table::Column column{.name = name, .kind = table::ColumnKind::categorical, .source_type = "VARCHAR"};
    column.categories = names;
    for (const auto value : values) column.codes.push_back(static_cast<std::int32_t>(value));
    drawing.log.columns.push_back(std::move(column));
  };
  add("label", label);
  add("prediction", prediction);
  for (std::size_t k = 0; k < classes; ++k) {
    std::vector<double> score;
    for (const auto& p : model) score.push_back(p[k]);
    drawing.add_numbers("p_" + names[k], std::move(score));
  }
}

void add_stream_outcome(Drawing& drawing, const StreamPlan& plan, std::span<const Probabilities> truth,
                        std::span<const Probabilities> model) {
  std::vector<std::size_t> label(drawing.rows), prediction(drawing.rows);
  for (const std::size_t r : drawing.each_row()) {
    prediction[r] = static_cast<std::size_t>(std::ranges::max_element(model[r]) - model[r].begin());
    drawing.failure_rate[r] = std::clamp(1 - truth[r][prediction[r]], 0.0, 1.0);
  }
  drawing.draw_failures();
  Rng rng = drawing.rng.fork(kStreamLabels);
  for (const std::size_t r : drawing.each_row()) {
    auto others = truth[r];
    others[prediction[r]] = 0;
    const double total = std::reduce(others.begin(), others.end());
    if (total == 0) others[(prediction[r] + 1) % plan.classes] = 1;  // then no failure was drawn but by rounding
    const std::size_t other = rng.categorical(others);
    label[r] = drawing.failed[r] ? other : prediction[r];
  }
  if (plan.classes == 2)
    add_two_classes(drawing, label, prediction, model);
  else
    add_many_classes(drawing, label, prediction, model, plan.classes);
}

void add_label_times(Drawing& drawing, const StreamPlan& plan) {
  Rng rng = drawing.rng.fork(kDelayStream);
  const PlantedDelay delay{.median_micros = plan.delay_micros, .spread = plan.delay_spread, .never = plan.never};
  table::Column column{.name = "label_time", .kind = table::ColumnKind::timestamp, .source_type = "TIMESTAMP"};
  for (const auto time : drawing.times) {
    const double late = delay.median_micros * std::exp(delay.spread * rng.normal());
    const bool never = rng.bernoulli(delay.never);
    column.micros.push_back(never ? table::kMissingTime : time + static_cast<std::int64_t>(late));
    column.missing += never;
  }
  drawing.log.columns.push_back(std::move(column));
  drawing.truth.delay = delay;
}

/// @param timing  of mode m, repeated when there are more modes
void draw_stream_of(Drawing& drawing, std::span<const Timing> timing) {
  const StreamPlan plan = plan_stream(timing, drawing.rng);
  add_stream_times(drawing, plan);
  drawing.add_split({{"train", drawing.row_at(kTrain)}, {"warm", drawing.row_at(kWarm)}, {"eval", drawing.rows}});
  const Latent latent = add_stream_features(drawing, plan);
  std::vector<Probabilities> truth(drawing.rows), model(drawing.rows);
  for (const std::size_t r : drawing.each_row()) {
    truth[r] = truth_of(plan, latent, r);
    model[r] = model_of(plan, latent, r);
  }
  plant_modes(drawing, plan, truth);
  add_stream_outcome(drawing, plan, truth, model);
  add_label_times(drawing, plan);
  drawing.truth.failure = "prediction <> label";
}

}  // namespace

void draw_stream(Drawing& drawing) {
  std::array all{Timing::recurrent, Timing::cyclic, Timing::abrupt, Timing::gradual, Timing::stationary};
  Rng rng = drawing.rng.fork(kTimingStream);
  rng.shuffle(std::span<Timing>(all));
  draw_stream_of(drawing, all);
}
void draw_stream_stationary(Drawing& drawing) { draw_stream_of(drawing, std::array{Timing::stationary}); }
void draw_stream_abrupt(Drawing& drawing) { draw_stream_of(drawing, std::array{Timing::abrupt}); }
void draw_stream_gradual(Drawing& drawing) { draw_stream_of(drawing, std::array{Timing::gradual}); }
void draw_stream_cyclic(Drawing& drawing) { draw_stream_of(drawing, std::array{Timing::cyclic}); }

}  // namespace errata::simulate
