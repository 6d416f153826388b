#include "errata/language/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata::language {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Model, PartsLieBehindOneAnotherAndATiedModelHasNoHead) {
  const ModelConfig config{.vocabulary = 5, .hidden = 4, .layers = 1, .heads = 2, .kv_heads = 1, .intermediate = 6};
  const Plan plan = plan_of(config);
  // 5·4 embedding; 4 norm; 16 q; 8 k; 8 v; 16 o; 4 norm; 3·24 feed-forward; 4 norm.
  EXPECT_EQ(plan.size, 152U);
  EXPECT_EQ(plan.parts.size(), 11U);
  EXPECT_THAT(plan.find("model.layers.0.self_attn.k_proj.weight")->shape, ElementsAre(2, 4));
  EXPECT_THAT(plan.find("model.layers.0.mlp.down_proj.weight")->shape, ElementsAre(4, 6));
  EXPECT_EQ(plan.find("lm_head.weight"), nullptr);
  ModelConfig untied = config;
  untied.tied = false;
  EXPECT_EQ(plan_of(untied).size, 172U);
}

TEST(Model, BiasesAndNormsOfHeadsBelongToTheirFamilies) {
  ModelConfig config{.vocabulary = 5, .hidden = 4, .layers = 1, .heads = 2, .kv_heads = 1, .intermediate = 6};
  config.family = Family::qwen2;
  EXPECT_THAT(make_model(config, 1).error().message, HasSubstr("no model of the family qwen2 has"));
  config.input_biases = true;
  const Model model = make_model(config, 1).value();
  EXPECT_EQ(model.plan.size, 152U + 4 + 2 + 2);
  const Part& bias = *model.plan.find("model.layers.0.self_attn.k_proj.bias");
  EXPECT_THAT(bias.shape, ElementsAre(2));
  EXPECT_EQ(model.values[bias.offset], 0);
  config.head_width = 8;  // heads wider than hidden / heads
  EXPECT_THAT(plan_of(config).find("model.layers.0.self_attn.o_proj.weight")->shape, ElementsAre(4, 16));
  config.family = Family::llama;
  EXPECT_THAT(make_model(config, 1).error().message, HasSubstr("family llama"));
}

TEST(Model, FrequenciesAreStretchedAsLlama3Has) {
  const RopeScaling scaling{
      .kind = RopeScaling::Kind::llama3, .factor = 8, .low_factor = 1, .high_factor = 4, .original_positions = 8192};
  EXPECT_EQ(stretched_frequency(1, scaling), 1);                                        // 1304 turns
  EXPECT_DOUBLE_EQ(stretched_frequency(1e-4, scaling), 1e-4 / 8);                       // .13 turns
  EXPECT_NEAR(stretched_frequency(2e-3, scaling), 2e-3 * (.53587 + .46413 / 8), 1e-8);  // 2.6076 turns: share .53587
  EXPECT_EQ(stretched_frequency(.5, {.kind = RopeScaling::Kind::linear, .factor = 4}), .125);
}

TEST(Model, TheSeedSettlesIt) {
  const ModelConfig config{.vocabulary = 5};
  EXPECT_EQ(make_model(config, 1)->values, make_model(config, 1)->values);
  EXPECT_NE(make_model(config, 1)->values, make_model(config, 2)->values);
}

TEST(Model, SizesThatCannotBeAreRefused) {
  const auto problem = [](const ModelConfig& config) { return make_model(config, 1).error().message; };
  EXPECT_EQ(problem({.vocabulary = 1}), "vocabulary 1 is not from 2 to 16777216");
  EXPECT_THAT(problem({.vocabulary = 5, .hidden = 62}), HasSubstr("hidden 62"));
  EXPECT_THAT(problem({.vocabulary = 5, .hidden = 12, .heads = 4}), HasSubstr("even size"));
  EXPECT_EQ(problem({.vocabulary = 5, .kv_heads = 3}), "kv_heads 3 does not divide heads 4");
  EXPECT_THAT(problem({.vocabulary = 5, .rope_theta = -1}), HasSubstr("rope_theta"));
  EXPECT_THAT(problem({.vocabulary = 5, .norm_epsilon = 0}), HasSubstr("norm_epsilon"));
}

}  // namespace
}  // namespace errata::language
