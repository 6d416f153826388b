#include "errata/checklist/checklist.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
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

TEST(ChecklistRun, EveryCaseIsKeptWithItsValues) {
  ThreadPool pool(2);
  const auto made = run({.modes = {4}, .seeds = 2, .first_seed = 7}, hardly_trained, pool);
  ASSERT_TRUE(made) << made.error().message;
  const ModeResult& mode = made->modes[0];
  EXPECT_TRUE(mode.examples.empty()) << "nobody asked for them";
  ASSERT_GT(mode.cases.size(), 100U);
  EXPECT_TRUE(mode.cases.front().scene.empty()) << "a phrasing alone";
  EXPECT_FALSE(mode.cases.front().query.empty());
  EXPECT_EQ(mode.cases.back().scene, "kitchen");
  EXPECT_EQ(mode.cases.back().seed, 8U);
  for (const Contender& contender : mode.contenders)
    for (const Figure& figure : contender.figures) {
      ASSERT_EQ(figure.values.size(), mode.cases.size());
      const auto measured = std::ranges::count_if(figure.values, [](double value) { return !std::isnan(value); });
      EXPECT_EQ(static_cast<std::size_t>(measured), figure.cases) << figure.name;
    }
}

TEST(ChecklistRun, ExamplesChangeNoFigureAndShowBothAllocators) {
  ThreadPool pool(2);
  const ChecklistOptions options{.modes = {4, 5, 11}, .seeds = 3, .first_seed = 7};
  ChecklistOptions with_examples = options;
  with_examples.examples = true;
  const auto plain = run(options, hardly_trained, pool), made = run(with_examples, hardly_trained, pool);
  ASSERT_TRUE(plain && made);
  for (std::size_t m = 0; m < made->modes.size(); ++m) {
    const ModeResult& mode = made->modes[m];
    SCOPED_TRACE(mode.mode->name);
    for (std::size_t c = 0; c < mode.contenders.size(); ++c)
      for (std::size_t f = 0; f < mode.contenders[c].figures.size(); ++f)
        EXPECT_EQ(mode.contenders[c].figures[f].mean, plain->modes[m].contenders[c].figures[f].mean);
    ASSERT_EQ(mode.examples.size(), 2U);
    EXPECT_EQ(mode.examples[0].shown, Shown::typical);
    EXPECT_NE(mode.examples[0].at, mode.examples[1].at);
    for (const Example& example : mode.examples) {
      EXPECT_FALSE(mode.cases[example.at].scene.empty());
      EXPECT_EQ(example.pictures.size(), 1U) << "views of one scene share its picture";
      EXPECT_EQ(example.pictures[0].width, kExampleSide);
      ASSERT_EQ(example.views.size(), mode.mode->number == 4 ? 2U : 1U);
      for (const View& view : example.views) {
        ASSERT_EQ(view.looks.size(), 2U);
        EXPECT_EQ(view.looks[0].allocator, "errata");
        EXPECT_EQ(view.looks[1].allocator, "document");
        EXPECT_FALSE(view.looks[0].allocation.positions.empty());
      }
    }
  }
}

}  // namespace
}  // namespace errata::checklist
