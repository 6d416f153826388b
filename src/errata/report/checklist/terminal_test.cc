#include "errata/report/checklist/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/base/limits.h"
#include "errata/checklist/reading.h"
#include "errata/report/checklist/json.h"
#include "errata/report/checklist/test_example.h"
#include "errata/report/kit/test_text.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ChecklistTerminal, TellsVerdictsFiguresAndGates) {
  const std::string passing = checklist_terminal(example_checklist(.99, .5));
  for (const char* part :
       {"1 of 1 mode passes", "9 scenes a mode", "overallocation (strategic): passes", "≥ 0.95", "0.500"})
    EXPECT_THAT(passing, HasSubstr(part));
  EXPECT_THAT(passing, Not(HasSubstr("it assumes that")));
  const std::string failing = checklist_terminal(example_checklist(.2, .5));
  for (const char* part : {"overallocation does not", "FAILS", "it assumes that the budget suffices", "what helps"})
    EXPECT_THAT(failing, HasSubstr(part));
  EXPECT_THAT(checklist_terminal(example_checklist(.99, .99)), HasSubstr("the mode tells"));
}

TEST(ChecklistTerminal, TellsWhatWasReadAtEqualBudgets) {
  checklist::Checklist made = example_checklist(.99, .5);
  EXPECT_THAT(checklist_terminal(made), Not(HasSubstr("equal budget")));
  made.reading = {example_reading(.9, .3), example_reading(.9, .6)};
  const std::string text = checklist_terminal(made, {.width = 200});
  for (const char* part : {"by relevance of 'scenes'", "40 words in 9 of 12 pictures", "25.0% of them in the mean",
                           "1 left out: not read", "2 left out: down-sampling", "3/16", "0.900",
                           "At 1/4 errata reads 3 times the words of the best other one, cdpruner",
                           "the goal of 2 is reached", "reads 1.5 times", "the goal of 2 is missed"})
    EXPECT_THAT(text, HasSubstr(part));
  made.reading = {example_reading(kNaN, kNaN)};
  EXPECT_THAT(checklist_terminal(made), HasSubstr("Nothing was read"));
  made.reading = {example_reading(.5, 0)};
  EXPECT_THAT(checklist_terminal(made), HasSubstr("only errata reads anything"));
}

TEST(ChecklistJson, HoldsWhatWasRead) {
  checklist::Checklist made = example_checklist(.99, .5);
  EXPECT_EQ(nlohmann::json::parse(checklist_json(made))["reading"], nlohmann::json::array());
  made.reading = {example_reading(.9, .3)};
  const auto json = nlohmann::json::parse(checklist_json(made))["reading"][0];
  EXPECT_EQ(json["relevance"], "scenes");
  EXPECT_EQ(json["pictures"], 12);
  EXPECT_EQ(json["left_out_unread"], 1);
  EXPECT_EQ(json["left_out_easy"], 2);
  EXPECT_EQ(json["budgets"][3], nlohmann::json({{"name", "1/4"}, {"share", .25}}));
  EXPECT_EQ(json["goal_budget"], "1/4");
  EXPECT_EQ(json["best_other"], "cdpruner");
  EXPECT_NEAR(json["times_best_other"].get<double>(), 3, 1e-12);
  EXPECT_EQ(json["allocators"][0]["figures"][5]["mean"], .9);
}

TEST(ChecklistTerminal, SaysWhichAllocatorIsJudgedWhatItDidWrongAndWhatIsLeftOut) {
  const std::string text = checklist_terminal(outsider_checklist(), {.width = 200});
  for (const char* part :
       {"0 of 1 mode pass",
        "Judged: `python3 mine.py`, called “yours” here, beside the document's allocator and Errata's.",
        "Left out, since allocations do not tell it: 9 forgetting, reading at an equal budget.", "answered",
        "- 1 bad answer: no answer in time; the first, at seed 3000001: gave no answer within 30 s",
        "- 2 bad answers: a position outside of the grid; the first, at seed 3000004: position 9 is not in [0, 6)",
        "- not measured, since allocations do not tell it: inversions; of best, concave"})
    EXPECT_THAT(text, HasSubstr(part));
  for (const char* part : {"Judged", "Left out", "bad answer", "not measured"})
    EXPECT_THAT(checklist_terminal(example_checklist()), Not(HasSubstr(part)));
}

TEST(ChecklistTerminal, AnOutsiderPassesWhateverTheDocumentsDoes) {
  checklist::Checklist made = outsider_checklist();
  made.modes.front().findings.clear();
  made.modes.front().contenders.front().figures.back().mean = 1;
  made.modes.front().contenders[1].figures.back().mean = 1;  // the document's passes as well
  EXPECT_TRUE(made.passed());
  EXPECT_THAT(checklist_terminal(made), HasSubstr("1 of 1 mode passes"));
}

TEST(ChecklistJson, TellsTheOutsidersFindings) {
  const auto json = nlohmann::json::parse(checklist_json(outsider_checklist()));
  EXPECT_EQ(json["allocator"], "python3 mine.py");
  EXPECT_EQ(json["left_out"], nlohmann::json({"forgetting", "reading"}));
  EXPECT_EQ(json["passed"], false);
  const auto& mode = json["modes"][0];
  EXPECT_EQ(mode["left_out"], nlohmann::json({"inversions", "of best, concave"}));
  EXPECT_EQ(mode["bad_answers"][1], nlohmann::json({{"fault", "outside"},
                                                    {"times", 2},
                                                    {"first", "position 9 is not in [0, 6)"},
                                                    {"seed", 3'000'004},
                                                    {"file", nullptr}}));
  EXPECT_EQ(mode["real"]["bad_answers"][0]["file"], "a.jpg");
  EXPECT_EQ(mode["real"]["bad_answers"][0]["seed"], nullptr);
  EXPECT_EQ(mode["allocators"][0]["name"], "yours");
  const auto own = nlohmann::json::parse(checklist_json(example_checklist()));
  EXPECT_EQ(own["allocator"], nullptr);
  EXPECT_EQ(own["left_out"], nlohmann::json::array());
  EXPECT_EQ(own["modes"][0]["bad_answers"], nlohmann::json::array());
}

TEST(ChecklistTerminal, RealPicturesAreToldBesideTheScenesAndDecideNothing) {
  const std::string text = checklist_terminal(example_checklist(), {.width = 200});
  for (const char* part :
       {"1 of 1 mode passes", "2 real pictures and 0 videos of photos", "Not usable: c.jpg: damaged",
        "On 2 real pictures:",
        "errata would miss the gate of spread over photos: 1.000, at most 0.05 is asked for, by 1 of 1: a.jpg"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(checklist_terminal(outsider_checklist(), {.width = 200}),
              HasSubstr("1 bad answer: the program ended; the first, at a.jpg: killed"));
  EXPECT_THAT(checklist_terminal(empty_checklist(), {.width = 200}), HasSubstr("there are no real pictures"));
  const auto json = nlohmann::json::parse(checklist_json(example_checklist()));
  EXPECT_EQ(json["real"]["pictures"], 2);
  EXPECT_EQ(json["real"]["left_out"][0], "c.jpg: damaged");
  const auto& real = json["modes"][0]["real"];
  EXPECT_EQ(real["allocators"][1]["name"], "document");
  EXPECT_EQ(real["cases"],
            nlohmann::json::parse(R"([{"file":"a.jpg","kind":"real photo","values":{"spread over photos":1.0}},)"
                                  R"({"file":"texture_b.png","kind":"real void","values":{}}])"));
  EXPECT_EQ(nlohmann::json::parse(checklist_json(empty_checklist()))["real"], nullptr);
}

TEST(ChecklistTerminal, IsNoWiderThanTheTerminal) {
  for (const std::size_t width : {60U, 80U})
    EXPECT_LE(widest_line(checklist_terminal(outsider_checklist(), {.width = width})), width);
  for (const std::size_t width : {60U, 80U, 120U})
    EXPECT_LE(widest_line(checklist_terminal(example_checklist(.2, .5), {.width = width})), width);
}

TEST(ChecklistTerminal, ANarrowTerminalGetsTablesUnderEachOther) {
  const checklist::Checklist made = example_checklist();
  EXPECT_EQ(count_of(checklist_terminal(made, {.width = 80}), "document's fix"), 1U);
  const std::string narrow = checklist_terminal(made, {.width = 60});
  EXPECT_EQ(count_of(narrow, "document's fix"), 2U);
  for (const auto& figure : made.modes.front().contenders.front().figures)
    EXPECT_EQ(count_of(narrow, figure.name), 1U) << figure.name;
}

TEST(ChecklistJson, HoldsEveryModeAllocatorAndFigure) {
  const auto json = nlohmann::json::parse(checklist_json(example_checklist(.99, .5)));
  EXPECT_EQ(json["schema"], "errata.checklist");
  EXPECT_EQ(json["schema_version"], kChecklistSchemaVersion);
  EXPECT_EQ(json["passed"], true);
  EXPECT_EQ(json["first_seed"], 3'000'000);
  const auto& mode = json["modes"][0];
  EXPECT_EQ(mode["number"], 5);
  EXPECT_EQ(mode["class"], "strategic");
  EXPECT_EQ(mode["passed"], true);
  EXPECT_EQ(mode["tells_apart"], true);
  ASSERT_EQ(mode["allocators"].size(), 3U);
  EXPECT_EQ(mode["allocators"][1]["passes"], false);
  const auto& figure = mode["allocators"][0]["figures"][2];
  EXPECT_EQ(figure["interval"], nlohmann::json({.99, 1.0}));
  EXPECT_EQ(figure["gate"], .95);
  EXPECT_EQ(figure["must_be"], "at least");
  const auto& none = mode["allocators"][2]["figures"][0];
  EXPECT_EQ(none["mean"], nullptr);
  EXPECT_FALSE(none.contains("gate"));
  EXPECT_EQ(nlohmann::json::parse(checklist_json(example_checklist(.99, .99)))["passed"], false);
}

}  // namespace
}  // namespace errata::report
