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
