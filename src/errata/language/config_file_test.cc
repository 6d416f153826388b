#include "errata/language/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/language/test_slow_model.h"

namespace errata::language {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

json small_config() { return json::parse(config_content(small_model(true).config)); }

Result<ModelConfig> with(const char* key, const json& value, json config = small_config()) {
  config[key] = value;
  return parse_config(config.dump(), "config.json");
}

std::string problem(const char* key, const json& value) {
  const auto read = with(key, value);
  return read ? "none" : read.error().message;
}

TEST(ConfigFile, IsReadBackAsItWasWritten) {
  std::vector<ModelConfig> configs(6, small_model(false).config);
  configs[1].family = Family::qwen2;
  configs[1].input_biases = true;
  configs[2].family = Family::qwen3;
  configs[2].head_norms = true;
  configs[2].head_width = 6;
  configs[3].input_biases = configs[3].output_bias = configs[3].forward_biases = true;
  configs[4].rope_scaling = {
      .kind = RopeScaling::Kind::llama3, .factor = 8, .low_factor = 1, .high_factor = 4, .original_positions = 8};
  configs[4].ends = {3};
  configs[5].rope_scaling = {.kind = RopeScaling::Kind::linear, .factor = 2};
  configs[5].ends = {3, 5};
  for (const ModelConfig& config : configs) {
    const auto read = parse_config(config_content(config), "x");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, config) << config_content(config);
  }
}

TEST(ConfigFile, BothLayoutsOfRotaryPositionsAreRead) {
  EXPECT_EQ(with("rope_scaling", {{"type", "linear"}, {"factor", 4}})->rope_scaling.factor, 4);
  const auto newer = with("rope_parameters", {{"rope_type", "llama3"},
                                              {"rope_theta", 500'000.0},
                                              {"factor", 32},
                                              {"low_freq_factor", 1},
                                              {"high_freq_factor", 4},
                                              {"original_max_position_embeddings", 8192}});
  ASSERT_TRUE(newer) << newer.error().message;
  EXPECT_EQ(newer->rope_theta, 500'000);
  EXPECT_EQ(newer->rope_scaling.kind, RopeScaling::Kind::llama3);
  EXPECT_EQ(newer->rope_scaling.factor, 32);
  EXPECT_EQ(with("rope_scaling", {{"rope_type", "dynamic"}, {"factor", 2}})->rope_scaling, RopeScaling());
}

TEST(ConfigFile, WhatAFamilyLeavesOutIsAsTransformersHasIt) {
  json config = small_config();
  for (const char* key : {"rms_norm_eps", "num_key_value_heads", "tie_word_embeddings", "rope_theta", "attention_bias"})
    config.erase(key);
  const auto llama = parse_config(config.dump(), "x").value();
  EXPECT_EQ(llama.norm_epsilon, 1e-6);
  EXPECT_EQ(llama.kv_heads, llama.heads);
  EXPECT_FALSE(llama.tied);
  EXPECT_EQ(llama.rope_theta, 10'000);
  EXPECT_FALSE(llama.input_biases);
  config["model_type"] = "qwen2";
  EXPECT_TRUE(parse_config(config.dump(), "x")->input_biases);
  config["model_type"] = "qwen3";
  config.erase("head_dim");
  EXPECT_EQ(parse_config(config.dump(), "x")->head_size(), 128U);
}

TEST(ConfigFile, EndsAreATokenOrAList) {
  EXPECT_THAT(with("eos_token_id", 2)->ends, ElementsAre(2));
  EXPECT_THAT(with("eos_token_id", {2, 4, 1'000})->ends, ElementsAre(2, 4));  // 1,000 is no token of seven
  EXPECT_THAT(problem("eos_token_id", "x"), HasSubstr("eos_token_id"));
  EXPECT_THAT(*parse_ends(R"({"eos_token_id": [7, 8]})", "g"), ElementsAre(7, 8));
  EXPECT_THAT(*parse_ends("{}", "g"), ElementsAre());
}

TEST(ConfigFile, WhatIsNotComputedHereIsRefusedByName) {
  EXPECT_EQ(problem("model_type", "gpt2"),
            "config.json: model_type is \"gpt2\", and llama, qwen2 and qwen3 are computed here");
  EXPECT_THAT(problem("rope_scaling", {{"rope_type", "yarn"}, {"factor", 4}}), HasSubstr("RoPE of type \"yarn\""));
  EXPECT_THAT(problem("rope_scaling", {{"rope_type", "linear"}, {"factor", 0}}), HasSubstr("factor 0"));
  EXPECT_THAT(problem("rope_scaling", {{"rope_type", "llama3"}, {"low_freq_factor", 4}, {"high_freq_factor", 4}}),
              HasSubstr("high_freq_factor"));
  EXPECT_THAT(problem("rope_scaling", 3), HasSubstr("rope_scaling is no object"));
  EXPECT_THAT(problem("rope_parameters", {{"rope_type", "default"}, {"partial_rotary_factor", 0.5}}),
              HasSubstr("partial_rotary_factor"));
  EXPECT_THAT(problem("sliding_window", 128), HasSubstr("sliding_window"));
  EXPECT_THAT(problem("use_sliding_window", true), HasSubstr("use_sliding_window is true"));
  EXPECT_THAT(problem("layer_types", {"full_attention", "sliding_attention"}), HasSubstr("layer_types"));
  EXPECT_THAT(problem("quantization_config", {{"bits", 4}}), HasSubstr("quantization_config"));
  EXPECT_THAT(problem("hidden_act", "gelu"), HasSubstr("hidden_act is \"gelu\""));
}

TEST(ConfigFile, SizesThatCannotBeAreRefused) {
  EXPECT_THAT(problem("head_dim", 7), HasSubstr("even size"));
  EXPECT_THAT(problem("head_dim", 0), HasSubstr("head_dim is 0"));
  EXPECT_THAT(problem("head_dim", 1ULL << 60U), HasSubstr("too wide"));
  EXPECT_THAT(problem("hidden_size", -8), HasSubstr("hidden_size is no whole number"));
  EXPECT_THAT(problem("hidden_size", 1e3), HasSubstr("hidden_size is no whole number"));
  EXPECT_THAT(problem("num_hidden_layers", 1'000'000), HasSubstr("layers 1000000"));
  EXPECT_THAT(problem("num_attention_heads", 0), HasSubstr("heads 0"));
  EXPECT_THAT(problem("tie_word_embeddings", "yes"), HasSubstr("tie_word_embeddings"));
  EXPECT_EQ(problem("torch_dtype", "bfloat16"), "none");
  EXPECT_THAT(parse_config("[1]", "x").error().message, HasSubstr("no JSON object"));
  EXPECT_THAT(parse_config(std::string(1000, '['), "x").error().message, HasSubstr("deep"));
}

}  // namespace
}  // namespace errata::language
