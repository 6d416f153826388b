#include "errata/table/score_meaning.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>

#include "errata/base/limits.h"

namespace errata::table {
namespace {

using Means = MeaningGuess::Means;

ScoreScale scale(const std::vector<double>& numbers) {
  const Column column{.name = "p", .numbers = numbers};
  return scale_of(std::array{&column});
}

TEST(ScaleOfScores, PercentsAsAWhole) {
  EXPECT_EQ(scale({0.2, 0.9, 1}).unit, 1);
  EXPECT_EQ(scale({85.9, 11.2, 0.4, 100}).unit, 100);
  EXPECT_EQ(scale({85.9, 11.2, 0.4, 100, kInfinity}).unit, 1);
  EXPECT_NE(scale({-2.5, 3.1, 0.4, 1.7}).fault, "");  // logits
  std::vector<double> either(100, 0.3);
  either[3] = either[40] = 55;
  EXPECT_NE(scale(either).fault, "");
  either[40] = 0.55;  // one slip
  EXPECT_EQ(scale(either).fault, "");
  EXPECT_EQ(scale(either).unit, 1);
}

TEST(ScaleOfScores, SharesAndPercentsMixedAreNeither) {
  std::vector<double> mixed, small;
  for (int i = 0; i < 500; ++i) {
    mixed.push_back(i % 4 == 0 ? 20 + i % 75 : 0.001 + (i % 100) / 100.0 * 0.99);
    small.push_back(std::exp((i % 100) / 16.0 - 3));  // percents from .05 to 24, as fraud has them
  }
  EXPECT_THAT(scale(mixed).fault, testing::HasSubstr("some are shares and others percents"));
  EXPECT_EQ(scale(small).fault, "");
  EXPECT_EQ(scale(small).unit, 100);
}

Means means(std::string_view name, const std::vector<double>& score, const std::vector<std::uint32_t>& predicted) {
  return guess_meaning({.name = name, .score = score, .predicted = predicted}).means;
}

TEST(GuessMeaning, FitsTheRowsOfEitherPrediction) {
  EXPECT_EQ(means("p", {0.1, 0.2, 0.9}, {0, 0, 1}), Means::positive);
  EXPECT_EQ(means("p", {0.9, 0.8, 0.1}, {0, 0, 1}), Means::negative);
  EXPECT_EQ(means("p", {0.9, 0.8, 0.7}, {0, 0, 1}), Means::confidence);
  std::vector<double> score(200, 0.97);
  std::vector<std::uint32_t> predicted(200, 0);
  predicted[5] = predicted[90] = 1;  // 1% positive: nearly all rows fit P(0)
  EXPECT_EQ(means("confidence", score, predicted), Means::confidence);
}

TEST(GuessMeaning, AnyThreshold) {
  std::vector<double> score;
  std::vector<std::uint32_t> predicted;
  for (int i = 0; i < 100; ++i) {
    score.push_back(i / 100.0);
    predicted.push_back(i >= 20 ? 1 : 0);
  }
  const MeaningGuess guess = guess_meaning({.name = "confidence", .score = score, .predicted = predicted});
  EXPECT_EQ(guess.means, Means::positive);
  EXPECT_NE(guess.doubt, "");
}

TEST(GuessMeaning, QuietDays) {
  EXPECT_EQ(means("p", {0.01, 0.02}, {0, 0}), Means::positive);
  EXPECT_EQ(means("p", {0.99, 0.98}, {0, 0}), Means::confidence);
  EXPECT_EQ(means("p", {0.99, 0.98}, {1, 1}), Means::positive);
}

}  // namespace
}  // namespace errata::table
