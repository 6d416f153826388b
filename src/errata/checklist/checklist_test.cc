#include "errata/checklist/checklist.h"

#include <gtest/gtest.h>

#include <set>

namespace errata::checklist {
namespace {

/// An encoder that hardly learned anything: what holds for it holds for any.
Result<std::unique_ptr<relevance::SceneEncoder>> hardly_trained(relevance::SceneEncoderOptions options) {
  options.steps = 1;
  options.batch = 1;
  options.known_scenes = 0;
  return relevance::train_scene_encoder(options);
}

Result<std::unique_ptr<relevance::SceneEncoder>> not_asked(const relevance::SceneEncoderOptions&) {
  ADD_FAILURE() << "an encoder was opened for options that are refused";
  return data_error("not asked");
}

TEST(ChecklistRun, RefusesModesThatThereAreNotAndTooFewSeeds) {
  ThreadPool pool(1);
  for (const int number : {0, -1, 99}) {
    const auto made = run({.modes = {1, number}}, not_asked, pool);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(made.error().message.find(std::to_string(number)), std::string::npos);
  }
  const auto made = run({.seeds = 1}, not_asked, pool);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
}

TEST(ChecklistRun, AnEncoderThatCannotBeOpenedIsItsError) {
  ThreadPool pool(1);
  const auto fails = [](const relevance::SceneEncoderOptions&) -> Result<std::unique_ptr<relevance::SceneEncoder>> {
    return output_error("the cache is full");
  };
  const auto made = run({.modes = {5}, .seeds = 2}, fails, pool);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "the cache is full");
}

TEST(ChecklistRun, EveryModeSaysWhatItIsAbout) {
  std::set<int> numbers;
  std::set<std::string_view> names;
  int last = 0;
  for (const Mode& mode : modes()) {
    EXPECT_GT(mode.number, last) << "modes stand in the order of their numbers";
    last = mode.number;
    numbers.insert(mode.number);
    names.insert(mode.name);
    for (const std::string_view words : {mode.name, mode.words, mode.assumption, mode.mitigation})
      EXPECT_FALSE(words.empty()) << mode.number;
    EXPECT_FALSE(name_of(mode.kind).empty());
  }
  EXPECT_EQ(numbers.size(), modes().size());
  EXPECT_EQ(names.size(), modes().size());
}

TEST(ChecklistRun, BudgetsHoldWhateverAnEncoderSaysAndOnAnyNumberOfThreads) {
  std::vector<Checklist> runs;
  for (const std::size_t threads : {1U, 2U}) {
    ThreadPool pool(threads);
    auto made = run({.modes = {5}, .seeds = 2, .first_seed = 7}, hardly_trained, pool);
    ASSERT_TRUE(made) << made.error().message;
    runs.push_back(std::move(*made));
  }
  ASSERT_EQ(runs[0].modes.size(), 1U);
  const ModeResult& mode = runs[0].modes[0];
  EXPECT_EQ(mode.mode->number, 5);
  ASSERT_GE(mode.contenders.size(), 2U);
  EXPECT_EQ(mode.contenders[0].name, "errata");
  EXPECT_EQ(mode.contenders[1].name, "document");
  for (const Figure& figure : mode.contenders[0].figures) {
    EXPECT_EQ(figure.cases, 2U) << figure.name;
    if (figure.name == "over budget" || figure.name == "inversions") {
      EXPECT_EQ(figure.mean, 0) << figure.name;
    }
  }
  for (std::size_t c = 0; c < mode.contenders.size(); ++c)
    for (std::size_t f = 0; f < mode.contenders[c].figures.size(); ++f)
      EXPECT_EQ(mode.contenders[c].figures[f].mean, runs[1].modes[0].contenders[c].figures[f].mean);
}

}  // namespace
}  // namespace errata::checklist
