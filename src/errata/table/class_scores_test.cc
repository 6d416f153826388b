// Which columns are scores of classes, by their names and values.
#include "errata/table/class_scores.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <vector>

#include "errata/base/test_folder.h"
#include "errata/table/test_reading.h"

namespace errata::table {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::array<const char*, 3> kAnimals{"cat", "dog", "fox"};

/// 90 rows of three classes and a score column each, and one for a class without cases; every sixth is wrong.
PredictionLog read_scores(const std::vector<std::string>& columns, ReadOptions options = {}) {
  const TestFolder folder;
  std::string csv = "x,label,pred";
  for (const std::string& name : columns) csv += "," + name;
  csv += "\n";
  for (int i = 0; i < 90; ++i) {
    const int guess = i % 3, truth = i % 6 == 0 ? (guess + 1) % 3 : guess;
    csv += fmt::format("{},{},{}", i * 7 % 11, kAnimals[std::size_t(truth)], kAnimals[std::size_t(guess)]);
    const double rest = columns.size() == 3 ? 0.15 : 0.1;
    for (int c = 0; c < int(columns.size()); ++c)
      csv += fmt::format(",{}", c == guess ? 1 - rest * double(columns.size() - 1) : rest);
    csv += "\n";
  }
  options.paths = {folder.file("log.csv", csv)};
  return must_read(options);
}

TEST(ClassScores, NamesInAnyCaseAndOrder) {
  const auto scores_in = [](const std::vector<std::string>& columns) {
    const PredictionLog log = read_scores(columns);
    EXPECT_THAT(log.roles.features, ElementsAre("x")) << columns.front();
    return log.roles.scores;
  };
  for (const auto& columns : std::vector<std::vector<std::string>>{{"Prob_Cat", "Prob_Dog", "Prob_Fox"},
                                                                   {"cat_prob", "dog_prob", "fox_prob"},
                                                                   {"P(cat)", "P(dog)", "P(fox)"},
                                                                   {"cat", "dog", "fox"},
                                                                   {"probCat", "probDog", "probFox"},
                                                                   {"rf.cat.score", "rf.dog.score", "rf.fox.score"}})
    EXPECT_EQ(scores_in(columns), columns);
  const PredictionLog four = read_scores({"Prob_Cat", "Prob_Dog", "Prob_Fox", "Prob_Owl"});
  EXPECT_THAT(four.roles.scores, ElementsAre("Prob_Cat", "Prob_Dog", "Prob_Fox", "Prob_Owl"));
  EXPECT_THAT(four.classes, ElementsAre("cat", "dog", "fox", "owl"));
}

TEST(ClassScores, NumbersStandForClassesInOrderOrAreLeftOutTogether) {
  EXPECT_THAT(read_scores({"p_0", "p_1", "p_2"}).roles.scores, ElementsAre("p_0", "p_1", "p_2"));
  EXPECT_THAT(read_scores({"p1", "p2", "p3"}).roles.scores, ElementsAre("p1", "p2", "p3"));
  for (const auto& columns : std::vector<std::vector<std::string>>{{"p_0", "p_1", "p_2", "p_3"},
                                                                   {"prob0", "prob1", "prob2", "prob3"},
                                                                   {"y_prob_1", "y_prob_2", "y_prob_3", "y_prob_4"}}) {
    const PredictionLog log = read_scores(columns);
    EXPECT_THAT(log.roles.features, ElementsAre("x"));
    EXPECT_EQ(log.roles.score, std::nullopt);
    EXPECT_THAT(log.roles.scores, IsEmpty());
    EXPECT_THAT(log.warnings,
                Contains(HasSubstr(fmt::format("columns {}, {}, {}, {}: ignored: they are scores of classes",
                                               columns[0], columns[1], columns[2], columns[3]))));
    EXPECT_THAT(log.warnings, Contains(HasSubstr("--classes names one for each")));
  }
  const PredictionLog named = read_scores({"p_0", "p_1", "p_2", "p_3"}, {.classes = {"cat", "dog", "fox", "owl"}});
  EXPECT_THAT(named.roles.scores, ElementsAre("p_0", "p_1", "p_2", "p_3"));
  EXPECT_THAT(named.classes, ElementsAre("cat", "dog", "fox", "owl"));
}

TEST(ClassScores, NumbersInAnotherOrderThanTheClassesAreLeftOut) {
  const PredictionLog log = read_scores({"p_1", "p_2", "p_0"});  // p_1 is that of cat
  EXPECT_THAT(log.roles.scores, IsEmpty());
  EXPECT_EQ(log.roles.score, std::nullopt);
  EXPECT_THAT(log.roles.features, ElementsAre("x"));
}

TEST(ClassScores, OneColumnOfTwoClassesIsTheScore) {
  const TestFolder folder;
  const auto log_of = [&](const std::string& column, bool quiet) {
    std::string csv = "x,label,pred," + column + "\n";
    for (int i = 0; i < 60; ++i) {
      const bool guess = !quiet && i % 2 == 1, truth = !quiet && i % 5 == 0 ? !guess : guess;
      csv += fmt::format("{},{},{},{}\n", i % 7, truth ? "bad" : "good", guess ? "bad" : "good",
                         0.01 * (i % 40) + (guess ? 0.6 : 0.0));
    }
    return must_read({.paths = {folder.file("log.csv", csv)}});
  };
  for (const char* column : {"prob_bad", "Bad_Probability", "P(bad)"}) {
    const PredictionLog log = log_of(column, false);
    EXPECT_EQ(log.roles.score, column);
    EXPECT_EQ(log.positive, "bad");
    EXPECT_EQ(log.score_meaning, ScoreMeaning::positive_class);
    EXPECT_THAT(log.roles.features, ElementsAre("x"));
  }
  const PredictionLog quiet = log_of("prob_bad", true);
  EXPECT_THAT(quiet.roles.features, ElementsAre("x"));
  EXPECT_THAT(quiet.warnings, Contains(HasSubstr("prob_bad")));
  const PredictionLog quiet_good = log_of("prob_good", true);
  EXPECT_THAT(quiet_good.roles.features, ElementsAre("x"));
}

TEST(ClassScores, FeaturesAreNoScores) {
  const TestFolder folder;
  std::string csv = "x,label,pred,sex_0,sex_1,cat,dog,p_value\n";  // one of two, and how many of each live there
  for (int i = 0; i < 60; ++i)
    csv += fmt::format("{0},{1},{1},{2},{3},{4},{5},{6}\n", i % 7, i % 2 == 0 ? "cat" : "dog", i % 3 == 0, i % 3 != 0,
                       i % 4, i % 5, 0.01 * (i % 9));
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", csv)}});
  EXPECT_THAT(log.roles.features, ElementsAre("x", "sex_0", "sex_1", "cat", "dog", "p_value"));
}

}  // namespace
}  // namespace errata::table
