#include "errata/language/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/arrays/safetensors.h"
#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/language/test_slow_model.h"

namespace errata::language {
namespace {

using ::testing::HasSubstr;

TEST(Checkpoint, IsReadBackAsItWasWritten) {
  const TestFolder folder;
  for (const bool tied : {true, false}) {
    const Model model = small_model(tied);
    ASSERT_TRUE(save_model(model, folder / "m"));
    const auto read = load_model(folder / "m");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->config, model.config);
    EXPECT_EQ(read->values, model.values);
  }
}

TEST(Checkpoint, ConfigurationsOfWhatIsNotComputedHereAreRefused) {
  const auto config = nlohmann::json::parse(config_content(small_model(true).config));
  const auto problem = [&](const char* key, const nlohmann::json& value) {
    auto changed = config;
    changed[key] = value;
    const auto read = parse_config(changed.dump(), "config.json");
    return read ? "none" : read.error().message;
  };
  EXPECT_EQ(problem("model_type", "gpt2"), "config.json: model_type is not llama");
  EXPECT_THAT(problem("attention_bias", true), HasSubstr("attention_bias is true"));
  EXPECT_THAT(problem("rope_scaling", {{"type", "linear"}}), HasSubstr("rope_scaling"));
  EXPECT_THAT(problem("hidden_act", "gelu"), HasSubstr("hidden_act"));
  EXPECT_THAT(problem("head_dim", 7), HasSubstr("head_dim is 7"));
  EXPECT_THAT(problem("hidden_size", -8), HasSubstr("hidden_size is no whole number"));
  EXPECT_THAT(problem("hidden_size", 9), HasSubstr("even size"));
  EXPECT_THAT(problem("num_hidden_layers", 1'000'000), HasSubstr("layers 1000000"));
  EXPECT_THAT(problem("tie_word_embeddings", "yes"), HasSubstr("tie_word_embeddings"));
  EXPECT_EQ(problem("torch_dtype", "bfloat16"), "none");
  EXPECT_THAT(parse_config("[1]", "x").error().message, HasSubstr("no JSON object"));
  EXPECT_THAT(parse_config(std::string(1000, '['), "x").error().message, HasSubstr("deep"));
}

TEST(Checkpoint, TensorsThatDoNotFitTheConfigurationAreRefused) {
  const TestFolder folder;
  const Model tied = small_model(true), untied = small_model(false);
  ASSERT_TRUE(save_model(untied, folder / "m"));
  ASSERT_TRUE(write_file(folder / "m/config.json", config_content(tied.config)));
  EXPECT_THAT(load_model(folder / "m").error().message, HasSubstr("holds lm_head.weight"));
  ModelConfig larger = untied.config;
  larger.vocabulary = 1 << 20;
  ASSERT_TRUE(write_file(folder / "m/config.json", config_content(larger)));
  EXPECT_THAT(load_model(folder / "m").error().message, HasSubstr("asks for"));
  ModelConfig other = untied.config;
  other.kv_heads = 4;
  ASSERT_TRUE(write_file(folder / "m/config.json", config_content(other)));
  EXPECT_FALSE(load_model(folder / "m"));
  EXPECT_THAT(load_model(folder / "none").error().message, HasSubstr("config.json"));
}

}  // namespace
}  // namespace errata::language
