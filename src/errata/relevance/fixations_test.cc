#include "errata/relevance/fixations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "errata/base/rng.h"

namespace errata::relevance {
namespace {

/// 4 x 4 patches of noise.
Scored small_scene() {
  image::Picture picture{.height = 64, .width = 64, .channels = 1, .bytes = {}};
  Rng rng(3);
  for (std::size_t i = 0; i < 64 * 64; ++i) picture.bytes.push_back(static_cast<std::uint8_t>(rng.below(256)));
  ThreadPool pool(1);
  return score_image(picture, "", nullptr, nullptr, {}, pool).value();
}

AllocateOptions few_at_a_time() { return {.positions = 5, .strategy = Strategy::focused}; }

TEST(Fixations, NeverExamineAPatchTwiceAndEndWhenAllWereExamined) {
  const Scored scored = small_scene();
  for (const Strategy strategy : {Strategy::focused, Strategy::grid_diverse, Strategy::uniform, Strategy::random}) {
    AllocateOptions options = few_at_a_time();
    options.strategy = strategy;
    const auto made = fixate(scored, options, {.most = 100}, nullptr);
    ASSERT_TRUE(made);
    std::set<std::uint32_t> examined;
    std::size_t visits = 0;
    for (const Allocated& fixation : *made) {
      EXPECT_FALSE(fixation.allocation.positions.empty());
      EXPECT_LE(fixation.allocation.positions.size(), 5U);
      visits += fixation.allocation.positions.size();
      examined.insert(fixation.allocation.positions.begin(), fixation.allocation.positions.end());
    }
    EXPECT_EQ(visits, 16U) << name_of(strategy);
    EXPECT_EQ(examined.size(), 16U) << name_of(strategy);
  }
}

TEST(Fixations, AreAtMostAsManyAsAllowed) {
  const Scored scored = small_scene();
  const auto made = fixate(scored, few_at_a_time(), {.most = 2}, nullptr);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size(), 2U);
}

TEST(Fixations, EndWhenTheAnswerIsSure) {
  const Scored scored = small_scene();
  std::size_t looks = 0;
  const auto examine = [&](const Allocation& fixation) -> Result<double> {
    EXPECT_FALSE(fixation.positions.empty());
    return ++looks == 2 ? .95 : .9;  // .9 is not above .9
  };
  const auto made = fixate(scored, few_at_a_time(), {}, examine);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size(), 2U);
  EXPECT_EQ(looks, 2U);
}

TEST(Fixations, LookAgainOnlyWhenAsked) {
  const Scored scored = small_scene();
  const auto made = fixate(scored, few_at_a_time(), {.most = 4, .revisit = true}, nullptr);
  ASSERT_TRUE(made);
  ASSERT_EQ(made->size(), 4U);
  for (const Allocated& fixation : *made) EXPECT_EQ(fixation.allocation.positions, made->front().allocation.positions);
}

TEST(Fixations, AnErrorOfTheOneWhoLooksIsTheirs) {
  const auto examine = [](const Allocation&) -> Result<double> { return unavailable("nobody looks"); };
  const auto made = fixate(small_scene(), few_at_a_time(), {}, examine);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "nobody looks");
}

TEST(Fixations, RefuseOptionsOutOfTheirRange) {
  const Scored scored = small_scene();
  for (const FixationOptions& options : {FixationOptions{.most = 0}, FixationOptions{.most = 101},
                                         FixationOptions{.confident = 0}, FixationOptions{.confident = 1.5}}) {
    const auto made = fixate(scored, few_at_a_time(), options, nullptr);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace errata::relevance
