#include "errata/audit/auditor.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "errata/audit/test_planted.h"
#include "errata/stats/classification.h"

namespace errata::audit {
namespace {

using testing::HasSubstr;
using testing_support::planted_cases;

const AuditorOptions kSmall{.hidden = {16}, .dropout = 0, .epochs = 12, .batch = 64, .learning_rate = 1e-2, .seed = 3};

AuditorOptions asked_for(AuditorTarget target) {
  AuditorOptions options = kSmall;
  options.target = target;
  return options;
}

Result<Auditor> trained(const AuditCases& cases, const AuditorOptions& options) {
  std::vector<std::uint8_t> clean;
  return Auditor::train(training_cases(cases, clean), options);
}

double auroc(const Auditor& auditor, const AuditCases& cases) {
  return stats::ranking_areas(auditor.risks(cases.outputs()), cases.failed).roc_auc;
}

TEST(Auditor, LearnsAPlantedFailureThatTheSoftmaxCannotSee) {
  const AuditCases train = planted_cases(2000, 1), test = planted_cases(1000, 2);
  for (const auto target : {AuditorTarget::label, AuditorTarget::failure}) {
    const auto auditor = trained(train, asked_for(target));
    ASSERT_TRUE(auditor) << auditor.error().message;
    EXPECT_GT(auroc(*auditor, test), .97);
    EXPECT_EQ(auditor->latents(), 5U);
    EXPECT_EQ(auditor->logits(), 2U);
    EXPECT_EQ(auditor->classes(), target == AuditorTarget::label ? 2U : 1U);
  }
}

TEST(Auditor, TheSameSeedGivesTheSameAuditorAndAnotherSeedAnother) {
  const AuditCases cases = planted_cases(300, 1);
  AuditorOptions options = kSmall;
  options.epochs = 2;
  const auto first = trained(cases, options)->risks(cases.outputs());
  EXPECT_EQ(trained(cases, options)->risks(cases.outputs()), first);
  options.seed = 4;
  EXPECT_NE(trained(cases, options)->risks(cases.outputs()), first);
}

TEST(Auditor, RiskIsDoubtInTheModelsAnswer) {
  const AuditCases cases = planted_cases(300, 1);
  const auto auditor = trained(cases, asked_for(AuditorTarget::label)).value();
  const auto p = auditor.probabilities(cases.outputs());
  const auto risks = auditor.risks(cases.outputs());
  for (std::size_t i = 0; i < cases.count; ++i) {
    EXPECT_NEAR(risks[i], 1 - static_cast<double>(p[2 * i + cases.predicted[i]]), 1e-12);
    EXPECT_NEAR(p[2 * i] + p[2 * i + 1], 1, 1e-6);
  }
}

const std::vector<float>& values_of(const std::vector<nn::NamedTensor>& tensors, std::string_view name) {
  return std::ranges::find(tensors, name, &nn::NamedTensor::name)->values;
}

/// W x + b of the layer of this name, in double precision.
std::vector<double> through(const std::vector<nn::NamedTensor>& tensors, const std::string& name,
                            const std::vector<double>& x) {
  const auto &weights = values_of(tensors, name + ".weight"), &biases = values_of(tensors, name + ".bias");
  std::vector<double> y(biases.begin(), biases.end());
  for (std::size_t r = 0; r < y.size(); ++r)
    for (std::size_t c = 0; c < x.size(); ++c) y[r] += static_cast<double>(weights[r * x.size() + c]) * x[c];
  return y;
}

TEST(Auditor, ComputesWhatItsTensorsSay) {
  const AuditCases cases = planted_cases(300, 1);
  AuditorOptions options = asked_for(AuditorTarget::failure);
  options.axes = 4;
  const auto auditor = trained(cases, options).value();
  EXPECT_TRUE(auditor.has_axes());
  const auto tensors = auditor.tensors();
  EXPECT_EQ(values_of(tensors, "bound"), std::vector<float>{2});
  const auto risks = auditor.risks(cases.outputs());
  std::vector<double> squares(4, 0);  // of what the heads read: its means are 0
  for (std::size_t i = 0; i < cases.count; ++i) {
    std::vector<double> x;
    for (std::size_t j = 0; j < 7; ++j) {
      const float raw = j < 5 ? cases.latents[5 * i + j] : cases.logits[2 * i + j - 5];
      const double z = (static_cast<double>(raw) - static_cast<double>(values_of(tensors, "mean")[j])) *
                       static_cast<double>(values_of(tensors, "scale")[j]);
      x.push_back(z / (1 + std::abs(z) / 2));
    }
    const auto along = through(tensors, "axes", x);
    for (std::size_t axis = 0; axis < 4; ++axis) squares[axis] += along[axis] * along[axis];
    auto hidden = through(tensors, "head0.layer0", along);
    for (double& unit : hidden) unit = std::max(0.0, unit);
    EXPECT_NEAR(risks[i], 1 / (1 + std::exp(-through(tensors, "head0.layer1", hidden)[0])), 1e-5);
  }
  // An axis of variance v is divided by the fourth root of v: the square of its length is 1/√v, its variance √v.
  for (std::size_t axis = 0; axis < 4; ++axis) {
    double length = 0;
    for (std::size_t j = 0; j < 7; ++j)
      length += std::pow(static_cast<double>(values_of(tensors, "axes.weight")[7 * axis + j]), 2);
    EXPECT_NEAR(length * squares[axis] / static_cast<double>(cases.count), 1, 1e-3);
  }
}

TEST(Auditor, AFewAxesHoldWhatManyColumnsRepeat) {
  const auto repeated = [](std::size_t count, std::uint64_t seed) {
    const AuditCases cases = planted_cases(count, seed);
    AuditCases wide = cases;
    wide.latents.clear();
    wide.blocks = {{.name = "wide", .first = 0, .width = 40}};
    wide.penultimate = 0;
    Rng rng(seed + 100);
    for (std::size_t i = 0; i < count; ++i)  // the two columns of the signal twenty times, each time with other noise
      for (std::size_t copy = 0; copy < 20; ++copy)
        for (std::size_t j = 3; j < 5; ++j)
          wide.latents.push_back(cases.latents[5 * i + j] + static_cast<float>(0.5 * rng.normal()));
    return wide;
  };
  const AuditCases train = repeated(400, 1), test = repeated(1000, 2);
  AuditorOptions options = asked_for(AuditorTarget::label);
  options.read_logits = false;
  options.axes = 2;
  EXPECT_GT(auroc(trained(train, options).value(), test), .95);
  options.axes = 0;
  EXPECT_FALSE(trained(train, options)->has_axes());
}

TEST(Auditor, OneCaseAloneHasTheRiskThatItHasAmongOthers) {
  const AuditCases cases = planted_cases(200, 1);
  for (const auto target : {AuditorTarget::label, AuditorTarget::failure}) {
    AuditorOptions options = asked_for(target);
    options.heads = 2;
    options.axes = target == AuditorTarget::label ? 4 : 0;
    const auto auditor = trained(cases, options).value();
    const auto risks = auditor.risks(cases.outputs());
    for (std::size_t i = 0; i < cases.count; ++i) {
      std::vector<float> columns(cases.latents.begin() + static_cast<std::ptrdiff_t>(5 * i),
                                 cases.latents.begin() + static_cast<std::ptrdiff_t>(5 * i + 5));
      columns.insert(columns.end(), {cases.logits[2 * i], cases.logits[2 * i + 1]});
      EXPECT_NEAR(auditor.risk_of(columns, cases.predicted[i]), risks[i], 1e-5);
    }
  }
}

TEST(Auditor, TensorsGiveItBackBitForBit) {
  const AuditCases cases = planted_cases(200, 1);
  AuditorOptions options = kSmall;
  options.heads = 2;
  options.axes = 5;
  const auto auditor = trained(cases, options).value();
  const auto again = Auditor::of(auditor.target(), auditor.logits(), auditor.tensors());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->heads().size(), 2U);
  EXPECT_EQ(again->risks(cases.outputs()), auditor.risks(cases.outputs()));
}

TEST(Auditor, TensorsThatDoNotFitTogetherAreRefused) {
  AuditorOptions options = kSmall;
  options.axes = 5;
  const auto auditor = trained(planted_cases(100, 1), options).value();
  const auto without = [&](std::size_t at) {
    auto tensors = auditor.tensors();
    tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(at));
    return Auditor::of(auditor.target(), 2, tensors);
  };
  for (std::size_t at = 0; at < auditor.tensors().size(); ++at) EXPECT_FALSE(without(at)) << auditor.tensors()[at].name;
  EXPECT_FALSE(Auditor::of(auditor.target(), 8, auditor.tensors()));        // more logits than columns
  EXPECT_FALSE(Auditor::of(AuditorTarget::failure, 2, auditor.tensors()));  // two outputs
}

/// Log-odds of the risk: log r/(1 − r).
double log_odds(const Auditor& auditor, const AuditCases& one) {
  const double risk = auditor.risks(one.outputs())[0];
  return std::log(risk / (1 - risk));
}

TEST(Auditor, GradientsAreThoseOfFiniteDifferences) {
  const AuditCases train = planted_cases(400, 1);
  for (const auto target : {AuditorTarget::label, AuditorTarget::failure}) {
    AuditorOptions options = asked_for(target);
    options.epochs = 2;
    options.axes = target == AuditorTarget::label ? 6 : 0;
    const auto auditor = trained(train, options).value();
    for (const std::size_t row : {0U, 7U, 31U}) {
      const AuditCases one = train.at(std::span(&row, 1));
      const auto gradients = auditor.gradients(one.outputs());
      ASSERT_EQ(gradients.size(), 7U);
      for (std::size_t column = 0; column < 7; ++column) {
        constexpr float kStep = 2e-3F;
        AuditCases up = one, down = one;
        (column < 5 ? up.latents[column] : up.logits[column - 5]) += kStep;
        (column < 5 ? down.latents[column] : down.logits[column - 5]) -= kStep;
        const double slope = (log_odds(auditor, up) - log_odds(auditor, down)) / (2 * static_cast<double>(kStep));
        EXPECT_NEAR(gradients[column], slope, 2e-2 + 2e-2 * std::abs(slope)) << row << " " << column;
      }
    }
  }
}

TEST(Auditor, AConstantColumnIsNotReadAndARunawayOneIsDrawnIn) {
  AuditCases cases = planted_cases(400, 1);
  for (std::size_t i = 0; i < cases.count; ++i) cases.latents[5 * i] = 7;
  const auto auditor = trained(cases, kSmall).value();
  const auto before = auditor.risks(cases.outputs());
  AuditCases moved = cases;
  for (std::size_t i = 0; i < cases.count; ++i) moved.latents[5 * i] = -1e6F;
  EXPECT_EQ(auditor.risks(moved.outputs()), before);
  AuditCases far = cases, further = cases;
  for (std::size_t i = 0; i < cases.count; ++i) far.latents[5 * i + 3] = 1e4F, further.latents[5 * i + 3] = 1e9F;
  const auto far_risks = auditor.risks(far.outputs()), further_risks = auditor.risks(further.outputs());
  for (std::size_t i = 0; i < cases.count; ++i) EXPECT_NEAR(far_risks[i], further_risks[i], 1e-2);
}

TEST(Auditor, SaysWhatItCannotLearnFrom) {
  AuditCases cases = planted_cases(50, 1);
  AuditorOptions options = kSmall;
  options.heads = 0;
  EXPECT_THAT(trained(cases, options).error().message, HasSubstr("heads 0"));
  AuditCases unlabelled = cases;
  unlabelled.labels.clear();
  EXPECT_THAT(trained(unlabelled, kSmall).error().message, HasSubstr("needs labels"));
  AuditCases empty = cases;
  empty.latents.clear();
  options = kSmall;
  options.read_logits = false;
  EXPECT_THAT(trained(empty, options).error().message, HasSubstr("nothing to read"));
  for (const bool all : {false, true}) {
    std::ranges::fill(cases.failed, all ? 1 : 0);
    EXPECT_THAT(trained(cases, kSmall).error().message, HasSubstr("there is nothing to learn"));
  }
}

TEST(Auditor, ReadsOnlyWhatItWasTrainedOn) {
  const AuditCases cases = planted_cases(100, 1);
  const auto auditor = trained(cases, kSmall).value();
  EXPECT_TRUE(auditor.fits(cases.outputs()));
  AuditCases narrow = cases;
  narrow.latents.resize(300);
  narrow.blocks = {{.name = "hidden", .first = 0, .width = 3}};
  EXPECT_THAT(auditor.fits(narrow.outputs()).error().message,
              HasSubstr("trained on 5 latents a case, these cases have 3"));
  AuditCases silent = cases;
  silent.logits.clear();
  EXPECT_THAT(auditor.fits(silent.outputs()).error().message, HasSubstr("2 logits a case, these cases have 0"));
  AuditCases other = cases;
  other.predicted[5] = 4;
  EXPECT_THAT(auditor.fits(other.outputs()).error().message, HasSubstr("class number 5"));
}

TEST(Auditor, TheSourcesAuditorReadsTheLatentsAsTheyAre) {
  AuditorOptions options = source_auditor(1);
  options.epochs = 1;
  const auto auditor = trained(planted_cases(100, 1), options).value();
  EXPECT_EQ(auditor.target(), AuditorTarget::failure);
  EXPECT_FALSE(auditor.reads_logits());
  ASSERT_EQ(auditor.heads().front().layers().size(), 3U);
  EXPECT_EQ(auditor.heads().front().layers()[0].outputs, 128U);
  EXPECT_EQ(auditor.heads().front().layers()[1].outputs, 64U);
  EXPECT_EQ(auditor.tensors()[0].values, std::vector<float>(5, 0.F));  // means
  EXPECT_EQ(auditor.tensors()[1].values, std::vector<float>(5, 1.F));  // scales
}

}  // namespace
}  // namespace errata::audit
