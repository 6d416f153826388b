#include "errata/report/improve/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/report/improve/json.h"
#include "errata/report/improve/test_example.h"

namespace errata::report {
namespace {

using improve::Improvement;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ImproveTerminal, TellsAccuracyOfEveryRoundAndWhatBecameOfIt) {
  const std::string text = improve_terminal(example_improvement(), {.width = 200});
  // (790/800 + 680/800) / 2 = .91875; (792/800 + 756/800) / 2 = .9675
  for (const char* part :
       {"Held-out accuracy went from 0.919 to 0.968 in 2 rounds, 1 of them kept", "a model of 99,520 parameters",
        "Of 1,600 held-out questions 90 were fixed and 12 broken", "round 1: kept", "0.990", "0.945",
        "round 2: taken back: it forgot", "44 of 800 held-out answers are wrong, 5.5%", "0.962", "813",
        "fixed   302-57= 552 before, 542 now (right: 542)", "broken  9+94= 301 before, 391 now",
        "sub, digits_a 3, digits_b 2, carries 2", "AUROC of 0.971: better than the mean log-probability alone (0.951",
        "The collapse alarm was silent.", "2 min 17 s of processor time", "tune 1 min 1 s"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(ImproveTerminal, ALossIsToldAsALoss) {
  Improvement made = example_improvement();
  made.rounds[0].detection.combined_less_mean = -0.02;
  EXPECT_THAT(improve_terminal(made, {.width = 200}), HasSubstr("worse than the mean log-probability alone"));
  made.rounds[0].detection.combined_p = 0.4;
  EXPECT_THAT(improve_terminal(made, {.width = 200}), HasSubstr("no clear difference from the mean log-probability"));
}

TEST(ImproveTerminal, WithoutTruthItSaysWhoseWordItIs) {
  Improvement made = example_improvement();
  made.options.teacher = improve::Teacher::vote;
  const std::string text = improve_terminal(made, {.width = 300});
  EXPECT_THAT(text, HasSubstr("wrong and development are what the teacher (vote) believed"));
  EXPECT_THAT(text, HasSubstr("near 1 by construction"));
  EXPECT_THAT(text, Not(HasSubstr("better than the mean log-probability")));
  EXPECT_THAT(improve_terminal(example_improvement(), {.width = 300}), Not(HasSubstr("believed")));
}

TEST(ImproveTerminal, TellsWhatTheAlarmDid) {
  Improvement made = example_improvement();
  made.rounds[1].alarm = true;
  EXPECT_THAT(improve_terminal(made, {.width = 300}), HasSubstr("rang in round 2"));
  EXPECT_THAT(improve_terminal(made, {.width = 300}), HasSubstr("It was not what decides here."));
  made.rounds[1].verdict = improve::Verdict::collapse;
  made.rounds[1].back_to = 1;
  EXPECT_THAT(improve_terminal(made, {.width = 300}), HasSubstr("The model of round 1 was taken back."));
}

TEST(ImproveTerminal, WithoutRoundsItSaysSo) {
  const std::string text = improve_terminal(bare_improvement());
  EXPECT_THAT(text, HasSubstr("No round was run; held-out accuracy is 0.919"));
  EXPECT_THAT(text, Not(HasSubstr("McNemar")));
}

TEST(ImproveTerminal, NamesCannotSteerTheTerminal) {
  EXPECT_THAT(improve_terminal(hostile_improvement()), Not(HasSubstr("\x1b")));
}

TEST(ImproveJson, HoldsEveryFigure) {
  const auto json = nlohmann::json::parse(improve_json(example_improvement()));
  EXPECT_EQ(json["schema"], "errata.improve");
  EXPECT_DOUBLE_EQ(json["start_held_out"]["accuracy"], 0.91875);
  EXPECT_EQ(json["rounds"][0]["fixed"], 90);
  EXPECT_EQ(json["rounds"][0]["asked"]["skills"][1]["failures"], 150);
  EXPECT_EQ(json["rounds"][1]["verdict"], "forgot");
  EXPECT_DOUBLE_EQ(json["rounds"][0]["detection"]["signals"]["combined"]["auroc"], 0.971);
  EXPECT_DOUBLE_EQ(json["rounds"][0]["detection"]["withheld_skills"][1]["auditor_auroc"], 0.77);
  EXPECT_TRUE(json["rounds"][1]["detection"]["signals"]["least"]["auroc"].is_null());
  EXPECT_EQ(json["modes"][0]["failures_by_round"][1], 31);
  EXPECT_EQ(json["rounds"][0]["examples"][0]["after"], "542");
  const auto& interval = json["rounds"][0]["held_out"]["skills"][1]["accuracy_interval"];
  EXPECT_LT(interval[0], 0.945);
  EXPECT_GT(interval[1], 0.945);
}

TEST(ImproveJson, NamesOfAnyBytesStayJson) {
  EXPECT_EQ(nlohmann::json::parse(improve_json(hostile_improvement()))["parameters"], 99520);
}

}  // namespace
}  // namespace errata::report
