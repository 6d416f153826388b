#include "errata/relevance/allocator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "errata/relevance/selection.h"

namespace errata::relevance {
namespace {

using testing::Test;

/// A picture of noise, so that every patch has edges.
image::Picture noisy(std::size_t height, std::size_t width) {
  image::Picture picture{.height = height, .width = width, .channels = 3, .bytes = {}};
  Rng rng(1);
  for (std::size_t i = 0; i < height * width * 3; ++i)
    picture.bytes.push_back(static_cast<std::uint8_t>(rng.below(256)));
  return picture;
}

/// Knows that one patch is asked for.
class OnePatch : public QueryEncoder {
 public:
  explicit OnePatch(std::size_t patch, float value = 1) : patch_(patch), value_(value) {}
  [[nodiscard]] std::string_view name() const override { return "one patch"; }
  [[nodiscard]] Result<QueryRelevance> score(const image::Picture& picture, std::string_view) const override {
    const PatchGrid grid{.height = picture.height, .width = picture.width};
    QueryRelevance relevance{.relevance = std::vector<float>(grid.count())};
    if (patch_ < grid.count()) relevance.relevance[patch_] = value_;
    relevance.unlike = unlike;
    relevance.by_evidence = by_evidence;
    relevance.stands_out = stands_out;
    return relevance;
  }
  std::optional<double> unlike{};
  bool by_evidence = false, stands_out = false;

 private:
  std::size_t patch_;
  float value_;
};

TEST(Allocate, PutsTheMostWhereItIsAskedFor) {
  ThreadPool pool(2);
  const OnePatch encoder(37);
  AllocateOptions options{.strategy = Strategy::focused};
  options.scores.smooth_participatory = false;
  options.positions = 20;
  const auto made = allocate(noisy(160, 160), "where is the red circle", &encoder, options, pool);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->allocation.positions.front(), 37U);
  EXPECT_LE(made->allocation.tokens(), options.limits.total);
  EXPECT_EQ(made->allocation.budgets.front(), *std::ranges::max_element(made->allocation.budgets));
}

TEST(Allocate, LooksEvenlyAtAnImageUnlikeTheKnownOnes) {
  ThreadPool pool(1);
  OnePatch encoder(37);
  image::Picture picture{.height = 160, .width = 160, .bytes = std::vector<std::uint8_t>(160 * 160, 100)};
  for (std::size_t y = 40; y < 70; ++y) std::fill_n(picture.bytes.begin() + static_cast<long>(y * 160 + 40), 30, 250);
  AllocateOptions options{.avoid_padding = false};
  options.positions = 20;
  const auto known = allocate(picture, "where is the red circle", &encoder, options, pool);
  encoder.unlike = .9;
  const auto unlike = allocate(picture, "where is the red circle", &encoder, options, pool);
  encoder.by_evidence = true;
  const auto read = allocate(picture, "where is the red circle", &encoder, options, pool);
  ASSERT_TRUE(known && unlike && read);
  EXPECT_EQ(unlike->selection.strategy, Strategy::uniform);
  const Allocation& even = unlike->allocation;
  EXPECT_GE(coverage_entropy(even.grid, even.positions, even.budgets), .95);
  // What was really found there is not overruled, and the report still has the figure.
  EXPECT_EQ(read->selection.strategy, known->selection.strategy);
  EXPECT_EQ(read->allocation.positions.front(), 37U);
  EXPECT_NEAR(read->unlike.value(), .75, 1e-9) << "9 of 1; a page of two levels may lie three times as far: 9 of 3";
  // A reader knows its patch; what an encoder says is as good as the patches around.
  const auto above_least = [](const std::vector<float>& values) {
    return std::ranges::count_if(values, [least = std::ranges::min(values)](float value) { return value > least; });
  };
  EXPECT_EQ(above_least(read->scores.participatory), 1);
  EXPECT_EQ(above_least(known->scores.participatory), 9);
  encoder.by_evidence = false;
  encoder.stands_out = true;
  const auto sure = allocate(picture, "where is the red circle", &encoder, options, pool);
  ASSERT_TRUE(sure);
  EXPECT_EQ(sure->allocation.positions, known->allocation.positions);
}

TEST(Allocate, ColoursOfACameraEaseWhatAnEncoderCallsUnlike) {
  ThreadPool pool(1);
  OnePatch encoder(37);
  encoder.unlike = .6;
  image::Picture colours{.height = 160, .width = 160, .channels = 3, .bytes = {}};
  for (std::size_t y = 0; y < 160; ++y)
    for (std::size_t x = 0; x < 160; ++x)
      for (const std::size_t value : {y + 40, x + 40, (x / 32 + y / 32) * 20})
        colours.bytes.push_back(static_cast<std::uint8_t>(value));
  image::Picture gray = colours;
  for (std::size_t i = 0; i < gray.bytes.size(); ++i) gray.bytes[i] = colours.bytes[i / 3 * 3];
  const auto unlike = [&](const image::Picture& picture) {
    return allocate(picture, "where is the red circle", &encoder, {}, pool).value().unlike.value();
  };
  EXPECT_NEAR(unlike(gray), .6, 1e-9);
  EXPECT_LT(unlike(colours), .3);
}

TEST(Allocate, TellsWhereAnEncoderThatDecidesCannotSayWhatItKnows) {
  ThreadPool pool(1);
  OnePatch encoder(37);
  const auto not_told = [&](std::string_view query = "where is the red circle") {
    return allocate(noisy(160, 160), query, &encoder, {}, pool).value().unlike_not_told;
  };
  EXPECT_TRUE(not_told());
  EXPECT_FALSE(not_told("")) << "nothing was asked";
  encoder.by_evidence = true;
  EXPECT_FALSE(not_told()) << "what was read needs no such guard";
  encoder.by_evidence = false;
  encoder.unlike = .1;
  EXPECT_FALSE(not_told());
  EXPECT_FALSE(allocate(noisy(160, 160), "a circle", nullptr, {}, pool).value().unlike_not_told);
}

TEST(Allocate, NeverExceedsATightTotal) {
  ThreadPool pool(1);
  const OnePatch encoder(3);
  for (const BudgetRule rule : {BudgetRule::greedy, BudgetRule::water_filling, BudgetRule::proportional})
    for (const std::size_t total : {64U, 65U, 1000U}) {
      const AllocateOptions options{.limits = {.total = total}, .rule = rule};
      const auto made = allocate(noisy(100, 90), "the gray text", &encoder, options, pool);
      ASSERT_TRUE(made);
      EXPECT_LE(made->allocation.tokens(), total);
      EXPECT_EQ(made->allocation.positions.size(), made->allocation.budgets.size());
    }
}

TEST(Allocate, LeavesPaddingOut) {
  ThreadPool pool(1);
  image::Picture picture = noisy(160, 160);
  std::fill_n(picture.bytes.begin(), 48 * 160 * 3, std::uint8_t{0});  // three rows of patches
  const auto made = allocate(picture, "", nullptr, {}, pool);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->in_padding, 30U);
  for (const std::uint32_t patch : made->allocation.positions) EXPECT_GE(patch, 30U);
}

TEST(Allocate, RefusesWhatAnEncoderMayNotSay) {
  ThreadPool pool(1);
  const OnePatch encoder(3, NAN);
  const auto made = allocate(noisy(64, 64), "the gray text", &encoder, {}, pool);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "one patch: relevance nan of patch 3");
}

TEST(Allocate, TakesAnImageOfOnePixel) {
  ThreadPool pool(1);
  const auto made = allocate({.height = 1, .width = 1, .bytes = {7}}, "what is it", nullptr, {}, pool);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->allocation.positions, (std::vector<std::uint32_t>{0}));
}

TEST(Allocate, DownsampleSharesEvenlyBelowTheLeast) {
  ThreadPool pool(1);
  const AllocateOptions options{.limits = {.total = 640}, .strategy = Strategy::downsample};
  const auto made = allocate(noisy(160, 160), "", nullptr, options, pool);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->allocation.budgets, std::vector<std::size_t>(100, 6));
}

const Specificity kSpecific{.words = 3, .telling = 2, .value = .75}, kVague{.words = 2};

TEST(SelectStrategy, ByGuards) {
  EXPECT_EQ(select_strategy(.8, kSpecific, .1, true).strategy, Strategy::focused);
  EXPECT_EQ(select_strategy(2, kSpecific, .1, true).strategy, Strategy::cluster);
  EXPECT_EQ(select_strategy(.8, kVague, .1, true).strategy, Strategy::grid_diverse);
  EXPECT_EQ(select_strategy(.1, kSpecific, .1, true).strategy, Strategy::grid_diverse);
  EXPECT_EQ(select_strategy(.8, kSpecific, .1, false).strategy, Strategy::grid_diverse);
  EXPECT_EQ(select_strategy(.8, kSpecific, .9, true).strategy, Strategy::uniform);
  // An unlike image is told apart from a void, which is unlike everything as well.
  const Selection unlike = select_strategy(.4, kSpecific, .9, true), empty = select_strategy(.1, kSpecific, .9, true);
  EXPECT_EQ(unlike.strategy, Strategy::uniform);
  EXPECT_EQ(empty.strategy, Strategy::grid_diverse);
  for (const Selection* either : {&unlike, &empty}) {
    EXPECT_TRUE(either->guards[0].fired());
    EXPECT_TRUE(either->guards[1].fired());
  }
}

TEST(SelectStrategy, IsSurerFurtherFromTheLimits) {
  const double limit = SelectionOptions{}.least_structure;
  EXPECT_LT(select_strategy(limit, kSpecific, {}, true).sure, select_strategy(.8, kSpecific, {}, true).sure);
  const Selection below = select_strategy(limit - .05, kSpecific, {}, true);
  EXPECT_NEAR(below.sure, 1 / (1 + std::exp(-1)), 1e-9);
}

TEST(Structure, IsLowForNoiseAndHighForOneObject) {
  ThreadPool pool(1);
  const auto structure = [&](const image::Picture& picture) {
    return structure_of(measure(planes_of(picture), Saliency::spectral, nullptr, pool));
  };
  image::Picture object{.height = 256, .width = 256, .bytes = std::vector<std::uint8_t>(65536, 100)};
  for (std::size_t y = 100; y < 140; ++y) std::fill_n(object.bytes.begin() + static_cast<long>(y * 256 + 60), 40, 250);
  EXPECT_LT(structure(noisy(512, 512)), .3);
  EXPECT_GT(structure(object), 1);
  EXPECT_EQ(structure({.height = 64, .width = 64, .bytes = std::vector<std::uint8_t>(4096, 9)}), 0);
}

}  // namespace
}  // namespace errata::relevance
