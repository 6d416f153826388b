// What every implementation of Detector owes, whatever it computes. A new detector joins by a line in everyone().
#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <ostream>
#include <string>

#include "errata/audit/detectors.h"
#include "errata/audit/test_model_outputs.h"
#include "errata/stats/classification.h"

namespace errata::audit {
namespace {

using testing::HasSubstr;
using testing_support::MadeUpModel;

struct Subject {
  std::string name;
  DetectorNeeds needs;
  std::function<std::unique_ptr<Detector>()> make;
  friend void PrintTo(const Subject& subject, std::ostream* to) { *to << subject.name; }
};

std::vector<Subject> everyone() {
  std::vector<Subject> subjects;
  for (const DetectorInfo& info : detectors()) subjects.push_back({std::string(info.name), info.needs, info.make});
  return subjects;
}

std::vector<Subject> who_needs_no_labels() {
  auto subjects = everyone();
  std::erase_if(subjects, [](const Subject& subject) { return subject.needs.labels; });
  return subjects;
}

class DetectorContract : public testing::TestWithParam<Subject> {
 protected:
  [[nodiscard]] static std::unique_ptr<Detector> fitted(const TrainingCases& cases, std::size_t threads = 2) {
    ThreadPool pool(threads);
    auto detector = GetParam().make();
    const auto fit = detector->fit(cases, pool);
    EXPECT_TRUE(fit) << fit.error().message;
    return detector;
  }
  [[nodiscard]] static std::string refusal(const TrainingCases& cases) {
    ThreadPool pool(1);
    const auto fit = GetParam().make()->fit(cases, pool);
    return fit ? "fitted" : fit.error().message;
  }
  const MadeUpModel training_{1500, 1}, test_{700, 2};
};

TEST_P(DetectorContract, GivesAFiniteRiskForEachCaseAndSortsBetterThanChance) {
  ThreadPool pool(2);
  const auto detector = fitted(training_.cases());
  EXPECT_EQ(detector->name(), GetParam().name);
  const auto risks = detector->risks(test_.outputs(), pool);
  ASSERT_EQ(risks.size(), 700U);
  for (const double risk : risks) EXPECT_TRUE(std::isfinite(risk));
  EXPECT_GT(stats::ranking_areas(risks, test_.cases().failed).roc_auc, .53);
}

TEST_P(DetectorContract, GivesTheSameBitsAgainAndOnAnyNumberOfThreads) {
  ThreadPool one(1), three(3);
  const auto risks = fitted(training_.cases(), 1)->risks(test_.outputs(), one);
  EXPECT_EQ(fitted(training_.cases(), 3)->risks(test_.outputs(), three), risks);
}

TEST_P(DetectorContract, JudgesACaseAsItWouldAlone) {
  ThreadPool pool(2);
  const auto detector = fitted(training_.cases());
  const auto risks = detector->risks(test_.outputs(), pool);
  std::vector<std::size_t> order(700);
  for (std::size_t i = 0; i < 700; ++i) order[i] = i * 151 % 700;
  const CaseSubset permuted(test_.cases(), order);
  const auto again = detector->risks(permuted.cases().outputs, pool);
  for (std::size_t i = 0; i < 700; ++i) ASSERT_EQ(again[i], risks[order[i]]) << i;
  for (const std::size_t i : {0U, 333U, 699U}) {
    const CaseSubset single(test_.cases(), std::span(&i, 1));
    EXPECT_EQ(detector->risks(single.cases().outputs, pool).at(0), risks[i]);
  }
  const CaseSubset nothing(test_.cases(), {});
  EXPECT_TRUE(detector->risks(nothing.cases().outputs, pool).empty());
}

TEST_P(DetectorContract, RefusesWhatIsMissingByName) {
  const DetectorNeeds& needs = GetParam().needs;
  const auto refuses = [&](bool needed, auto remove, const std::string& what) {
    TrainingCases cases = training_.cases();
    remove(cases);
    if (needed) {
      EXPECT_THAT(refusal(cases), HasSubstr(what));
    } else {
      EXPECT_EQ(refusal(cases), "fitted") << what;
    }
  };
  refuses(needs.logits, [](auto& c) { c.outputs.logits = {}; }, "needs logits; the cases have none");
  refuses(needs.latents, [](auto& c) { c.outputs.latents = {}, c.outputs.blocks = {}; }, "needs latents");
  refuses(needs.predicted, [](auto& c) { c.outputs.predicted = {}; }, "needs predicted classes");
  refuses(needs.labels, [](auto& c) { c.labels = {}; }, "needs labels");
  refuses(needs.outcomes, [](auto& c) { c.failed = {}; }, "needs failures");
  if (needs.classes) {
    refuses(true, [](auto& c) { c.labels = {}, c.failed = {}; }, "needs failures");
    refuses(true, [](auto& c) { c.labels = {}, c.outputs.predicted = {}; }, "predicted classes");
  }
  TrainingCases none;
  EXPECT_THAT(refusal(none), HasSubstr("needs cases, got none"));
}

TEST_P(DetectorContract, RefusesWhatCannotBeLearnedFrom) {
  const DetectorNeeds& needs = GetParam().needs;
  MadeUpModel one_class = training_;
  std::ranges::fill(one_class.labels(), 2);
  if (needs.classes) {
    EXPECT_THAT(refusal(one_class.cases()), HasSubstr("at least 2 classes, got 1"));
  }
  MadeUpModel no_failures = training_;
  std::ranges::fill(no_failures.failed(), 0);
  EXPECT_THAT(refusal(no_failures.cases()), HasSubstr(needs.outcomes ? "of 1500 cases 0 failed" : "fitted"));
  MadeUpModel only_failures = training_;
  std::ranges::fill(only_failures.failed(), 1);
  EXPECT_THAT(refusal(only_failures.cases()), HasSubstr(needs.outcomes ? "of 1500 cases 1500 failed" : "fitted"));
}

TEST_P(DetectorContract, RefusesBrokenInput) {
  MadeUpModel broken = training_;
  broken.logits()[4 * 17 + 3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(refusal(broken.cases()), HasSubstr("logit 3 of case 17 is nan"));
  broken = training_;
  broken.latents()[13 * 5 + 2] = -std::numeric_limits<float>::infinity();
  EXPECT_THAT(refusal(broken.cases()), HasSubstr("latent 2 of case 5 is -inf"));
  broken = training_;
  broken.labels()[3] = 4;
  EXPECT_THAT(refusal(broken.cases()), HasSubstr("label 4 of case 3 is not one of the 4 classes"));
  broken = training_;
  broken.predicted().pop_back();
  EXPECT_THAT(refusal(broken.cases()), HasSubstr("1499 predicted classes do not go with 1500 cases"));
  auto cases = training_.cases();
  cases.outputs.penultimate = 2;
  EXPECT_THAT(refusal(cases), HasSubstr("block 2 of the latents is asked for, but there are 2"));
}

class DetectorWithoutLabels : public DetectorContract {};

TEST_P(DetectorWithoutLabels, LearnsFromTheCasesThatDidNotFail) {
  ThreadPool pool(2);
  TrainingCases unlabelled = training_.cases();
  unlabelled.labels = {};
  const auto risks = fitted(unlabelled)->risks(test_.outputs(), pool);
  EXPECT_GT(stats::ranking_areas(risks, test_.cases().failed).roc_auc, .53);
}

TEST_P(DetectorContract, CopesWithUnitsThatNeverVary) {
  ThreadPool pool(1);
  MadeUpModel dead = training_, dead_test = test_;
  for (auto* model : {&dead, &dead_test}) {
    for (std::size_t i = 0; i < model->outputs().cases; ++i) {
      auto latents = std::span(model->latents()).subspan(i * 13, 13);
      latents[3] = 0;
      latents[4] = latents[5];
    }
  }
  for (const double risk : fitted(dead.cases())->risks(dead_test.outputs(), pool)) EXPECT_TRUE(std::isfinite(risk));
}

INSTANTIATE_TEST_SUITE_P(All, DetectorContract, testing::ValuesIn(everyone()),
                         [](const auto& subject) { return subject.param.name; });
INSTANTIATE_TEST_SUITE_P(All, DetectorWithoutLabels, testing::ValuesIn(who_needs_no_labels()),
                         [](const auto& subject) { return subject.param.name; });

TEST(Detectors, AreFoundByName) {
  for (const auto& info : detectors()) EXPECT_EQ(detector_named(info.name).value()->name(), info.name);
  EXPECT_THAT(detector_named("msq").error().message, HasSubstr("there is no detector msq; there are msp, "));
}

TEST(Detectors, BaselinesAreThoseThatTheCasesAllow) {
  const MadeUpModel model(300, 1);
  const auto names = [](const TrainingCases& given) {
    std::vector<std::string> found;
    for (const auto& detector : baseline_detectors(given)) found.emplace_back(detector->name());
    return found;
  };
  TrainingCases cases = model.cases();
  EXPECT_EQ(names(cases).size(), detectors().size());
  cases.outputs.latents = {}, cases.outputs.blocks = {}, cases.labels = {};
  EXPECT_THAT(names(cases), testing::ElementsAre("msp", "entropy", "margin", "max_logit", "p_norm_max_logit", "energy",
                                                 "doctor", "rel_u"));
  cases = model.cases();
  cases.outputs.logits = {};
  EXPECT_THAT(names(cases), testing::ElementsAre("knn", "mahalanobis_predicted", "mahalanobis_nearest",
                                                 "mahalanobis_relative", "trust_score"));
  EXPECT_TRUE(names({}).empty());
}

}  // namespace
}  // namespace errata::audit
