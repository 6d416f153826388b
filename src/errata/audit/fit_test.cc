#include "errata/audit/fit.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "errata/audit/test_planted.h"

namespace errata::audit {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing_support::planted_cases;

FitOptions small_fit() {
  FitOptions options;
  options.auditor.hidden = {16};
  options.auditor.epochs = 6;
  options.auditor.batch = 64;
  options.replicates = 0;
  options.evidence_seeds = 0;
  return options;
}

/// The model's predictions become the truth, or what is not the truth.
AuditCases all_with(AuditCases cases, bool failed) {
  for (std::size_t i = 0; i < cases.count; ++i) {
    cases.labels[i] = failed ? 1 - cases.predicted[i] : cases.predicted[i];
    cases.failed[i] = failed ? 1 : 0;
  }
  return cases;
}

std::vector<EvaluationSet> held_out() {
  return {{.name = "held out", .words = "", .exchangeable = true, .cases = planted_cases(600, 3)}};
}

std::vector<std::string> names_of(const SetResult& set) {
  std::vector<std::string> names;
  for (const DetectorResult& detector : set.detectors) names.push_back(detector.name);
  return names;
}

Result<FitResult> fitted(const AuditCases& train, const AuditCases& calibration, const FitOptions& options) {
  ThreadPool pool(1);
  const auto sets = held_out();
  return run(train, calibration, sets, options, pool);
}

TEST(AuditRun, MeasuresTheAuditorFirstAndTheOthersBesideIt) {
  FitOptions options = small_fit();
  options.points = {{.rule = OperatingRule::ltt, .target = 0.1}, {.rule = OperatingRule::coverage, .target = 0.7}};
  const auto fit = fitted(planted_cases(2000, 1), planted_cases(800, 2), options);
  ASSERT_TRUE(fit) << fit.error().message;
  ASSERT_TRUE(fit->fitted);
  EXPECT_THAT(fit->audit.no_auditor, IsEmpty());
  const SetResult& set = fit->audit.sets.at(0);
  EXPECT_EQ(set.detectors.at(0).name, "auditor");
  EXPECT_GT(set.detectors[0].metrics[Figure::auroc].value, .95);
  EXPECT_THAT(names_of(set), AllOf(Contains("msp"), Contains("knn"), Contains("failure_head"), Contains("stack")));
  ASSERT_EQ(set.points.size(), 2U);
  EXPECT_EQ(set.points[0].point.rule, OperatingRule::ltt);
  EXPECT_NEAR(set.points[1].realised.coverage, .7, .1);
  EXPECT_EQ(fit->audit.subject.columns, 7U);
  EXPECT_THAT(set.sample, Each(Field(&CasePoint::risk, testing::AllOf(testing::Gt(0.F), testing::Lt(1.F)))));
}

/// Cases that look certain but are far from all that was accepted.
TEST(AuditRun, TellsWhatIsUnlikeTheAcceptedCases) {
  ThreadPool pool(1);
  FitOptions options = small_fit();
  options.baselines = false;
  options.points = {{.rule = OperatingRule::sgr, .target = 0.1}, {.rule = OperatingRule::coverage, .target = 0.7}};
  AuditCases strange = planted_cases(600, 4);
  for (std::size_t i = 0; i < strange.count; ++i) {
    strange.latents[5 * i] = 6;  // the noise says nothing about failures, but none is so large
    strange.latents[5 * i + 3] = strange.latents[5 * i + 4] =
        strange.predicted[i] == 1 ? 2.F : -2.F;  // and all is sure
    strange.failed[i] = i % 2 == 0 ? 1 : 0;
  }
  std::vector<EvaluationSet> sets = held_out();
  sets.push_back({.name = "strange", .words = "", .exchangeable = false, .cases = strange});
  const auto fit = run(planted_cases(2000, 1), planted_cases(2000, 2), sets, options, pool);
  ASSERT_TRUE(fit) << fit.error().message;
  EXPECT_EQ(fit->audit.unlike_share, 0.02);
  const SetResult &usual = fit->audit.sets[0], &odd = fit->audit.sets[1];
  EXPECT_LT(usual.unlike, 0.15) << "most of them refused for their risk as well";
  EXPECT_GT(usual.points[0].alike.coverage, 0.9 * usual.points[0].realised.coverage);
  EXPECT_GT(usual.points[0].realised.coverage, 0.4);
  EXPECT_GT(odd.unlike, 0.9);
  EXPECT_GT(odd.points[0].realised.coverage, 0.9) << "their risks alone do not tell";
  for (const RealisedPoint& point : odd.points) EXPECT_LT(point.alike.coverage, 0.1);
  options.unlike = 0;
  const auto blind = run(planted_cases(2000, 1), planted_cases(2000, 2), sets, options, pool);
  ASSERT_TRUE(blind) << blind.error().message;
  EXPECT_EQ(blind->audit.unlike_share, 0);
  EXPECT_TRUE(std::isnan(blind->audit.sets[1].unlike));
  EXPECT_EQ(blind->audit.sets[1].points[0].alike.coverage, blind->audit.sets[1].points[0].realised.coverage);
}

/// A detector that knows more is told by a paired test, and the auditor is compared with every other.
TEST(AuditRun, ComparesEveryDetectorWithTheAuditor) {
  const auto fit = fitted(planted_cases(2000, 1), planted_cases(800, 2), small_fit());
  ASSERT_TRUE(fit) << fit.error().message;
  for (const DetectorResult& detector : fit->audit.sets[0].detectors) {
    if (detector.name == "auditor") {
      EXPECT_TRUE(std::isnan(detector.less_auditor.p_value));
      continue;
    }
    const double own = fit->audit.sets[0].detectors[0].metrics[Figure::auroc].value;
    EXPECT_NEAR(detector.less_auditor.difference, detector.metrics[Figure::auroc].value - own, 1e-9) << detector.name;
    if (detector.name == "msp") {
      EXPECT_LT(detector.less_auditor.p_value, 1e-9);
    }
  }
}

/// Cases of one outcome teach nothing, but what needs no auditor can still be measured.
TEST(AuditRun, WithoutFailuresOrSuccessesTheOthersStandAlone) {
  const AuditCases train = planted_cases(400, 1), calibration = planted_cases(200, 2);
  for (const bool failed : {false, true}) {
    SCOPED_TRACE(failed);
    const auto fit = fitted(all_with(train, failed), all_with(calibration, failed), small_fit());
    ASSERT_TRUE(fit) << fit.error().message;
    EXPECT_FALSE(fit->fitted);
    EXPECT_EQ(fit->audit.no_auditor, failed ? "there is nothing to learn, 400 of 400 training cases failed"
                                            : "there is nothing to learn, 0 of 400 training cases failed");
    EXPECT_EQ(fit->audit.subject.columns, 0U);
    EXPECT_THAT(fit->audit.points, IsEmpty());
    const SetResult& set = fit->audit.sets.at(0);
    EXPECT_THAT(names_of(set), AllOf(Contains("msp"), Contains("knn"), Not(Contains("auditor")),
                                     Not(Contains("failure_head")), Not(Contains("stack"))));
    for (const DetectorResult& detector : set.detectors)
      EXPECT_TRUE(std::isfinite(detector.metrics[Figure::auroc].value)) << detector.name;
    EXPECT_EQ(set.failures, static_cast<std::uint64_t>(std::ranges::count(planted_cases(600, 3).failed, 1)));
    EXPECT_THAT(set.points, IsEmpty());
    EXPECT_THAT(set.reliability, IsEmpty());
    ASSERT_EQ(set.sample.size(), 600U);
    EXPECT_TRUE(std::isnan(set.sample[0].risk));
    EXPECT_TRUE(std::isfinite(set.sample[0].confidence));
  }
}

TEST(AuditRun, TwoOfEachOutcomeMustCalibrate) {
  const AuditCases train = planted_cases(400, 1);
  AuditCases calibration = all_with(planted_cases(200, 2), false);
  calibration.failed[0] = 1;  // the first half is every second case from here
  const auto one = fitted(train, calibration, small_fit());
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_FALSE(one->fitted);
  EXPECT_EQ(one->audit.no_auditor,
            "1 of the 100 cases that calibrate the risk failed; at least 2 of each outcome are needed");
  calibration.failed[1] = 1;  // sets thresholds
  EXPECT_FALSE(fitted(train, calibration, small_fit())->fitted);
  calibration.failed[2] = 1;
  EXPECT_TRUE(fitted(train, calibration, small_fit())->fitted);
}

TEST(AuditRun, WithNothingToLearnAndNothingElseWantedThereIsNoAudit) {
  FitOptions options = small_fit();
  options.baselines = false;
  const auto fit = fitted(all_with(planted_cases(400, 1), false), planted_cases(200, 2), options);
  ASSERT_FALSE(fit);
  EXPECT_EQ(fit.error().code, ErrorCode::data);
  EXPECT_THAT(fit.error().message, HasSubstr("there is nothing to learn"));
}

TEST(LeaveGroupsOut, WhatIsLeftMayTeachNothing) {
  ThreadPool pool(1);
  AuditCases train = planted_cases(400, 1), test = planted_cases(400, 2);
  for (AuditCases* cases : {&train, &test}) {
    cases->groups = {"easy", "hard"};
    for (std::size_t i = 0; i < cases->count; ++i) cases->groups_of.push_back({cases->failed[i] != 0 || i % 2 == 0});
  }
  const std::vector<std::uint32_t> groups{0, 1};
  const auto results = leave_groups_out(train, test, groups, small_fit().auditor, pool);
  ASSERT_TRUE(results) << results.error().message;
  EXPECT_EQ(results->at(1).group, "hard");
  EXPECT_TRUE(std::isnan(results->at(1).auditor_auroc)) << "no failure is easy";
  EXPECT_TRUE(std::isnan(results->at(1).label_accuracy));
  EXPECT_TRUE(std::isfinite(results->at(1).msp_auroc));
  EXPECT_GT(results->at(0).cases, 0U);
  EXPECT_TRUE(std::isfinite(results->at(0).label_accuracy));
}

}  // namespace
}  // namespace errata::audit
