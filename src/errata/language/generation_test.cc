#include "errata/language/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "errata/language/test_slow_model.h"
#include "errata/nn/runtime.h"

namespace errata::language {
namespace {

using ::testing::HasSubstr;
using Prompts = std::vector<std::vector<std::int32_t>>;

TEST(Logits, OfAModelThatOnlyEmbedsAreThoseComputedByHand) {
  Model model = make_model({.vocabulary = 2,
                            .hidden = 2,
                            .layers = 1,
                            .heads = 1,
                            .kv_heads = 1,
                            .intermediate = 1,
                            .positions = 4,
                            .norm_epsilon = 1e-12},
                           1)
                    .value();
  for (const char* part : {"model.layers.0.self_attn.v_proj.weight", "model.layers.0.mlp.down_proj.weight"}) {
    const Part& of = *model.plan.find(part);
    std::fill_n(model.values.begin() + static_cast<std::ptrdiff_t>(of.offset), of.size(), 0.0F);
  }
  std::ranges::copy(std::vector<float>{3, 4, 1, 0}, model.values.begin());
  // (3, 4) / √(25/2) = (.84853, 1.13137): with (3, 4) that is 7.07107, with (1, 0) .84853. (1, 0) / √(1/2) = (1.41421,
  // 0).
  const auto logits = logits_of(model, nullptr, std::vector<std::int32_t>{0, 1}).value();
  const std::vector<float> by_hand{7.07107F, 0.84853F, 4.24264F, 1.41421F};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(logits[i], by_hand[i], 1e-5) << i;
}

TEST(Logits, AreThoseOfTheFormulas) {
  for (const bool tied : {true, false}) {
    const Model model = small_model(tied);
    const std::vector<std::int32_t> tokens{1, 6, 0, 3, 3, 2, 5};
    const auto logits = logits_of(model, nullptr, tokens).value();
    const auto slow = SlowModel(model).logits(tokens);
    for (std::size_t t = 0; t < tokens.size(); ++t)
      for (std::size_t v = 0; v < 7; ++v) EXPECT_NEAR(logits[t * 7 + v], slow[t][v], 2e-4) << tied << t << v;
  }
}

TEST(Logits, OfEveryFamilyAreThoseOfTheFormulas) {
  const std::vector<Model> models = models_of_every_kind();
  const std::vector<std::int32_t> tokens{1, 6, 0, 3, 3, 2, 5, 4, 4, 1, 0, 6, 2};
  for (std::size_t m = 0; m < models.size(); ++m) {
    const auto logits = logits_of(models[m], nullptr, tokens).value();
    const auto slow = SlowModel(models[m]).logits(tokens);
    for (std::size_t t = 0; t < tokens.size(); ++t)
      for (std::size_t v = 0; v < 7; ++v) ASSERT_NEAR(logits[t * 7 + v], slow[t][v], 3e-4) << m << " " << t << " " << v;
  }
}

TEST(Generation, OfEveryFamilyIsTheSameWithAndWithoutACache) {
  for (const Model& model : models_of_every_kind()) {
    const Prompts prompts{{1, 2}, {3, 4}, {5, 6, 0}};
    const auto cached = generate(model, nullptr, prompts, {.most_tokens = 9}).value();
    const auto again = generate(model, nullptr, prompts, {.most_tokens = 9, .cache = false}).value();
    for (std::size_t i = 0; i < prompts.size(); ++i) EXPECT_EQ(cached[i].tokens, again[i].tokens);
  }
}

TEST(Generation, DoesNotDependOnItsCompany) {
  Prompts prompts;
  for (std::int32_t i = 0; i < 40; ++i) {
    prompts.emplace_back();
    for (std::int32_t t = 0; t <= i % 7; ++t) prompts.back().push_back((i + t * (i / 7)) % 7);
  }
  for (const Model& model : models_of_every_kind()) {
    const GenerationOptions options{.most_tokens = 8, .end = 3};
    const auto together = generate(model, nullptr, prompts, options).value();
    std::size_t ended = 0;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      const Answer alone = generate(model, nullptr, std::span(prompts).subspan(i, 1), options).value()[0];
      ASSERT_EQ(together[i].tokens, alone.tokens) << i;
      ASSERT_EQ(together[i].ended, alone.ended) << i;
      for (std::size_t t = 0; t < alone.log_probabilities.size(); ++t)
        ASSERT_NEAR(together[i].log_probabilities[t], alone.log_probabilities[t], 1e-4) << i;
      ended += alone.ended ? 1 : 0;
    }
    EXPECT_GT(ended, 0U);
    EXPECT_LT(ended, prompts.size());
  }
}

TEST(Generation, TheModelsOwnEndsEndAnAnswerToo) {
  Model model = small_model(true);
  const Prompts prompts{{1, 2}};
  const Answer plain = generate(model, nullptr, prompts, {.most_tokens = 6, .end = -1}).value()[0];
  ASSERT_EQ(plain.tokens.size(), 6U);
  model.config.ends = {plain.tokens[2]};
  const Answer ended = generate(model, nullptr, prompts, {.most_tokens = 6, .end = -1}).value()[0];
  EXPECT_TRUE(ended.ended);
  EXPECT_LE(ended.tokens.size(), 2U);
  EXPECT_EQ(ended.log_probabilities.size(), ended.tokens.size() + 1);
}

TEST(Generation, WithAndWithoutACacheIsTheSame) {
  const Model model = small_model(true);
  Prompts prompts;
  for (std::int32_t i = 0; i < 150; ++i) {
    prompts.push_back({i % 7, (i / 7) % 7, 2});
    if (i % 2 == 0) prompts.back().push_back(i % 5);
  }
  for (const double temperature : {0.0, 1.0}) {
    const GenerationOptions options{.most_tokens = 8, .temperature = temperature, .seed = 5};
    GenerationOptions plain = options;
    plain.cache = false;
    const auto cached = generate(model, nullptr, prompts, options).value();
    const auto read_again = generate(model, nullptr, prompts, plain).value();
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      ASSERT_EQ(cached[i].tokens, read_again[i].tokens) << i;
      ASSERT_EQ(cached[i].ended, read_again[i].ended);
      ASSERT_EQ(cached[i].log_probabilities.size(), cached[i].tokens.size() + (cached[i].ended ? 1 : 0));
      for (std::size_t t = 0; t < cached[i].log_probabilities.size(); ++t)
        EXPECT_NEAR(cached[i].log_probabilities[t], read_again[i].log_probabilities[t], 1e-4);
    }
  }
}

TEST(Generation, TakesTheLikeliestTokenAndKeepsItsProbability) {
  const Model model = small_model(false);
  const std::vector<std::int32_t> prompt{4, 1};
  const Answer made = generate(model, nullptr, Prompts{prompt}, {.most_tokens = 1, .end = 0}).value()[0];
  const auto slow = SlowModel(model).logits(prompt).back();
  const auto best = std::ranges::max_element(slow);
  double total = 0;
  for (const double z : slow) total += std::exp(z);
  const auto token = static_cast<std::int32_t>(best - slow.begin());
  EXPECT_EQ(made.ended, token == 0);
  EXPECT_EQ(made.tokens, token == 0 ? std::vector<std::int32_t>{} : std::vector<std::int32_t>{token});
  EXPECT_NEAR(made.log_probabilities[0], *best - std::log(total), 1e-4);
  EXPECT_EQ(made.mean_log_probability(), made.least_log_probability());
}

TEST(Generation, IsTheSameOnAnyNumberOfThreads) {
  const Model model = small_model(true);
  Prompts prompts;
  for (std::int32_t i = 0; i < 300; ++i) prompts.push_back({i % 7, (i / 7) % 7, (i / 49) % 7});
  const GenerationOptions options{.most_tokens = 6, .temperature = 0.8, .seed = 11};
  std::vector<std::vector<Answer>> made;
  for (const std::size_t threads : {1U, 2U, 3U}) {
    nn::set_threads(threads);
    made.push_back(generate(model, nullptr, prompts, options).value());
  }
  nn::set_threads(0);
  for (std::size_t i = 0; i < prompts.size(); ++i)
    for (const std::size_t other : {1U, 2U}) {
      EXPECT_EQ(made[0][i].tokens, made[other][i].tokens);
      EXPECT_EQ(made[0][i].log_probabilities, made[other][i].log_probabilities);
    }
}

TEST(Generation, RefusesWhatItCannotRead) {
  const Model model = small_model(true);
  const auto problem = [&](Prompts prompts, GenerationOptions options) {
    return generate(model, nullptr, prompts, options).error().message;
  };
  EXPECT_THAT(problem({{}}, {}), HasSubstr("without tokens"));
  EXPECT_THAT(problem({{7}}, {.most_tokens = 2}), HasSubstr("a token that the model has not"));
  EXPECT_THAT(problem({{-1}}, {.most_tokens = 2}), HasSubstr("a token that the model has not"));
  EXPECT_THAT(problem({{1, 2, 3}}, {.most_tokens = 14}), HasSubstr("the model reads 16"));
  EXPECT_THAT(problem({{1}}, {.temperature = NAN}), HasSubstr("temperature"));
}

}  // namespace
}  // namespace errata::language
