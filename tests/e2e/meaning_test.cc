// What labels, predictions and scores mean, said by flags and by errata.toml, to every verb that reads a log.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "e2e/command.h"

namespace errata::e2e {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

/// 300 cases with the labels good and bad, the predictions 0 and 1, and P(bad); every tenth is wrong.
std::string credit_log() {
  std::string csv = "age,label,prediction,p,ts\n";
  for (int i = 0; i < 300; ++i) {
    const bool bad = i % 3 == 0, predicted = i % 10 == 0 ? !bad : bad;
    csv += fmt::format("{},{},{},{},2026-01-{:02}\n", 20 + i % 37, bad ? "bad" : "good", predicted ? 1 : 0,
                       predicted ? 0.9 : 0.2, 1 + i / 10);
  }
  return csv;
}

TEST(Meaning, IsSaidToEveryVerb) {
  const Workplace workplace;
  workplace.write("log.csv", credit_log());
  for (const char* verb : {"analyze", "slices", "replay"}) {
    const auto refused = workplace.run({verb, "log.csv"});
    EXPECT_EQ(refused.status, 2) << verb;
    EXPECT_THAT(refused.err, HasSubstr("bad, good against 0, 1; say which are the same, perhaps --map='0=good,1=bad'"));
    const auto mapped = workplace.run({verb, "log.csv", "--map=0=good,1=bad", "--positive", "bad"});
    EXPECT_EQ(mapped.status, 0) << verb << ": " << mapped.err;
  }
  EXPECT_EQ(workplace.run({"compare", "log.csv", "log.csv", "--map=0=good", "--map=1=bad"}).status, 0);
  const auto findings =
      workplace.run({"analyze", "log.csv", "--map", "0=good,1=bad", "--positive", "bad", "--json", "-"});
  EXPECT_EQ(Json::parse(findings.out)["failures"], 30);
}

TEST(Meaning, StandsInErrataToml) {
  const Workplace workplace;
  workplace.write("log.csv", credit_log());
  workplace.write("errata.toml",
                  "[log]\nmap = [\"0=good\", \"1=bad\"]\nclasses = [\"good\", \"bad\"]\ntask = \"classes\"\n"
                  "score-means = \"positive\"\n");
  const auto outcome = workplace.run({"analyze", "log.csv"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("300 cases, 30 failures"));
  EXPECT_THAT(outcome.out, HasSubstr("ROC-AUC"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("warning")));
}

TEST(Meaning, IsToldBySchemaAsAnalyzeTakesIt) {
  const Workplace workplace;
  workplace.write("log.csv", credit_log());
  const auto mapped = workplace.run({"schema", "log.csv", "--map=0=good,1=bad", "--positive", "bad"});
  ASSERT_EQ(mapped.status, 0) << mapped.err;
  EXPECT_THAT(mapped.out, HasSubstr("label and prediction are classes: bad, good; bad is the positive one"));
  EXPECT_THAT(mapped.out, HasSubstr("p is the probability of bad (--score, --score-means, --positive)"));
  EXPECT_THAT(mapped.out, HasSubstr("prediction differs from label: 30 of 300 do"));
  const auto refused = workplace.run({"schema", "log.csv"});
  EXPECT_EQ(refused.status, 0);
  EXPECT_THAT(refused.out, HasSubstr("prediction *"));
  EXPECT_THAT(refused.err, HasSubstr("analyze refuses the log: "));
  EXPECT_THAT(refused.err, HasSubstr("--map='0=good,1=bad'"));
  // A column that gives the outcome away, and one that numbers the rows.
  std::string csv = ",x,y_true,y_pred,correct\n";
  for (int i = 0; i < 60; ++i)
    csv += fmt::format("{},{},{},{},{}\n", i, i % 7, i % 2, i % 5 == 0 ? 1 : i % 2, i % 10 != 0);
  workplace.write("leak.csv", csv);
  const auto leak = workplace.run({"schema", "leak.csv"});
  EXPECT_THAT(leak.out, HasSubstr("features: x (--features, --ignore)"));
  EXPECT_THAT(leak.err, HasSubstr("column correct: no feature, since it gives the outcome away"));
}

TEST(Meaning, WrongWordsAreRefused) {
  const Workplace workplace;
  workplace.write("log.csv", credit_log());
  EXPECT_THAT(workplace.run({"analyze", "log.csv", "--task", "regression"}).err, HasSubstr("classes, numbers"));
  EXPECT_THAT(workplace.run({"analyze", "log.csv", "--map", "bad"}).err, HasSubstr("'bad' is not VALUE=CLASS"));
  EXPECT_THAT(workplace.run({"analyze", "log.csv", "--score-means", "x"}).err, HasSubstr("positive, confidence"));
  EXPECT_THAT(workplace.run({"analyze", "log.csv", "--task", "numbers"}).err,
              HasSubstr("task numbers: label column label does not hold numbers"));
}

TEST(Meaning, WeightedFiguresSaySo) {
  const Workplace workplace;
  std::string csv = "age,label,prediction,weight\n";
  for (int i = 0; i < 60; ++i) csv += fmt::format("{},{},{},{}\n", i % 7, i % 2, i % 3 == 0 ? 1 : i % 2, 1 + i % 4);
  workplace.write("log.csv", csv);
  const auto outcome = workplace.run({"analyze", "log.csv", "-o", "report.html"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("Quality, weighted by weight: accuracy"));
  EXPECT_THAT(workplace.read("report.html"), HasSubstr("weighted by weight"));
}

}  // namespace
}  // namespace errata::e2e
