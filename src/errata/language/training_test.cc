#include "errata/language/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/rng.h"
#include "errata/language/generation.h"
#include "errata/language/test_slow_model.h"
#include "errata/nn/runtime.h"

namespace errata::language {
namespace {

using ::testing::HasSubstr;

std::vector<Example> some_examples(std::size_t count) {
  std::vector<Example> batch;
  Rng rng(9);
  for (std::size_t i = 0; i < count; ++i) {
    Example example{.tokens = std::vector<std::int32_t>(3 + rng.below(5)), .answer = 1 + rng.below(2)};
    for (auto& token : example.tokens) token = static_cast<std::int32_t>(rng.below(7));
    batch.push_back(std::move(example));
  }
  return batch;
}

/// (f(w + h) − f(w − h)) / 2h of the slow model.
double slope_by_differences(Model model, std::size_t at, const std::vector<Example>& batch) {
  constexpr float kStep = 1e-2F;
  const float before = model.values[at];
  model.values[at] = before + kStep;
  const double above = SlowModel(model).loss(batch);
  model.values[at] = before - kStep;
  return (above - SlowModel(model).loss(batch)) / (2.0 * kStep);
}

TEST(Slopes, OfEveryTensorAreThoseByDifferences) {
  for (const bool tied : {true, false}) {
    const Model model = small_model(tied);
    const auto batch = some_examples(40);  // two shards, of examples of different lengths
    const Slopes slopes = slopes_of(model, nullptr, batch).value();
    EXPECT_NEAR(slopes.loss, SlowModel(model).loss(batch), 1e-4);
    for (const Part& part : model.plan.parts)
      for (const std::size_t at : {part.offset, part.offset + part.size() / 2}) {
        const double wanted = slope_by_differences(model, at, batch);
        EXPECT_NEAR(slopes.slopes[at], wanted, 2e-3 + 0.01 * std::abs(wanted)) << part.name;
      }
  }
}

TEST(Slopes, OfEveryFamilyAreThoseByDifferences) {
  const auto batch = some_examples(6);
  for (const Model& model : models_of_every_kind()) {
    const Slopes slopes = slopes_of(model, nullptr, batch).value();
    for (const Part& part : model.plan.parts) {
      const std::size_t at = part.offset + part.size() / 2;
      const double wanted = slope_by_differences(model, at, batch);
      EXPECT_NEAR(slopes.slopes[at], wanted, 2e-3 + 0.01 * std::abs(wanted)) << part.name;
    }
  }
}

TEST(Slopes, OfAnAdapterAreThoseOfTheMapsItChanges) {
  const Model model = small_model(true);
  Adapter adapter = make_adapter(model, {.rank = 2, .alpha = 6, .targets = {"k_proj", "down_proj"}}, 4).value();
  Rng rng(2);
  for (float& value : adapter.values) value = static_cast<float>(0.3 * rng.normal());
  const auto batch = some_examples(10);
  const Slopes slopes = slopes_of(model, &adapter, batch).value();
  constexpr float kStep = 1e-2F;
  for (const Part& part : adapter.plan.parts) {
    const std::size_t at = part.offset + 1;
    double losses[2];
    for (const int side : {0, 1}) {
      Adapter moved = adapter;
      moved.values[at] += side == 0 ? -kStep : kStep;
      Model merged = model;
      merge(merged, moved);
      losses[side] = SlowModel(merged).loss(batch);
    }
    EXPECT_NEAR(slopes.slopes[at], (losses[1] - losses[0]) / (2.0 * kStep), 2e-3) << part.name;
  }
}

/// −log of a token's probability, or the divergence from what the model alone expects; mean a token of the answers.
double slow_loss(const Model& model, const Model& adapted, const std::vector<Example>& batch) {
  const auto probabilities = [](std::vector<double> z) {
    double total = 0;
    for (double& one : z) total += one = std::exp(one);
    for (double& one : z) one /= total;
    return z;
  };
  double loss = 0;
  std::size_t count = 0;
  for (const Example& one : batch) {
    const auto alone = SlowModel(model).logits(one.tokens), now = SlowModel(adapted).logits(one.tokens);
    for (std::size_t t = one.answer; t < one.tokens.size(); ++t, ++count) {
      const auto p = probabilities({alone[t - 1].begin(), alone[t - 1].end()}),
                 q = probabilities({now[t - 1].begin(), now[t - 1].end()});
      if (!one.as_model) loss -= std::log(q[static_cast<std::size_t>(one.tokens[t])]);
      for (std::size_t v = 0; one.as_model && v < p.size(); ++v) loss += p[v] * std::log(p[v] / q[v]);
    }
  }
  return loss / static_cast<double>(count);
}

TEST(Slopes, OfExamplesAsTheModelHasThemAreThoseOfTheDivergence) {
  const Model model = small_model(true);
  Adapter adapter = make_adapter(model, {.rank = 2, .alpha = 6, .targets = {"k_proj", "down_proj"}}, 4).value();
  auto batch = some_examples(40);  // two shards
  for (std::size_t i = 0; i < batch.size(); i += 3) batch[i].as_model = true;
  Rng rng(2);
  for (float& value : adapter.values) value = static_cast<float>(0.3 * rng.normal());
  const auto merged = [&](const Adapter& with) {
    Model made = model;
    merge(made, with);
    return made;
  };
  const Slopes slopes = slopes_of(model, &adapter, batch).value();
  EXPECT_NEAR(slopes.loss, slow_loss(model, merged(adapter), batch), 1e-4);
  constexpr float kStep = 1e-2F;
  for (const Part& part : adapter.plan.parts) {
    const std::size_t at = part.offset + 1;
    Adapter above = adapter, below = adapter;
    above.values[at] += kStep;
    below.values[at] -= kStep;
    const double wanted =
        (slow_loss(model, merged(above), batch) - slow_loss(model, merged(below), batch)) / (2.0 * kStep);
    EXPECT_NEAR(slopes.slopes[at], wanted, 2e-3 + 0.01 * std::abs(wanted)) << part.name;
  }
  for (Example& one : batch) one.as_model = true;
  for (float& value : adapter.values) value = 0;
  EXPECT_NEAR(slopes_of(model, &adapter, batch)->loss, 0, 1e-6);  // an adapter that changes nothing
}

/// Counts on: 1 2 3 4 5 6 1 2 …
std::vector<Example> counting(std::size_t step) {
  std::vector<Example> batch;
  Rng rng(step);
  for (std::size_t i = 0; i < 70; ++i) {
    Example example{.tokens = {}, .answer = 1};
    for (std::size_t t = 0, first = rng.below(6); t < 5; ++t)
      example.tokens.push_back(static_cast<std::int32_t>(1 + (first + t) % 6));
    batch.push_back(std::move(example));
  }
  return batch;
}

TEST(Training, LearnsToCount) {
  Model model = make_model({.vocabulary = 7, .hidden = 16, .layers = 1, .positions = 16}, 1).value();
  const auto losses = train_model(model, {.steps = 80, .learning_rate = 1e-2}, counting).value();
  EXPECT_GT(losses.front(), 1.5);  // log 7 = 1.95 by chance
  EXPECT_LT(losses.back(), 0.1);
  const std::vector<std::vector<std::int32_t>> prompts{{5}};
  EXPECT_EQ(generate(model, nullptr, prompts, {.most_tokens = 4})->at(0).tokens,
            (std::vector<std::int32_t>{6, 1, 2, 3}));
}

TEST(Training, IsTheSameOnAnyNumberOfThreads) {
  std::vector<std::vector<float>> models, adapters;
  for (const std::size_t threads : {1U, 2U, 3U}) {
    nn::set_threads(threads);
    Model model = make_model({.vocabulary = 7, .hidden = 16, .layers = 1, .positions = 16}, 1).value();
    ASSERT_TRUE(train_model(model, {.steps = 5}, counting));
    Adapter adapter = make_adapter(model, {.rank = 4}, 2).value();
    const std::vector<float> before = model.values;
    ASSERT_TRUE(train_adapter(model, adapter, {.steps = 5}, counting));
    EXPECT_EQ(model.values, before);
    models.push_back(model.values);
    adapters.push_back(adapter.values);
  }
  nn::set_threads(0);
  EXPECT_EQ(models[0], models[1]);
  EXPECT_EQ(models[0], models[2]);
  EXPECT_EQ(adapters[0], adapters[1]);
  EXPECT_EQ(adapters[0], adapters[2]);
}

TEST(Training, RefusesWhatItCannotLearnFrom) {
  Model model = small_model(true);
  const auto problem = [&](Example example, TrainingOptions options) {
    return train_model(model, options, [&](std::size_t) { return std::vector<Example>{example}; }).error().message;
  };
  EXPECT_THAT(problem({.tokens = {1, 2}, .answer = 2}, {}), HasSubstr("whose answer begins at 2"));
  EXPECT_THAT(problem({.tokens = {1, 2}, .answer = 0}, {}), HasSubstr("whose answer begins at 0"));
  EXPECT_THAT(problem({.tokens = {1, 7}, .answer = 1}, {}), HasSubstr("a token that the model has not"));
  EXPECT_THAT(problem({.tokens = std::vector<std::int32_t>(17), .answer = 1}, {}), HasSubstr("the model reads 16"));
  EXPECT_THAT(problem({.tokens = {1, 2}, .as_model = true}, {}), HasSubstr("no adapter learns"));
  EXPECT_THAT(problem({.tokens = {1, 2}}, {.steps = 0}), HasSubstr("0 steps"));
  EXPECT_THAT(problem({.tokens = {1, 2}}, {.learning_rate = NAN}), HasSubstr("learning rate"));
  EXPECT_THAT(train_model(model, {}, [](std::size_t) { return std::vector<Example>{}; }).error().message,
              HasSubstr("without examples"));
}

}  // namespace
}  // namespace errata::language
