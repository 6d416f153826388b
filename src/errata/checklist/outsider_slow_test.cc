// Modes that are run with an outsider: a function that answers what it likes.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "errata/checklist/allocators.h"
#include "errata/checklist/checklist.h"
#include "errata/checklist/measured.h"

namespace errata::checklist {
namespace {

/// Patches at equal distances, with equal budgets; a look goes one patch on for each earlier one.
relevance::Allocation evenly_spread(const Task& task) {
  relevance::Allocation made{
      .grid = {.height = task.picture->height, .width = task.picture->width}, .positions = {}, .budgets = {}};
  const std::size_t count = made.grid.count(), wanted = std::min(kPositions, count);
  const std::size_t shift = task.examined.size() / std::max<std::size_t>(wanted, 1);
  for (std::size_t i = 0; i < wanted; ++i)
    made.positions.push_back(static_cast<std::uint32_t>((i * count / wanted + shift) % count));
  made.budgets.assign(wanted, task.total / wanted);
  return made;
}

/// An encoder that hardly learned anything.
Result<std::unique_ptr<relevance::SceneEncoder>> untrained(relevance::SceneEncoderOptions options) {
  options.steps = 1;
  options.batch = 1;
  options.known_scenes = 0;
  return relevance::train_scene_encoder(options);
}

Result<Checklist> run_judging(const Outsider& outsider, std::vector<int> modes, std::size_t threads = 1) {
  ThreadPool pool(threads);
  return run({.modes = std::move(modes), .seeds = 2, .first_seed = 1000}, untrained, pool, {}, nullptr, &outsider);
}

const Figure& figure_of(const ModeResult& mode, std::string_view name) {
  const auto& figures = mode.contenders.front().figures;
  const auto found = std::ranges::find(figures, name, &Figure::name);
  EXPECT_NE(found, figures.end()) << name;
  return *found;
}

TEST(ChecklistOfAnOutsider, JudgesItBesideTheDocumentsAndErratas) {
  std::vector<Checklist> runs;
  for (const std::size_t threads : {1U, 2U}) {
    const Outsider outsider{.command = "./mine",
                            .answer = [](const Task& task) -> Result<Answer> { return Answer(evenly_spread(task)); }};
    auto made = run_judging(outsider, {2, 5, 10}, threads);
    ASSERT_TRUE(made) << made.error().message;
    runs.push_back(std::move(*made));
  }
  EXPECT_EQ(runs[0].outsider, "./mine");
  for (std::size_t m = 0; m < runs[0].modes.size(); ++m) {
    const ModeResult& mode = runs[0].modes[m];
    SCOPED_TRACE(mode.mode->name);
    EXPECT_TRUE(mode.of_outsider);
    EXPECT_TRUE(mode.findings.empty());
    ASSERT_GE(mode.contenders.size(), 3U);
    EXPECT_EQ(mode.contenders[0].name, kYours);
    EXPECT_EQ(mode.contenders[1].name, kDocument);
    EXPECT_EQ(mode.contenders[2].name, kErrata);
    EXPECT_EQ(figure_of(mode, Measured::kAnswered).mean, 1);
    EXPECT_EQ(mode.holds(), mode.passed()) << "whatever the document's does";
    for (std::size_t f = 0; f < mode.contenders[0].figures.size(); ++f)
      EXPECT_EQ(mode.contenders[0].figures[f].mean, runs[1].modes[m].contenders[0].figures[f].mean);
  }
  EXPECT_GE(figure_of(runs[0].modes[0], "coverage of voids").mean, kEven);
  EXPECT_EQ(figure_of(runs[0].modes[0], "even over scenes").mean, 1) << "it is even whatever is asked";
  EXPECT_FALSE(runs[0].passed());
  EXPECT_EQ(figure_of(runs[0].modes[1], "over budget").mean, 0);
  EXPECT_TRUE(runs[0].modes[1].passed());
  EXPECT_EQ(runs[0].modes[1].left_out,
            (std::vector<std::string>{"inversions", "of best, concave", "of best, threshold"}));
}

TEST(ChecklistOfAnOutsider, NobodyHasAnEmptyRow) {
  const Outsider outsider{.command = "./mine",
                          .answer = [](const Task& task) -> Result<Answer> { return Answer(evenly_spread(task)); }};
  const auto made = run_judging(outsider, {3, 4, 5, 8}, 2);
  ASSERT_TRUE(made) << made.error().message;
  for (const ModeResult& mode : made->modes) {
    const auto& columns = mode.contenders.front().figures;
    for (const Contender& contender : mode.contenders)
      EXPECT_TRUE(std::ranges::any_of(contender.figures,
                                      [&](const Figure& figure) {
                                        return figure.cases > 0 &&
                                               std::ranges::find(columns, figure.name, &Figure::name) != columns.end();
                                      }))
          << mode.mode->name << ", " << contender.name;
  }
}

TEST(ChecklistOfAnOutsider, FramesComeInOrderAndLooksKnowWhatWasExamined) {
  std::map<std::uint64_t, std::vector<std::size_t>> frames;
  std::vector<std::size_t> examined;
  const Outsider outsider{.command = "./mine", .answer = [&](const Task& task) -> Result<Answer> {
                            if (task.frame) {
                              frames[task.frame->video].push_back(task.frame->number);
                            } else {
                              examined.push_back(task.examined.size());
                            }
                            return Answer(evenly_spread(task));
                          }};
  const auto made = run_judging(outsider, {3, 8}, 2);
  ASSERT_TRUE(made) << made.error().message;
  std::map<std::vector<std::size_t>, std::size_t> videos;
  for (const auto& [video, numbers] : frames) ++videos[numbers];
  EXPECT_EQ((videos[{0, 1, 2, 3, 4, 5}]), 4U) << "a pan and a cut a seed";
  EXPECT_LE(videos[{0}], 2U) << "what comes behind a cut, alone";
  EXPECT_EQ(videos.size(), videos.contains({0}) ? 2U : 1U);
  EXPECT_EQ(examined, (std::vector<std::size_t>{0, 273, 546, 819, 1092, 0, 273, 546, 819, 1092}));
  EXPECT_EQ(figure_of(made->modes[1], "unique of visited").mean, 1);
  EXPECT_EQ(made->modes[0].left_out, (std::vector<std::string>{"cuts right", "false cuts"}));
  EXPECT_EQ(figure_of(made->modes[0], "jitter").cases, 2U);
}

TEST(ChecklistOfAnOutsider, BadAnswersFailTheModeInWhichTheyCome) {
  std::size_t asked = 0;
  const Outsider outsider{.command = "./mine", .answer = [&](const Task& task) -> Result<Answer> {
                            if (++asked == 2)
                              return Answer(std::unexpect, BadAnswer{.fault = Fault::repeated, .message = "twice"});
                            return Answer(evenly_spread(task));
                          }};
  const auto made = run_judging(outsider, {5});
  ASSERT_TRUE(made) << made.error().message;
  const ModeResult& mode = made->modes[0];
  EXPECT_FALSE(mode.passed());
  EXPECT_EQ(figure_of(mode, "over budget").values, (std::vector<double>{0, 1}));
  EXPECT_EQ(figure_of(mode, Measured::kAnswered).values, (std::vector<double>{1, 0}));
  ASSERT_EQ(mode.findings.size(), 1U);
  EXPECT_EQ(mode.findings[0].seed, 1001U);
}

TEST(ChecklistOfAnOutsider, ExamplesShowAllThree) {
  ThreadPool pool(1);
  const Outsider outsider{.command = "./mine",
                          .answer = [](const Task& task) -> Result<Answer> { return Answer(evenly_spread(task)); }};
  const auto made = run({.modes = {5, 11}, .seeds = 2, .first_seed = 1000, .examples = true}, untrained, pool, {},
                        nullptr, &outsider);
  ASSERT_TRUE(made) << made.error().message;
  for (const ModeResult& mode : made->modes) {
    SCOPED_TRACE(mode.mode->name);
    ASSERT_FALSE(mode.examples.empty());
    std::set<std::string> names;
    for (const Look& look : mode.examples[0].views[0].looks) names.insert(look.allocator);
    EXPECT_EQ(names, (std::set<std::string>{kYours, kDocument, kErrata}));
  }
}

}  // namespace
}  // namespace errata::checklist
