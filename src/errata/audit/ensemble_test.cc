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

std::vector<std::unique_ptr<Detector>> named(std::initializer_list<std::string_view> names) {
  std::vector<std::unique_ptr<Detector>> members;
  for (const auto name : names) members.push_back(detector_named(name).value());
  return members;
}

double auroc(const Detector& detector, const MadeUpModel& test) {
  ThreadPool pool(1);
  return stats::ranking_areas(detector.risks(test.outputs(), pool), test.cases().failed).roc_auc;
}

TEST(Ensemble, OfOneKeepsItsOrderAlsoBeyondWhatWasSeen) {
  ThreadPool pool(1);
  const MadeUpModel training(400, 1);
  MadeUpModel test(1000, 2);
  for (float& value : test.logits()) value *= 5;  // most risks are outside the range of the held-out ones
  for (const bool stack : {false, true}) {
    const auto ensemble = stack ? make_stack(named({"energy"})) : make_rank_mean(named({"energy"}));
    ASSERT_TRUE(ensemble->fit(training.cases(), pool));
    const auto energy = detector_named("energy").value();
    ASSERT_TRUE(energy->fit(training.cases(), pool));
    const auto alone = energy->risks(test.outputs(), pool), together = ensemble->risks(test.outputs(), pool);
    const auto order = stats::rows_by_value(alone);
    for (std::size_t i = 1; i < order.size(); ++i) ASSERT_GE(together[order[i]], together[order[i - 1]]);
    EXPECT_GT(std::abs(together[order.back()] - together[order.front()]), .1);
  }
}

TEST(Ensemble, StackIsNoWorseThanItsMembersAndIgnoresAUselessOne) {
  ThreadPool pool(2);
  const MadeUpModel training(4000, 1), test(4000, 2);
  const auto stack = make_stack(named({"msp", "knn", "mahalanobis_nearest"}));
  ASSERT_TRUE(stack->fit(training.cases(), pool));
  for (const auto* name : {"msp", "knn", "mahalanobis_nearest"}) {
    const auto member = detector_named(name).value();
    ASSERT_TRUE(member->fit(training.cases(), pool));
    EXPECT_GT(auroc(*stack, test), auroc(*member, test) - .005) << name;
  }
}

TEST(Ensemble, TakesMembersThatWereFittedBefore) {
  ThreadPool pool(1);
  const MadeUpModel training(500, 1), held_out(500, 3), test(500, 2);
  auto members = named({"knn"});
  ASSERT_TRUE(members[0]->fit(training.cases(), pool));
  const auto alone = members[0]->risks(test.outputs(), pool);
  const auto ensemble = make_rank_mean(std::move(members), {.members_are_fitted = true});
  ASSERT_TRUE(ensemble->fit(held_out.cases(), pool));
  EXPECT_NEAR(auroc(*ensemble, test), stats::ranking_areas(alone, test.cases().failed).roc_auc, 1e-3);
  // Ranks of the held-out cases themselves are even in (0, 1).
  auto ranks = ensemble->risks(held_out.outputs(), pool);
  std::ranges::sort(ranks);
  for (std::size_t i = 0; i < ranks.size(); ++i) EXPECT_NEAR(ranks[i], (static_cast<double>(i) + .5) / 500, 1e-3);
}

TEST(Ensemble, EachMemberHasItsOwnRanks) {
  ThreadPool pool(1);
  const MadeUpModel training(500, 1), held_out(500, 3), test(200, 2);
  const auto members = named({"entropy", "mahalanobis_nearest"});  // one in [0, log 2], one without a bound
  for (const auto& member : members) ASSERT_TRUE(member->fit(training.cases(), pool));
  const auto mean_rank = [&](std::initializer_list<std::size_t> which) {
    std::vector<std::unique_ptr<Detector>> chosen;
    for (const std::size_t m : which) chosen.push_back(member_of(*members[m]));
    const auto ensemble = make_rank_mean(std::move(chosen), {.members_are_fitted = true});
    EXPECT_TRUE(ensemble->fit(held_out.cases(), pool));
    return ensemble->risks(test.outputs(), pool);
  };
  const auto first = mean_rank({0}), second = mean_rank({1}), both = mean_rank({0, 1});
  for (std::size_t i = 0; i < both.size(); ++i) EXPECT_NEAR(both[i], (first[i] + second[i]) / 2, 1e-12);
}

TEST(Ensemble, PassesOnWhatAMemberRefuses) {
  ThreadPool pool(1);
  const MadeUpModel model(100, 1);
  auto cases = model.cases();
  cases.labels = {};
  const auto ensemble = make_rank_mean(named({"msp", "msp_temperature"}));
  EXPECT_THAT(ensemble->fit(cases, pool).error().message, HasSubstr("msp_temperature needs labels"));
  const auto odd = make_stack(named({"msp"}), {.fit_share = 1});
  EXPECT_THAT(odd->fit(model.cases(), pool).error().message, HasSubstr("fit share 1 is not in (0, 1)"));
}

}  // namespace
}  // namespace errata::audit
