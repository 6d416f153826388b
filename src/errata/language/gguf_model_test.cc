#include "errata/language/gguf_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "errata/arrays/test_gguf_content.h"
#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/language/checkpoint.h"
#include "errata/language/test_slow_model.h"

namespace errata::language {
namespace {

using arrays::GgufContent;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// "model.layers.3.mlp.up_proj.weight" -> "blk.3.ffn_up.weight", spelt out.
std::string name_there(std::string name) {
  for (const auto& [here, there] :
       std::vector<std::pair<std::string, std::string>>{{"model.layers", "blk"},
                                                        {"model.embed_tokens", "token_embd"},
                                                        {"model.norm", "output_norm"},
                                                        {"lm_head", "output"},
                                                        {"self_attn.q_proj", "attn_q"},
                                                        {"self_attn.k_proj", "attn_k"},
                                                        {"self_attn.v_proj", "attn_v"},
                                                        {"self_attn.o_proj", "attn_output"},
                                                        {"self_attn.q_norm", "attn_q_norm"},
                                                        {"self_attn.k_norm", "attn_k_norm"},
                                                        {"post_attention_layernorm", "ffn_norm"},
                                                        {"input_layernorm", "attn_norm"},
                                                        {"mlp.gate_proj", "ffn_gate"},
                                                        {"mlp.up_proj", "ffn_up"},
                                                        {"mlp.down_proj", "ffn_down"}})
    if (const auto at = name.find(here); at != std::string::npos) name.replace(at, here.size(), there);
  return name;
}

/// Rows as llama.cpp's converter has them: of each head 0, h/2, 1, h/2 + 1, …
std::vector<float> moved_rows(const std::vector<float>& values, std::size_t rows, std::size_t head) {
  const std::size_t width = values.size() / rows;
  std::vector<float> moved;
  for (std::size_t first = 0; first < rows; first += head)
    for (std::size_t i = 0; i < head / 2; ++i)
      for (const std::size_t row : {first + i, first + i + head / 2})
        moved.insert(moved.end(), values.begin() + static_cast<std::ptrdiff_t>(row * width),
                     values.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
  return moved;
}

GgufContent keys_of(const ModelConfig& config) {
  GgufContent file;
  const std::string family(name_of(config.family));
  file.text_key("general.architecture", family);
  const auto whole = [&](const char* key, std::size_t value) {
    file.whole_key(family + "." + key, static_cast<std::uint32_t>(value));
  };
  whole("block_count", config.layers);
  whole("context_length", config.positions);
  whole("embedding_length", config.hidden);
  whole("feed_forward_length", config.intermediate);
  whole("attention.head_count", config.heads);
  whole("attention.head_count_kv", config.kv_heads);
  whole("attention.key_length", config.head_size());
  file.number_key(family + ".rope.freq_base", static_cast<float>(config.rope_theta));
  file.number_key(family + ".attention.layer_norm_rms_epsilon", static_cast<float>(config.norm_epsilon));
  if (config.rope_scaling.kind == RopeScaling::Kind::linear) {
    file.text_key(family + ".rope.scaling.type", "linear");
    file.number_key(family + ".rope.scaling.factor", static_cast<float>(config.rope_scaling.factor));
  }
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < config.vocabulary; ++i) tokens.push_back("t" + std::to_string(i));
  file.texts_key("tokenizer.ggml.tokens", tokens);
  file.texts_key("tokenizer.ggml.merges", {"t 1"});
  file.text_key("tokenizer.ggml.model", "gpt2");
  file.whole_key("tokenizer.ggml.eos_token_id", 2);
  return file;
}

void add_tensors(GgufContent& file, const Model& model) {
  for (const Part& part : model.plan.parts) {
    std::vector<float> values(model.values.begin() + static_cast<std::ptrdiff_t>(part.offset),
                              model.values.begin() + static_cast<std::ptrdiff_t>(part.offset + part.size()));
    const bool turns = part.name.find("q_proj") != std::string::npos || part.name.find("k_proj") != std::string::npos;
    if (turns && model.config.family == Family::llama)
      values = moved_rows(values, part.shape[0], model.config.head_size());
    file.floats(name_there(part.name), {part.shape.rbegin(), part.shape.rend()}, values);
  }
}

Result<GgufModel> load_content(const GgufContent& file) {
  const TestFolder folder;
  EXPECT_TRUE(write_file(folder / "m.gguf", file.content()));
  return load_gguf(folder / "m.gguf");
}

TEST(GgufModel, EveryFamilyIsReadAsItWas) {
  std::vector<Model> models = models_of_every_kind();
  models.push_back(small_model(false));
  for (const Model& model : models) {
    if (model.config.rope_scaling.kind == RopeScaling::Kind::llama3) continue;  // below
    GgufContent file = keys_of(model.config);
    add_tensors(file, model);
    const auto read = load_content(file);
    ASSERT_TRUE(read) << read.error().message;
    ModelConfig config = read->model.config;
    EXPECT_THAT(config.ends, ElementsAre(2));
    config.ends.clear();
    config.norm_epsilon = model.config.norm_epsilon;  // a float32 in the file
    EXPECT_EQ(config, model.config);
    EXPECT_EQ(read->model.values, model.values);
    EXPECT_EQ(read->tokenizer.tokens.size(), 7U);
    EXPECT_THAT(read->tokenizer.merges, ElementsAre("t 1"));
    EXPECT_EQ(read->tokenizer.end, 2);
    EXPECT_EQ(read->tokenizer.begin, std::nullopt);
  }
}

TEST(GgufModel, FactorsOfFrequenciesAreThoseOfLlama3) {
  ModelConfig config = small_config_of(true);
  config.head_width = 8;
  config.rope_theta = 500'000;
  config.rope_scaling = {
      .kind = RopeScaling::Kind::llama3, .factor = 32, .low_factor = 1, .high_factor = 4, .original_positions = 8192};
  const Model model = lively_model(config, 1);
  const auto with_factors = [&](std::vector<float> factors) {
    GgufContent file = keys_of(config);
    add_tensors(file, model);
    file.floats("rope_freqs.weight", {4}, factors);
    return load_content(file);
  };
  // Frequencies 1, 500,000^-1/4, ^-1/2, ^-3/4 turn 1304, 49, 1.844 and .0693 times within 8,192 positions: two short
  // ones, one with a share of (1.8438 − 1) / 3 = .28126, one long.
  const std::vector<float> factors{1, 1, 1 / (.28126F + .71874F / 32), 32};
  const auto read = with_factors(factors);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->model.config.rope_scaling, config.rope_scaling);
  EXPECT_THAT(with_factors({1, 2, 3, 4}).error().message, HasSubstr("rope_freqs.weight are not those of Llama 3"));
  EXPECT_THAT(with_factors({0, 0, 0, 0}).error().message, HasSubstr("rope_freqs.weight"));
}

TEST(GgufModel, WhatIsNotComputedHereIsRefusedByName) {
  const Model model = small_model(true);
  const auto problem = [&](const std::function<void(GgufContent&)>& add) {
    GgufContent file = keys_of(model.config);
    add(file);
    add_tensors(file, model);
    return load_content(file).error().message;
  };
  EXPECT_THAT(problem([](GgufContent& f) { f.text_key("llama.rope.scaling.type", "yarn"); }),
              HasSubstr("RoPE of type 'yarn'"));
  EXPECT_THAT(problem([](GgufContent& f) { f.whole_key("llama.expert_count", 8); }), HasSubstr("mixtures of experts"));
  EXPECT_THAT(problem([](GgufContent& f) { f.whole_key("llama.rope.dimension_count", 1); }),
              HasSubstr("rope.dimension_count is 1"));
  EXPECT_THAT(problem([](GgufContent& f) { f.floats("blk.0.extra.weight", {1}, {1}); }),
              HasSubstr("'blk.0.extra.weight' has no place"));
  EXPECT_THAT(problem([](GgufContent& f) { f.floats("blk.0.attn_q.bias", {8}, std::vector<float>(8)); }),
              HasSubstr("family llama"));
  GgufContent other;
  other.text_key("general.architecture", "gemma2");
  EXPECT_THAT(load_content(other).error().message, HasSubstr("'gemma2', and llama, qwen2 and qwen3"));
  EXPECT_THAT(load_content(GgufContent()).error().message, HasSubstr("general.architecture is missing"));
}

TEST(GgufModel, TensorsThatDoNotFitAreRefused) {
  const Model model = small_model(true);
  const auto problem = [&](const std::string& left_out, const GgufContent::Tensor& in_its_place) {
    GgufContent file = keys_of(model.config);
    for (const Part& part : model.plan.parts)
      if (name_there(part.name) != left_out)
        file.floats(name_there(part.name), {part.shape.rbegin(), part.shape.rend()}, std::vector<float>(part.size()));
    if (!in_its_place.name.empty()) {
      file.values.resize((file.values.size() + 31) / 32 * 32);
      GgufContent::Tensor tensor = in_its_place;
      tensor.offset = file.values.size();
      file.tensor(tensor);
      file.values.resize(file.values.size() + 4096);
    }
    return load_content(file).error().message;
  };
  EXPECT_THAT(problem("blk.1.ffn_up.weight", {}), HasSubstr("tensor 'blk.1.ffn_up.weight' is missing"));
  EXPECT_THAT(problem("token_embd.weight", {}), HasSubstr("no tensor 'token_embd.weight'"));
  EXPECT_THAT(problem("blk.1.ffn_up.weight", {.name = "blk.1.ffn_up.weight", .sides = {8, 11}}),
              HasSubstr("is [11, 8], it must be [12, 8]"));
  EXPECT_THAT(problem("blk.1.ffn_up.weight", {.name = "blk.1.ffn_up.weight", .sides = {8, 12}, .type = 26}),
              HasSubstr("is of type I32, and what is read is F32, F16"));
  EXPECT_THAT(problem("token_embd.weight", {.name = "token_embd.weight", .sides = {8, 9}}),
              HasSubstr("7 tokens, and an embedding of 9"));
}

TEST(GgufModel, AFileIsAModelForLoadModelToo) {
  const TestFolder folder;
  const Model model = small_model(false);
  GgufContent file = keys_of(model.config);
  add_tensors(file, model);
  ASSERT_TRUE(write_file(folder / "m.gguf", file.content()));
  EXPECT_EQ(load_model(folder / "m.gguf")->values, model.values);
}

}  // namespace
}  // namespace errata::language
