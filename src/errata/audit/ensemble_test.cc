#include "errata/audit/ensemble.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/audit/detectors.h"
#include "errata/audit/test_model_outputs.h"
#include "errata/stats/classification.h"
#include "errata/stats/sort_numbers.h"

namespace errata::audit {
namespace {

using testing::HasSubstr;
using testing_support::MadeUpModel;

EnsembleMembers fitted_on(const MadeUpModel& training, std::initializer_list<std::string_view> names) {
  ThreadPool pool(1);
  EnsembleMembers members;
  for (const auto name : names) {
    auto detector = detector_named(name).value();
    EXPECT_TRUE(detector->fit(training.cases(), pool)) << name;
    members.push_back(std::move(detector));
  }
  return members;
}

double auroc(const Detector& detector, const MadeUpModel& test) {
  ThreadPool pool(1);
  return stats::ranking_areas(detector.risks(test.outputs(), pool), test.cases().failed).roc_auc;
}

TEST(Ensemble, OfOneKeepsItsOrderAlsoBeyondWhatWasSeen) {
  ThreadPool pool(1);
  const MadeUpModel training(400, 1), held_out(400, 3);
  MadeUpModel test(1000, 2);
  for (float& value : test.logits()) value *= 5;  // most risks are outside the range of the held-out ones
  const EnsembleMembers energy = fitted_on(training, {"energy"});
  for (const bool stack : {false, true}) {
    const auto ensemble = stack ? make_stack(energy) : make_rank_mean(energy);
    ASSERT_TRUE(ensemble->fit(held_out.cases(), pool));
    const auto alone = energy[0]->risks(test.outputs(), pool), together = ensemble->risks(test.outputs(), pool);
    const auto order = stats::rows_by_value(alone);
    for (std::size_t i = 1; i < order.size(); ++i) ASSERT_GE(together[order[i]], together[order[i - 1]]);
    EXPECT_GT(std::abs(together[order.back()] - together[order.front()]), .1);
  }
}

TEST(Ensemble, StackIsNoWorseThanItsMembersAndIgnoresAUselessOne) {
  ThreadPool pool(2);
  const MadeUpModel training(2000, 1), held_out(2000, 3), test(4000, 2);
  const EnsembleMembers members = fitted_on(training, {"msp", "knn", "mahalanobis_nearest"});
  const auto stack = make_stack(members);
  ASSERT_TRUE(stack->fit(held_out.cases(), pool));
  for (const auto& member : members) EXPECT_GT(auroc(*stack, test), auroc(*member, test) - .005) << member->name();
}

TEST(Ensemble, RanksAreAmongTheCasesThatItIsFittedOn) {
  ThreadPool pool(1);
  const MadeUpModel training(500, 1), held_out(500, 3), test(500, 2);
  const EnsembleMembers knn = fitted_on(training, {"knn"});
  const auto ensemble = make_rank_mean(knn);
  ASSERT_TRUE(ensemble->fit(held_out.cases(), pool));
  EXPECT_NEAR(auroc(*ensemble, test), auroc(*knn[0], test), 1e-3);
  // Ranks of the held-out cases themselves are even in (0, 1).
  auto ranks = ensemble->risks(held_out.outputs(), pool);
  std::ranges::sort(ranks);
  for (std::size_t i = 0; i < ranks.size(); ++i) EXPECT_NEAR(ranks[i], (static_cast<double>(i) + .5) / 500, 1e-3);
}

TEST(Ensemble, EachMemberHasItsOwnRanks) {
  ThreadPool pool(1);
  const MadeUpModel training(500, 1), held_out(500, 3), test(200, 2);
  const auto members = fitted_on(training, {"entropy", "mahalanobis_nearest"});  // one in [0, log 4], one unbounded
  const auto mean_rank = [&](std::initializer_list<std::size_t> which) {
    EnsembleMembers chosen;
    for (const std::size_t m : which) chosen.push_back(members[m]);
    const auto ensemble = make_rank_mean(std::move(chosen));
    EXPECT_TRUE(ensemble->fit(held_out.cases(), pool));
    return ensemble->risks(test.outputs(), pool);
  };
  const auto first = mean_rank({0}), second = mean_rank({1}), both = mean_rank({0, 1});
  for (std::size_t i = 0; i < both.size(); ++i) EXPECT_NEAR(both[i], (first[i] + second[i]) / 2, 1e-12);
}

TEST(Ensemble, JudgesACaseAsItWouldAloneAndOnAnyNumberOfThreads) {
  ThreadPool one(1), three(3);
  const MadeUpModel training(500, 1), held_out(500, 3), test(200, 2);
  const EnsembleMembers members = fitted_on(training, {"entropy", "knn"});
  for (const bool stack : {false, true}) {
    const auto ensemble = stack ? make_stack(members) : make_rank_mean(members);
    ASSERT_TRUE(ensemble->fit(held_out.cases(), one));
    const auto risks = ensemble->risks(test.outputs(), one);
    EXPECT_EQ(ensemble->risks(test.outputs(), three), risks);
    for (const std::size_t i : {0U, 99U, 199U}) {
      const CaseSubset single(test.cases(), std::span(&i, 1));
      EXPECT_EQ(ensemble->risks(single.cases().outputs, one).at(0), risks[i]);
    }
  }
}

TEST(Ensemble, AStackNeedsBothOutcomes) {
  ThreadPool pool(1);
  const MadeUpModel training(100, 1);
  auto cases = training.cases();
  cases.failed = {};
  const EnsembleMembers members = fitted_on(training, {"msp"});
  EXPECT_THAT(make_stack(members)->fit(cases, pool).error().message, HasSubstr("stack needs failures"));
  EXPECT_TRUE(make_rank_mean(members)->fit(cases, pool));
}

}  // namespace
}  // namespace errata::audit
