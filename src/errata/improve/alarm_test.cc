#include "errata/improve/alarm.h"

#include <gtest/gtest.h>

namespace errata::improve {
namespace {

// A share of .8 of 400 questions has a standard error of .02.
constexpr std::size_t kQuestions = 400;
const Watch kStart{.margin = 0.6, .auditor = 0.8, .inverse = 0.8};

std::optional<std::size_t> ring(const Watch& now, std::vector<Watch> history = {kStart}) {
  return collapse_since(history, now, kQuestions);
}

TEST(CollapseAlarm, RingsWhereWhatIsNotTrainedTogetherFalls) {
  EXPECT_EQ(ring({.margin = 0.7, .auditor = 0.79, .inverse = 0.77}), 0U);
  EXPECT_EQ(ring({.margin = 0.7, .auditor = 0.77, .inverse = 0.79}), 0U);
  EXPECT_EQ(ring({.margin = 0.5, .auditor = 0.77, .inverse = 0.79}), 0U);  // damage, whatever the votes say
}

TEST(CollapseAlarm, IsSilentWhereOneOfThemClearlyRoseOrTheFallIsWithinChance) {
  EXPECT_FALSE(ring({.margin = 0.7, .auditor = 0.83, .inverse = 0.7}));
  EXPECT_EQ(ring({.margin = 0.7, .auditor = 0.81, .inverse = 0.7}), 0U);  // a rise within chance says nothing
  EXPECT_FALSE(ring({.margin = 0.7, .auditor = 0.79, .inverse = 0.785}));
  EXPECT_FALSE(ring({.margin = 0.9, .auditor = 0.8, .inverse = 0.8}));
}

TEST(CollapseAlarm, GoesBackToTheBestModelNotTheLast) {
  const Watch better{.margin = 0.65, .auditor = 0.85, .inverse = 0.85};
  const Watch worse{.margin = 0.7, .auditor = 0.84, .inverse = 0.845};
  EXPECT_EQ(ring({.margin = 0.8, .auditor = 0.81, .inverse = 0.84}, {kStart, better, worse}), 1U);
}

TEST(CollapseAlarm, OneOfThemIsEnoughAndNoneSaysNothing) {
  const Watch no_inverse{.margin = 0.6, .auditor = 0.8};
  EXPECT_EQ(ring({.margin = 0.7, .auditor = 0.7}, {no_inverse}), 0U);
  EXPECT_FALSE(ring({.margin = 0.7}, {{.margin = 0.6}}));
}

}  // namespace
}  // namespace errata::improve
