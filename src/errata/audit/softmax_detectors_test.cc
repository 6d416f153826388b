#include "errata/audit/softmax_detectors.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>

#include "errata/audit/test_model_outputs.h"
#include "errata/stats/classification.h"

namespace errata::audit {
namespace {

using testing_support::MadeUpModel;

ModelOutputs outputs_of(const std::vector<float>& logits, std::size_t classes) {
  return {.cases = logits.size() / classes, .logits = {logits, logits.size() / classes, classes}};
}

std::vector<double> risks(Detector& detector, const std::vector<float>& logits, std::size_t classes) {
  ThreadPool pool(1);
  const auto outputs = outputs_of(logits, classes);
  EXPECT_TRUE(detector.fit({.outputs = outputs, .classes = classes}, pool));
  return detector.risks(outputs, pool);
}

double logit(double p) { return std::log(p); }  // of unnormalised probabilities that add up to 1

/// One case with p = .5 .3 .2.
double risk_of_the_example(std::unique_ptr<Detector> detector) {
  const std::vector<float> logits{static_cast<float>(logit(.3)), static_cast<float>(logit(.5)),
                                  static_cast<float>(logit(.2))};
  return risks(*detector, logits, 3).at(0);
}

TEST(SoftmaxDetectors, HaveTheHandComputedRisks) {
  EXPECT_NEAR(risk_of_the_example(make_msp()), .5, 1e-6);
  EXPECT_NEAR(risk_of_the_example(make_margin()), .8, 1e-6);
  EXPECT_NEAR(risk_of_the_example(make_entropy()), -.5 * std::log(.5) - .3 * std::log(.3) - .2 * std::log(.2), 1e-6);
  EXPECT_NEAR(risk_of_the_example(make_doctor()), .62 / .38, 1e-6);  // Σp² = .25 + .09 + .04
  EXPECT_NEAR(risk_of_the_example(make_max_logit()), -std::log(.5), 1e-6);
  EXPECT_NEAR(risk_of_the_example(make_energy()), 0, 1e-6);  // log Σ p = 0
}

TEST(SoftmaxDetectors, KeepTheOrderOfCasesThatRoundToCertainty) {
  const std::vector<float> logits{80, 0, 0, 90, 0, 0, 200, 0, 0};
  for (auto make : {make_msp, make_margin, make_entropy, make_doctor}) {
    const auto found = risks(*make(), logits, 3);
    EXPECT_GT(found[0], found[1]);
    EXPECT_GT(found[1], found[2]);
    EXPECT_GT(found[2], 0);
  }
  EXPECT_NEAR(risks(*make_msp(), logits, 3)[0] / (2 * std::exp(-80.0)), 1, 1e-12);
}

RC_GTEST_PROP(SoftmaxDetectors, EqualTheDefinitions, ()) {
  const auto classes = *rc::gen::inRange<std::size_t>(2, 7);
  Rng rng(*rc::gen::inRange<std::uint64_t>(0, 1000));
  std::vector<float> logits(classes);
  for (float& value : logits) value = static_cast<float>(3 * rng.normal());
  std::vector<double> p(classes);
  for (std::size_t c = 0; c < classes; ++c) p[c] = std::exp(static_cast<double>(logits[c]));
  const double sum = std::accumulate(p.begin(), p.end(), 0.0);
  double entropy = 0, squares = 0;
  for (double& value : p) {
    value /= sum;
    entropy -= value * std::log(value);
    squares += value * value;
  }
  std::ranges::sort(p, std::greater<>());
  const auto near = [&](auto make, double expected) {
    return std::abs(risks(*make(), logits, classes).at(0) - expected) < 1e-9 * (1 + std::abs(expected));
  };
  RC_ASSERT(near(make_msp, 1 - p[0]));
  RC_ASSERT(near(make_margin, 1 - p[0] + p[1]));
  RC_ASSERT(near(make_entropy, entropy));
  RC_ASSERT(near(make_doctor, (1 - squares) / squares));
  RC_ASSERT(near(make_energy, -std::log(sum)));
}

/// Two classes, logits 0 and 2: right three times of four. At β the model says σ(2β), and 3/4 = σ(2β) at β = ln 3 / 2.
TEST(MspTemperature, MatchesTheLabels) {
  ThreadPool pool(1);
  const std::vector<float> logits{0, 2, 0, 2, 0, 2, 0, 2};
  const std::vector<std::uint32_t> labels{1, 1, 0, 1};
  const auto outputs = outputs_of(logits, 2);
  const auto detector = make_msp_temperature();
  ASSERT_TRUE(detector->fit({.outputs = outputs, .labels = labels, .classes = 2}, pool));
  for (const double risk : detector->risks(outputs, pool)) EXPECT_NEAR(risk, .25, 1e-9);
}

TEST(MspTemperature, StopsWhereTheModelIsAlwaysRight) {
  ThreadPool pool(1);
  const std::vector<float> logits{0, 2, 2, 0};
  const std::vector<std::uint32_t> labels{1, 0};
  const auto outputs = outputs_of(logits, 2);
  const auto detector = make_msp_temperature();
  ASSERT_TRUE(detector->fit({.outputs = outputs, .labels = labels, .classes = 2}, pool));
  for (const double risk : detector->risks(outputs, pool)) EXPECT_TRUE(risk >= 0 && risk < 1e-9);
}

TEST(PNormMaxLogit, ChoosesThePowerThatSortsBest) {
  // A right and a wrong case, centred already. At p = 1 the wrong one looks safer (4/10 against 4/8), at p = 2 not.
  ThreadPool pool(1);
  const std::vector<float> logits{4, 1, -1, -2, -2, 4, 0, 0, 0, -4};
  const std::vector<std::uint8_t> failed{0, 1};
  const auto outputs = outputs_of(logits, 5);
  const auto detector = make_p_norm_max_logit();
  ASSERT_TRUE(detector->fit({.outputs = outputs, .failed = failed, .classes = 5}, pool));
  const auto found = detector->risks(outputs, pool);
  EXPECT_NEAR(found[0], -4 / std::sqrt(26.0), 1e-12);
  EXPECT_NEAR(found[1], -4 / std::sqrt(32.0), 1e-12);
  const std::vector<float> shifted{14, 11, 9, 8, 8};
  EXPECT_NEAR(detector->risks(outputs_of(shifted, 5), pool).at(0), found[0], 1e-12);
  const std::vector<float> flat{7, 7, 7, 7, 7};
  EXPECT_EQ(detector->risks(outputs_of(flat, 5), pool).at(0), 0);
}

TEST(RelU, WeighsThePairsThatAreConfusedInFailures) {
  // Right cases: p = (1, 0, 0) nearly; wrong ones: (½, ½, 0). D is positive for the pair (0, 1) alone: 1/√2 both ways.
  ThreadPool pool(1);
  const std::vector<float> logits{60, 0, 0, 60, 60, 0};
  const std::vector<std::uint8_t> failed{0, 1};
  const auto outputs = outputs_of(logits, 3);
  const auto detector = make_rel_u();
  ASSERT_TRUE(detector->fit({.outputs = outputs, .failed = failed, .classes = 3}, pool));
  const auto found = detector->risks(outputs, pool);
  EXPECT_NEAR(found[0], 0, 1e-12);
  EXPECT_NEAR(found[1], 2 * .25 / std::sqrt(2.0), 1e-12);
  const std::vector<float> other_pair{60, 0, 60};  // as unsure, but of a pair that is not confused
  EXPECT_NEAR(detector->risks(outputs_of(other_pair, 3), pool).at(0), 0, 1e-12);
}

}  // namespace
}  // namespace errata::audit
