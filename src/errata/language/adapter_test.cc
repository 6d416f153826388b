#include "errata/language/adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/arrays/safetensors.h"
#include "errata/base/atomic_file.h"
#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/language/generation.h"
#include "errata/language/test_slow_model.h"

namespace errata::language {
namespace {

using ::testing::HasSubstr;

const std::vector<std::int32_t> kTokens{1, 6, 0, 3, 3, 2, 5};

Adapter adapter_that_does_something(const Model& model, const LoraOptions& options) {
  Adapter adapter = make_adapter(model, options, 4).value();
  Rng rng(2);
  for (float& value : adapter.values) value = static_cast<float>(0.2 * rng.normal());
  return adapter;
}

TEST(Adapter, ANewOneChangesNothing) {
  const Model model = small_model(true);
  const Adapter adapter = make_adapter(model, {.rank = 3}, 1).value();
  EXPECT_EQ(adapter.plan.parts.size(), 2U * 7 * 2);
  EXPECT_EQ(*logits_of(model, &adapter, kTokens), *logits_of(model, nullptr, kTokens));
}

TEST(Adapter, MergedItComputesWhatModelAndAdapterDo) {
  for (const bool tied : {true, false}) {
    const Model model = small_model(tied);
    LoraOptions options{.rank = 3, .alpha = 7};
    if (!tied) options.targets.emplace_back("lm_head");
    const Adapter adapter = adapter_that_does_something(model, options);
    Model merged = model;
    merge(merged, adapter);
    const auto with = logits_of(model, &adapter, kTokens).value(), fused = logits_of(merged, nullptr, kTokens).value(),
               without = logits_of(model, nullptr, kTokens).value();
    float apart = 0, changed = 0;
    for (std::size_t i = 0; i < with.size(); ++i) {
      apart = std::max(apart, std::abs(with[i] - fused[i]));
      changed = std::max(changed, std::abs(with[i] - without[i]));
    }
    EXPECT_LT(apart, 2e-4);
    EXPECT_GT(changed, 0.1);
    // The embedding is as it was, bit for bit.
    EXPECT_TRUE(std::equal(model.values.begin(), model.values.begin() + 7 * 8, merged.values.begin()));
    unmerge(merged, adapter);
    for (std::size_t i = 0; i < merged.values.size(); ++i) EXPECT_NEAR(merged.values[i], model.values[i], 1e-5);
  }
}

TEST(Adapter, ATiedHeadAndAnEmbeddingAreRefused) {
  const Model tied = small_model(true), untied = small_model(false);
  EXPECT_THAT(make_adapter(tied, {.targets = {"lm_head"}}, 1).error().message,
              HasSubstr("(tied), which no adapter changes"));
  EXPECT_TRUE(make_adapter(untied, {.targets = {"lm_head"}}, 1));
  EXPECT_THAT(make_adapter(untied, {.targets = {"embed_tokens"}}, 1).error().message, HasSubstr("no linear map"));
  EXPECT_THAT(make_adapter(tied, {.targets = {"c_attn"}}, 1).error().message, HasSubstr("'c_attn'"));
  EXPECT_THAT(make_adapter(tied, {.targets = {}}, 1).error().message, HasSubstr("without targets"));
  EXPECT_THAT(make_adapter(tied, {.rank = 0}, 1).error().message, HasSubstr("rank 0"));
  EXPECT_THAT(make_adapter(tied, {.alpha = -1}, 1).error().message, HasSubstr("alpha -1"));
}

TEST(Adapter, IsReadBackAsItWasWritten) {
  const TestFolder folder;
  const Model model = small_model(true);
  const Adapter adapter = adapter_that_does_something(model, {.rank = 2, .alpha = 5, .targets = {"q_proj", "up_proj"}});
  ASSERT_TRUE(save_adapter(adapter, folder / "a", "base"));
  const auto read = load_adapter(folder / "a", model);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->values, adapter.values);
  EXPECT_EQ(read->options.alpha, 5);
  EXPECT_EQ(read->plan.parts[0].name, "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight");
  EXPECT_THAT(load_adapter(folder / "a", make_model({.vocabulary = 7, .hidden = 16}, 1).value()).error().message,
              HasSubstr("must be"));
}

TEST(Adapter, ARankStabilisedScaleIsReadAsTheAlphaThatGivesIt) {
  const TestFolder folder;
  const Model model = small_model(true);
  ASSERT_TRUE(save_adapter(make_adapter(model, {.rank = 4, .alpha = 6}, 1).value(), folder / "a", "base"));
  auto config = nlohmann::json::parse(read_file(folder / "a/adapter_config.json").value());
  config["use_rslora"] = true;
  ASSERT_TRUE(write_file(folder / "a/adapter_config.json", config.dump()));
  EXPECT_EQ(load_adapter(folder / "a", model)->options.scale(), 3);  // 6 / √4
}

TEST(Adapter, TargetsMayBeWholeNames) {
  const Model model = small_model(false);
  const auto one = make_adapter(model, {.targets = {"model.layers.1.mlp.up_proj", "self_attn.q_proj"}}, 1);
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->maps.size(), 3U);
  EXPECT_THAT(make_adapter(model, {.targets = {"proj"}}, 1).error().message, HasSubstr("'proj'"));
}

TEST(Adapter, AMapBesideItsAdapterMustBeTheModels) {
  const TestFolder folder;
  const Model model = small_model(false);
  const Adapter adapter = make_adapter(model, {.rank = 2, .targets = {"lm_head"}}, 1).value();
  ASSERT_TRUE(save_adapter(adapter, folder / "a", "base"));
  const auto with_head = [&](std::vector<float> head) {
    std::vector<arrays::FloatTensor> tensors{{"base_model.model.lm_head.base_layer.weight", {7, 8}, head}};
    for (const Part& part : adapter.plan.parts)
      tensors.push_back({part.name, part.shape, std::span(adapter.values).subspan(part.offset, part.size())});
    EXPECT_TRUE(write_file(folder / "a/adapter_model.safetensors", arrays::safetensors_content(tensors)));
    return load_adapter(folder / "a", model);
  };
  const Part& part = *model.plan.find("lm_head.weight");
  std::vector<float> head(model.values.begin() + static_cast<std::ptrdiff_t>(part.offset), model.values.end());
  EXPECT_TRUE(with_head(head));
  head[3] += 1;
  EXPECT_THAT(with_head(head).error().message, HasSubstr("is not the 'lm_head.weight' of this model"));
}

TEST(Adapter, ConfigurationsOfWhatIsNotComputedHereAreRefused) {
  const TestFolder folder;
  const Model model = small_model(true);
  ASSERT_TRUE(save_adapter(make_adapter(model, {.rank = 2}, 1).value(), folder / "a", "base"));
  const auto config = nlohmann::json::parse(read_file(folder / "a/adapter_config.json").value());
  const auto problem = [&](const char* key, const nlohmann::json& value) {
    auto changed = config;
    changed[key] = value;
    EXPECT_TRUE(write_file(folder / "a/adapter_config.json", changed.dump()));
    const auto read = load_adapter(folder / "a", model);
    return read ? "none" : read.error().message;
  };
  EXPECT_THAT(problem("peft_type", "LOHA"), HasSubstr("not LORA"));
  EXPECT_THAT(problem("use_dora", true), HasSubstr("use_dora"));
  EXPECT_THAT(problem("use_qalora", true), HasSubstr("use_qalora"));
  EXPECT_THAT(problem("trainable_token_indices", {1}), HasSubstr("trainable_token_indices"));
  EXPECT_THAT(problem("rank_pattern", {{"q_proj", 4}}), HasSubstr("rank_pattern"));
  EXPECT_THAT(problem("modules_to_save", {"lm_head"}), HasSubstr("modules_to_save"));
  EXPECT_THAT(problem("bias", "all"), HasSubstr("bias"));
  EXPECT_THAT(problem("r", -1), HasSubstr("r is no whole number"));
  EXPECT_THAT(problem("r", 3), HasSubstr("must be [3, 8]"));
  EXPECT_THAT(problem("target_modules", "all-linear"), HasSubstr("target_modules"));
  EXPECT_THAT(problem("target_modules", {"lm_head"}), HasSubstr("tied"));
  EXPECT_THAT(problem("target_modules", {"q_proj"}), HasSubstr("tensors"));
  EXPECT_EQ(problem("lora_dropout", 0.1), "none");
}

}  // namespace
}  // namespace errata::language
