#include "errata/checklist/outsider.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "errata/checklist/allocators.h"
#include "errata/checklist/checklist.h"
#include "errata/checklist/measured.h"

namespace errata::checklist {
namespace {

std::unexpected<BadAnswer> bad(Fault fault) {
  return std::unexpected(BadAnswer{.fault = fault, .message = std::string(name_of(fault))});
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

TEST(ChecklistOfAnOutsider, RefusesModesThatAllocationsDoNotTell) {
  const Outsider outsider{.command = "./mine", .answer = {}};
  ThreadPool pool(1);
  const auto not_opened =
      [](const relevance::SceneEncoderOptions&) -> Result<std::unique_ptr<relevance::SceneEncoder>> {
    return data_error("an encoder was opened");
  };
  const auto made = run({.modes = {1, 9}, .seeds = 2, .first_seed = 1000}, not_opened, pool, {}, nullptr, &outsider);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(made.error().message.find('9'), std::string::npos);
}

}  // namespace
}  // namespace errata::checklist
