#include "errata/checklist/album.h"

#include <gtest/gtest.h>

#include "errata/base/limits.h"

namespace errata::checklist {
namespace {

/// One figure, at least .5 is asked for.
Contender contender_of(const std::vector<double>& values) {
  return {.name = "x", .figures = {{.name = "recall", .gate = Gate{.limit = .5}, .values = values}}};
}

std::vector<Case> cases_of(std::size_t count) {
  std::vector<Case> cases(count);
  for (Case& one : cases) one.scene = "shapes";
  return cases;
}

TEST(Examples, AreTheMedianOfTheSecondAndTheWorstOfTheFirst) {
  const auto chosen = choose_examples({contender_of({.9, .4, .8, .7}), contender_of({.1, .3, .2, .9})}, cases_of(4));
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[1].at, 1U);
  EXPECT_EQ(chosen[1].shown, Shown::worst);
  // Of the others the second misses by .8, .6 and less than nothing.
  EXPECT_EQ(chosen[0].at, 2U);
  EXPECT_EQ(chosen[0].shown, Shown::typical);
}

TEST(Examples, WhereTheFirstMissesNothingTheWorstIsTheSeconds) {
  const auto chosen = choose_examples({contender_of({.9, .5, .8}), contender_of({.3, .2, .1})}, cases_of(3));
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[1].at, 2U);
  EXPECT_EQ(chosen[1].shown, Shown::worst_of_second);
  EXPECT_EQ(chosen[0].at, 1U);
}

TEST(Examples, OfSeveralFiguresTheFarthestByItsLimitCounts) {
  const Contender first = contender_of({.4, .5});  // misses by a fifth of .5, and not at all
  const auto with_budget = [&](double over) {
    Contender both = first;
    both.figures.push_back({.name = "over budget", .gate = Gate{.limit = 0, .at_least = false}, .values = {0, over}});
    return choose_examples({both, contender_of({.5, .5})}, cases_of(2));
  };
  EXPECT_EQ(with_budget(.15)[1].at, 0U) << "a fifth is more than .15, though .1 is less";
  EXPECT_EQ(with_budget(.3)[1].at, 1U);
}

TEST(Examples, CasesThatCannotBeDrawnOrWereNotMeasuredAreNone) {
  auto cases = cases_of(3);
  cases[0].scene = {};
  const auto chosen = choose_examples({contender_of({0, kNaN, .9}), contender_of({0, 0, .1})}, cases);
  ASSERT_EQ(chosen.size(), 1U);
  EXPECT_EQ(chosen[0].at, 2U);
  EXPECT_TRUE(choose_examples({contender_of({kNaN}), contender_of({kNaN})}, cases_of(1)).empty());
  EXPECT_TRUE(choose_examples({contender_of({}), contender_of({})}, {}).empty());
}

TEST(Album, KeepsTheCaseThatItWantsAndAPictureOnce) {
  image::Picture picture{.height = 16, .width = 768, .channels = 1, .bytes = std::vector<std::uint8_t>(16 * 768, 9)};
  const relevance::Allocation made{.grid = {.height = 16, .width = 768}, .positions = {3}, .budgets = {64}};
  Album album(5);
  EXPECT_TRUE(album.wants(5));
  EXPECT_FALSE(Album().wants(0));
  for (const std::size_t at : {4U, 5U})
    for (const char* view : {"wall", "face"})
      for (const char* name : {"errata", "document"})
        album.add(at, {.name = view, .picture = picture, .query = view, .truth = {}}, name, made);
  const Example example = std::move(album).example(Shown::worst);
  EXPECT_EQ(example.at, 5U);
  EXPECT_EQ(example.shown, Shown::worst);
  ASSERT_EQ(example.pictures.size(), 1U);
  EXPECT_EQ(example.pictures[0].width, kExampleSide);
  EXPECT_EQ(example.pictures[0].height, 7U) << "16 pixels of 768 are 6.7 of 320";
  ASSERT_EQ(example.views.size(), 2U);
  EXPECT_EQ(example.views[1].name, "face");
  EXPECT_EQ(example.views[1].query, "face");
  EXPECT_EQ(example.views[1].picture, 0U);
  ASSERT_EQ(example.views[0].looks.size(), 2U);
  EXPECT_EQ(example.views[0].looks[1].allocator, "document");
  EXPECT_EQ(example.views[0].looks[1].allocation.positions, made.positions);
}

}  // namespace
}  // namespace errata::checklist
