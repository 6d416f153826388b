#include "errata/report/analysis/schema_words.h"

#include <gmock/gmock.h>

namespace errata::report {
namespace {

using testing::ElementsAre;

TEST(SchemaWords, TellWhatIsTakenForWhat) {
  table::PredictionLog log;
  log.rows = 2000;
  log.failed.assign(2000, 0);
  log.failed[3] = 1;
  log.task = table::Task::classes;
  log.classes = {"0", "1"};
  log.positive = "1";
  log.roles.label = "y";
  log.roles.prediction = "p";
  log.roles.score = "s";
  log.score_meaning = table::ScoreMeaning::positive_class;
  log.score_unit = 100;
  log.roles.features = {"a", "b", "c", "d", "e", "f", "g"};
  log.rule.words = "p differs from y";
  EXPECT_THAT(schema_words(log),
              ElementsAre("y and p are classes: 0, 1; 1 is the positive one (--task, --classes, --map, --positive)",
                          "s is the probability of 1, in percent (--score, --score-means, --positive)",
                          "a case fails when p differs from y: 1 of 2,000 do (--failure, --loss)",
                          "features: a, b, c, d, e, f and 1 more (--features, --ignore)"));
}

TEST(SchemaWords, OfNumbersAndOfAnExpression) {
  table::PredictionLog log;
  log.rows = 2;
  log.failed = {0, 1};
  log.rule.words = "x > 3";
  EXPECT_EQ(schema_words(log)[0],
            "no label and prediction: the failure rule alone says what fails (--label, --prediction)");
  log.task = table::Task::numbers;
  log.roles.label = "y";
  log.roles.prediction = "p";
  EXPECT_EQ(schema_words(log)[0], "y and p are numbers (--task classes takes them as classes)");
  EXPECT_EQ(schema_words(log).back(), "no column is a feature (--features, --ignore)");
}

}  // namespace
}  // namespace errata::report
