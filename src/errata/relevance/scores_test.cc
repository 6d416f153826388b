#include "errata/relevance/scores.h"

#include <gtest/gtest.h>

#include <cmath>

namespace errata::relevance {
namespace {

using Values = std::vector<float>;

TEST(Normalised, MinMaxAndRanks) {
  EXPECT_EQ(normalised(Values{2, 4, 3}, Normalisation::min_max), (Values{0, 1, .5F}));
  EXPECT_EQ(normalised(Values{7, 7}, Normalisation::min_max), (Values{.5F, .5F}));
  EXPECT_EQ(normalised(Values{2, 400, 3}, Normalisation::rank), (Values{0, 1, .5F}));
  EXPECT_EQ(normalised(Values{5, 1, 5}, Normalisation::rank), (Values{.75F, 0, .75F}));
  EXPECT_EQ(normalised(Values{2, 4}, Normalisation::none), (Values{2, 4}));
  EXPECT_EQ(normalised(Values{2}, Normalisation::rank), (Values{.5F}));
}

TEST(Smoothed, IsTheMeanOfTheNeighboursThereAre) {
  const PatchGrid grid{.height = 48, .width = 48};
  EXPECT_EQ(smoothed(Values{9, 0, 0, 0, 0, 0, 0, 0, 0}, grid), (Values{2.25F, 1.5F, 0, 1.5F, 1, 0, 0, 0, 0}));
}

TEST(RankCorrelation, ByHand) {
  EXPECT_NEAR(rank_correlation(Values{1, 2, 3}, Values{10, 20, 300}), 1, 1e-12);
  EXPECT_NEAR(rank_correlation(Values{1, 2, 3}, Values{3, 2, 1}), -1, 1e-12);
  EXPECT_NEAR(rank_correlation(Values{1, 2, 3, 4}, Values{2, 1, 4, 3}), .6, 1e-12);
  EXPECT_EQ(rank_correlation(Values{1, 2, 3}, Values{1, 1, 1}), 0);
}

FeatureStack stack_of(const Values& edges, const Values& saliency) {
  const PatchGrid grid{.height = 16, .width = 16 * edges.size()};
  return {.grid = grid,
          .edges = edges,
          .contrast_normalised_edges = edges,
          .high_pass = edges,
          .edge_nearness = edges,
          .colour = edges,
          .eccentricity = edges,
          .saliency = saliency,
          .text_likeness = Values(edges.size()),
          .motion = Values(edges.size())};
}

TEST(Score, BalancesNormalisedScorers) {
  ScoreOptions options{
      .normalisation = Normalisation::min_max, .smooth_participatory = false, .balance = Balance::fixed};
  options.weights = {.propositional = .25, .perspectival = .25, .participatory = .5};
  const Scores scores = score(stack_of({0, 1}, {1, 0}), Values{.20F, .21F}, options);
  EXPECT_EQ(scores.balanced, (Values{.25F, .75F}));  // a gap of .01 in the query counts like any other
}

TEST(Score, WithoutAQueryTheOthersShareItsWeight) {
  const Scores scores = score(stack_of({0, 1}, {1, 0}), {}, ScoreOptions{});
  EXPECT_NEAR(scores.weights.propositional, .75, 1e-12);
  EXPECT_EQ(scores.weights.participatory, 0);
}

TEST(Score, WhatCatchesTheEyeCountsAsFarAsItIsAskedFor) {
  const auto stack = stack_of({0, 0, 0, 1}, {0, 1, 2, 3});
  const ScoreOptions options{.smooth_participatory = false};
  EXPECT_NEAR(score(stack, Values{0, 1, 2, 3}, options).weights.perspectival, .05, 1e-12);
  EXPECT_EQ(score(stack, Values{3, 2, 1, 0}, options).weights.perspectival, 0);
}

TEST(Score, GatesAreASoftmaxOfWhatTheySee) {
  const Gates gates{
      .propositional = {std::log(2.0), 0, 0, 0}, .perspectival = {0, 1, 0, 0}, .participatory = {0, 0, 2, -1}};
  const Weights even = gates.weights({1, 0, 0, 0});
  EXPECT_NEAR(even.propositional, .5, 1e-12);
  EXPECT_NEAR(even.perspectival, .25, 1e-12);
  EXPECT_NEAR(even.participatory, .25, 1e-12);
  const Weights seen = gates.weights({1, std::log(3.0), 1, 2 - std::log(5.0)});  // e to 2, 3 and 5
  EXPECT_NEAR(seen.propositional, .2, 1e-12);
  EXPECT_NEAR(seen.perspectival, .3, 1e-12);
  EXPECT_NEAR(seen.participatory, .5, 1e-12);
  const Weights far = gates.weights({1, 5000, 0, 0});
  EXPECT_EQ(far.perspectival, 1) << "no overflow";
}

TEST(Score, LearnedBalanceAsksTheGates) {
  const auto stack = stack_of({0, 0, 0, 1}, {0, 0, 0, 2});
  ScoreOptions options{.smooth_participatory = false, .balance = Balance::learned};
  // Agreement of (0, 0, 0, 2) and (0, 1, 2, 3): .77; means 1/2 and 1/4.
  options.gates = {
      .propositional = {}, .perspectival = {0, 0, 0, 4 * std::log(2.0)}, .participatory = {0, 0, std::log(25.0), 0}};
  const Scores scores = score(stack, Values{0, 1, 2, 3}, options);
  EXPECT_NEAR(scores.weights.propositional, 1.0 / 8, 1e-6);
  EXPECT_NEAR(scores.weights.perspectival, 2.0 / 8, 1e-6);
  EXPECT_NEAR(scores.weights.participatory, 5.0 / 8, 1e-6);
  EXPECT_NEAR(score(stack, {}, options).weights.propositional, .75, 1e-12)
      << "without a query there is nothing to open";
}

TEST(Score, BalancesHaveNames) {
  for (const Balance balance : {Balance::fixed, Balance::adaptive, Balance::learned})
    EXPECT_EQ(balance_named(name_of(balance)), balance);
  const auto other = balance_named("even");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("fixed, adaptive, learned"), std::string::npos);
}

TEST(Score, TheDocumentsRawScoresLetSaliencyDrownTheQuery) {
  // The document's own example: the query prefers the first by .1 · .6, saliency the second by 1 · .6 · .2.
  const Scores scores = score(stack_of({0, 0}, {0, 1}), Values{.3F, .2F}, ScoreOptions::document());
  EXPECT_LT(scores.balanced[0], scores.balanced[1]);
  const Scores ours = score(stack_of({0, 0}, {0, 1}), Values{.3F, .2F}, ScoreOptions{.smooth_participatory = false});
  EXPECT_GT(ours.balanced[0], ours.balanced[1]);
}

}  // namespace
}  // namespace errata::relevance
