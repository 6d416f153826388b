#include "errata/checklist/outsider.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "errata/base/limits.h"
#include "errata/checklist/allocators.h"
#include "errata/checklist/checklist.h"
#include "errata/checklist/measured.h"

namespace errata::checklist {
namespace {

std::unexpected<BadAnswer> bad(Fault fault) {
  return std::unexpected(BadAnswer{.fault = fault, .message = std::string(name_of(fault))});
}

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

TEST(Questioner, GivesUpInAModeAndTriesAgainInTheNext) {
  std::size_t asked = 0;
  Fault fault = Fault::late;
  const Outsider outsider{.command = "x", .answer = [&](const Task&) -> Result<Answer> {
                            ++asked;
                            return Answer(bad(fault));
                          }};
  Questioner questioner(outsider);
  const Task task;
  const auto ask = [&] { return questioner.answer(task).value().error().fault; };
  questioner.begin_mode();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(), Fault::late);
  EXPECT_EQ(ask(), Fault::not_asked);
  EXPECT_EQ(asked, 3U);
  questioner.begin_mode();
  EXPECT_EQ(ask(), Fault::late);
  EXPECT_EQ(ask(), Fault::not_asked);
  EXPECT_EQ(asked, 4U);
  fault = Fault::outside;  // an answer after all
  questioner.begin_mode();
  for (int i = 0; i < 9; ++i) EXPECT_EQ(ask(), Fault::outside);
  fault = Fault::ended;
  EXPECT_EQ(ask(), Fault::ended);
  EXPECT_EQ(ask(), Fault::ended);
  fault = Fault::over_total;
  EXPECT_EQ(ask(), Fault::over_total) << "not in a row";
}

TEST(Questioner, AnErrorOfErratasOwnIsNoFinding) {
  const Outsider outsider{.command = "x",
                          .answer = [](const Task&) -> Result<Answer> { return output_error("the disk is full"); }};
  Questioner questioner(outsider);
  EXPECT_EQ(questioner.answer({}).error().message, "the disk is full");
}

TEST(MeasuredOfAnOutsider, ABadAnswerFailsItsCaseAndIsCounted) {
  const ThreadPool pool(1);
  Measured measured(4);
  for (const char* name : {kYours, kDocument}) {
    measured.declare(name, "recall", Gate{.limit = .5});
    measured.declare(name, "share", Gate{.limit = .2, .at_least = false});
  }
  for (std::size_t i = 0; i < 4; ++i) measured.describe(i, {.seed = 1000 + i, .scene = "shapes"});
  for (std::size_t i = 0; i < 3; ++i) measured.add(kDocument, "recall", i, .25);
  measured.add(kDocument, "share", 0, .1);
  const Answer good(relevance::Allocation{});
  measured.answered(kYours, 0, good);
  measured.add(kYours, "recall", 0, 1);
  measured.add(kYours, "share", 0, 0);
  measured.answered(kYours, 1, good);  // asked twice
  measured.add(kYours, "recall", 1, 1);
  measured.answered(kYours, 1, bad(Fault::late));
  measured.answered(kYours, 2, bad(Fault::over_total));
  measured.answered(kYours, 2, bad(Fault::late));
  const auto contenders = measured.contenders(pool);
  const auto& figures = contenders.front().figures;
  ASSERT_EQ(figures.size(), 3U);
  EXPECT_EQ(figures[0].values[0], 1);
  EXPECT_EQ(figures[0].values[1], 0);
  EXPECT_EQ(figures[0].values[2], 0) << "measured of the document's, so that it fails";
  EXPECT_TRUE(std::isnan(figures[0].values[3]));
  EXPECT_EQ(figures[1].values[0], 0);
  EXPECT_TRUE(std::isnan(figures[1].values[1])) << "nobody was measured by it there";
  EXPECT_EQ(figures[2].name, Measured::kAnswered);
  EXPECT_EQ(figures[2].cases, 3U);
  EXPECT_NEAR(figures[2].mean, 1.0 / 3, 1e-12);
  EXPECT_FALSE(figures[2].passes());
  EXPECT_EQ(contenders[1].figures.size(), 2U);
  EXPECT_EQ(contenders[1].figures[0].values[1], .25);
  const auto findings = measured.findings();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].fault, Fault::late);
  EXPECT_EQ(findings[0].times, 2U);
  EXPECT_EQ(findings[0].seed, 1001U);
  EXPECT_EQ(findings[1].fault, Fault::over_total);
  EXPECT_EQ(findings[1].first, "over_total");
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
                            if (++asked == 2) return Answer(bad(Fault::repeated));
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

TEST(ChecklistOfAnOutsider, RefusesModesThatAllocationsDoNotTell) {
  const Outsider outsider{.command = "./mine", .answer = {}};
  const auto made = run_judging(outsider, {1, 9});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(made.error().message.find('9'), std::string::npos);
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
