#include "errata/language/hidden_states.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "errata/language/generation.h"
#include "errata/nn/runtime.h"

namespace errata::language {
namespace {

using ::testing::HasSubstr;

/// A model whose layers add nothing: what runs through them is the embedding.
Model only_embeds(std::size_t layers) {
  Model model = make_model({.vocabulary = 3,
                            .hidden = 2,
                            .layers = layers,
                            .heads = 1,
                            .kv_heads = 1,
                            .intermediate = 1,
                            .positions = 8,
                            .norm_epsilon = 1e-12},
                           1)
                    .value();
  for (const Part& part : model.plan.parts)
    if (part.name.ends_with("v_proj.weight") || part.name.ends_with("down_proj.weight"))
      std::fill_n(model.values.begin() + static_cast<std::ptrdiff_t>(part.offset), part.size(), 0.0F);
  std::ranges::copy(std::vector<float>{3, 4, 1, 0, 0, 2}, model.values.begin());
  return model;
}

TEST(HiddenStates, AreThoseFromWhichTheAnswerWasTold) {
  const Model model = only_embeds(2);
  const std::vector<std::size_t> layers{0, 1};
  // Question 0 1, answer 2 2 0: told from the states of tokens 1, 2 and 2, whose mean is (1/3, 4/3); the last is (0,
  // 2).
  const std::vector<Example> answered{{.tokens = {0, 1, 2, 2, 0}, .answer = 2}};
  const auto made = hidden_states(model, nullptr, answered, layers).value();
  ASSERT_EQ(made.width, 8U);
  const std::vector<float> by_hand{1 / 3.F, 4 / 3.F, 0, 2, 1 / 3.F, 4 / 3.F, 0, 2};
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(made.states[i], by_hand[i], 1e-6) << i;
}

TEST(HiddenStates, EntropyIsThatOfTheModelsLogits) {
  const Model model = only_embeds(1);
  const std::vector<std::size_t> layers{0};
  const std::vector<Example> answered{{.tokens = {1, 0, 2}, .answer = 1}};
  const auto logits = logits_of(model, nullptr, std::vector<std::int32_t>{1, 0}).value();
  double sum = 0;
  for (std::size_t t = 0; t < 2; ++t) {
    double total = 0;
    for (std::size_t v = 0; v < 3; ++v) total += std::exp(static_cast<double>(logits[t * 3 + v]));
    for (std::size_t v = 0; v < 3; ++v) {
      const double p = std::exp(static_cast<double>(logits[t * 3 + v])) / total;
      sum -= p * std::log(p);
    }
  }
  EXPECT_NEAR(hidden_states(model, nullptr, answered, layers)->entropy[0], sum / 2, 1e-5);
}

TEST(HiddenStates, OfASequenceDoNotDependOnItsCompanyOrTheThreads) {
  const Model model = make_model({.vocabulary = 5, .hidden = 8, .layers = 2, .heads = 2, .kv_heads = 1}, 3).value();
  const std::vector<std::size_t> layers{1};
  std::vector<Example> answered;
  for (std::int32_t i = 0; i < 150; ++i) {
    answered.push_back({.tokens = {i % 5, (i / 5) % 5, 1, (i / 25) % 5, 2}, .answer = i % 2 == 0 ? 2U : 3U});
    if (i % 3 != 0) answered.back().tokens.insert(answered.back().tokens.end(), static_cast<std::size_t>(i % 3), 4);
  }
  nn::set_threads(1);
  const auto one = hidden_states(model, nullptr, answered, layers).value();
  nn::set_threads(3);
  const auto three = hidden_states(model, nullptr, answered, layers).value();
  EXPECT_EQ(one.states, three.states);
  EXPECT_EQ(one.entropy, three.entropy);
  for (std::size_t i = 0; i < answered.size(); ++i) {
    const auto alone = hidden_states(model, nullptr, std::span(answered).subspan(i, 1), layers).value();
    EXPECT_NEAR(alone.entropy[0], one.entropy[i], 1e-5);
    for (std::size_t c = 0; c < one.width; ++c) ASSERT_NEAR(alone.states[c], one.states[i * one.width + c], 1e-5) << i;
  }
}

TEST(HiddenStates, WhatCannotBeReadIsRefused) {
  const Model model = only_embeds(1);
  const std::vector<std::size_t> first{0}, second{1};
  const auto problem = [&](const Example& one, std::span<const std::size_t> layers) {
    return hidden_states(model, nullptr, std::span(&one, 1), layers).error().message;
  };
  EXPECT_THAT(problem({.tokens = {0, 1}, .answer = 1}, second), HasSubstr("layer 1 of a model of 1"));
  EXPECT_THAT(problem({.tokens = {0, 1}, .answer = 2}, first), HasSubstr("begins at token 2 of 2"));
  EXPECT_THAT(problem({.tokens = {0, 7}, .answer = 1}, first), HasSubstr("has not"));
  EXPECT_THAT(problem({.tokens = std::vector<std::int32_t>(9, 1), .answer = 1}, first), HasSubstr("reads 8"));
}

}  // namespace
}  // namespace errata::language
