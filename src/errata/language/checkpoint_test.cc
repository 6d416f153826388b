#include "errata/language/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "errata/arrays/safetensors.h"
#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/language/config_file.h"
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

TEST(Checkpoint, EveryFamilyIsReadBackAsItWasWritten) {
  const TestFolder folder;
  for (const Model& model : models_of_every_kind()) {
    ASSERT_TRUE(save_model(model, folder / "m"));
    const auto read = load_model(folder / "m");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->config, model.config);
    EXPECT_EQ(read->values, model.values);
  }
}

/// A model in two files with an index, some entries of which may be changed.
void save_in_shards(const Model& model, const std::filesystem::path& folder,
                    const std::map<std::string, std::string>& changed = {}) {
  ASSERT_TRUE(save_model(model, folder));
  std::filesystem::remove(folder / "model.safetensors");
  std::map<std::string, std::vector<arrays::FloatTensor>> files;
  nlohmann::json index{{"metadata", {{"total_size", 4 * model.values.size()}}},
                       {"weight_map", nlohmann::json::object()}};
  for (std::size_t p = 0; p < model.plan.parts.size(); ++p) {
    const Part& part = model.plan.parts[p];
    const std::string file = p % 2 == 0 ? "a.safetensors" : "b.safetensors";
    files[file].push_back({part.name, part.shape, std::span(model.values).subspan(part.offset, part.size())});
    index["weight_map"][part.name] = file;
  }
  for (const auto& [name, tensors] : files)
    ASSERT_TRUE(write_file(folder / name, arrays::safetensors_content(tensors)));
  for (const auto& [tensor, file] : changed) index["weight_map"][tensor] = file;
  ASSERT_TRUE(write_file(folder / "model.safetensors.index.json", index.dump()));
}

TEST(Checkpoint, ShardsAreReadByTheirIndex) {
  const TestFolder folder;
  const Model model = small_model(false);
  save_in_shards(model, folder / "m");
  const auto read = load_model(folder / "m");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->values, model.values);
}

TEST(Checkpoint, AnIndexThatDoesNotFitItsFilesIsRefused) {
  const TestFolder folder;
  const auto problem = [&](const std::string& tensor, const std::string& file) {
    save_in_shards(small_model(false), folder / "m", {{tensor, file}});
    return load_model(folder / "m").error().message;
  };
  EXPECT_THAT(problem("lm_head.weight", "../a.safetensors"), HasSubstr("no file of this folder"));
  EXPECT_THAT(problem("lm_head.weight", "a.bin"), HasSubstr("no file of this folder"));
  EXPECT_THAT(problem("lm_head.weight", "c.safetensors"), HasSubstr("the index does not look for there"));
  EXPECT_THAT(problem("more", "b.safetensors"), HasSubstr("there is no tensor 'more'"));
  ASSERT_TRUE(write_file(folder / "m/model.safetensors.index.json", "[]"));
  EXPECT_THAT(load_model(folder / "m").error().message, HasSubstr("weight_map"));
}

TEST(Checkpoint, AHeadBesideATiedEmbeddingMustBeTheEmbedding) {
  const TestFolder folder;
  const Model model = small_model(true);
  ASSERT_TRUE(save_model(model, folder / "m"));
  const auto with_head = [&](std::vector<float> head) {
    std::vector<arrays::FloatTensor> tensors{{"lm_head.weight", {7, 8}, head}};
    for (const Part& part : model.plan.parts)
      tensors.push_back({part.name, part.shape, std::span(model.values).subspan(part.offset, part.size())});
    EXPECT_TRUE(write_file(folder / "m/model.safetensors", arrays::safetensors_content(tensors)));
    return load_model(folder / "m");
  };
  std::vector<float> head(model.values.begin(), model.values.begin() + 7 * 8);
  EXPECT_EQ(with_head(head)->values, model.values);
  head[0] += 1;
  EXPECT_THAT(with_head(head).error().message, HasSubstr("holds lm_head.weight that is not the embedding"));
}

TEST(Checkpoint, EndsOfTheGenerationConfigurationGoFirst) {
  const TestFolder folder;
  Model model = small_model(true);
  model.config.ends = {1};
  ASSERT_TRUE(save_model(model, folder / "m"));
  ASSERT_TRUE(write_file(folder / "m/generation_config.json", R"({"eos_token_id": [3, 5, 900]})"));
  EXPECT_EQ(load_model(folder / "m")->config.ends, (std::vector<std::int32_t>{3, 5}));
  ASSERT_TRUE(write_file(folder / "m/generation_config.json", "{}"));
  EXPECT_EQ(load_model(folder / "m")->config.ends, (std::vector<std::int32_t>{1}));
}

TEST(Checkpoint, TensorsThatDoNotFitTheConfigurationAreRefused) {
  const TestFolder folder;
  const Model tied = small_model(true), untied = small_model(false);
  ASSERT_TRUE(save_model(untied, folder / "m"));
  ASSERT_TRUE(write_file(folder / "m/config.json", config_content(tied.config)));
  EXPECT_THAT(load_model(folder / "m").error().message, HasSubstr("holds lm_head.weight that is not"));
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
