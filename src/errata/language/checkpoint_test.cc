#include "errata/language/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
