#include "errata/audit/learned_detector.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "errata/audit/test_planted.h"
#include "errata/stats/classification.h"

namespace errata::audit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::planted_cases;

const AuditorOptions kLatentsAlone{
    .read_logits = false, .hidden = {16}, .dropout = 0, .epochs = 8, .batch = 64, .learning_rate = 1e-2};

TEST(SelectedLatents, CopiesTheColumnsOfSomeBlocks) {
  const AuditCases cases = planted_cases(3, 1);
  const ModelOutputs outputs = cases.outputs();
  const SelectedLatents signal(outputs, std::vector<std::string>{"signal"});
  ASSERT_EQ(signal.outputs.latents.cols(), 2U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(signal.outputs.latents(i, 0), outputs.latents(i, 3));
    EXPECT_EQ(signal.outputs.latents(i, 1), outputs.latents(i, 4));
  }
  EXPECT_EQ(signal.outputs.penultimate, 0U);
  EXPECT_EQ(signal.blocks[0].first, 0U);
  EXPECT_EQ(signal.outputs.predicted.data(), outputs.predicted.data());

  const SelectedLatents both(outputs, std::vector<std::string>{"signal", "noise"});  // in the order of the cases
  EXPECT_EQ(both.values, cases.latents);
  EXPECT_EQ(both.outputs.penultimate, 1U);
  const SelectedLatents none(outputs, std::vector<std::string>{"else"});
  EXPECT_TRUE(none.blocks.empty());
  EXPECT_TRUE(none.outputs.latents.empty());
}

TEST(LearnedDetector, IsTheAuditorBehindTheSeam) {
  ThreadPool pool(1);
  const AuditCases train = planted_cases(1000, 1), test = planted_cases(500, 2);
  std::vector<std::uint8_t> clean;
  LearnedDetector all("auditor", kLatentsAlone);
  ASSERT_TRUE(all.fit(training_cases(train, clean), pool));
  EXPECT_EQ(all.name(), "auditor");
  EXPECT_EQ(all.risks(test.outputs(), pool), all.auditor().risks(test.outputs()));
  EXPECT_GT(stats::ranking_areas(all.risks(test.outputs(), pool), test.failed).roc_auc, .95);
}

TEST(EnergyHead, ComparesNoClasses) {
  ThreadPool pool(1);
  const AuditCases train = planted_cases(1000, 1), test = planted_cases(500, 2);
  std::vector<std::uint8_t> clean;
  AuditorOptions options = kLatentsAlone;
  options.heads = 2;
  const auto auditor = Auditor::train(training_cases(train, clean), options).value();
  EnergyHead energy(auditor);
  ASSERT_TRUE(energy.fit(training_cases(train, clean), pool));
  const auto risks = energy.risks(test.outputs(), pool);
  for (std::size_t i = 0; i < 20; ++i) {
    std::vector<float> columns(auditor.latents()), z(auditor.classes());
    const auto tensors = auditor.tensors();
    const auto of = [&](const char* name) { return std::ranges::find(tensors, name, &nn::NamedTensor::name)->values; };
    for (std::size_t j = 0; j < columns.size(); ++j) {
      const float away = (test.outputs().latents(i, j) - of("mean")[j]) * of("scale")[j];
      columns[j] = away / (1 + std::abs(away) / of("bound")[0]);
    }
    double sum = 0;
    for (const nn::Mlp& head : auditor.heads()) {
      head.output_of(columns, z);
      sum -= static_cast<double>(z[test.predicted[i]]);
    }
    EXPECT_NEAR(risks[i], sum / 2, 1e-5);
  }
  EXPECT_GT(stats::ranking_areas(risks, test.failed).roc_auc, .95);

  options.target = AuditorTarget::failure;
  const auto of_failures = Auditor::train(training_cases(train, clean), options).value();
  EnergyHead none(of_failures);
  EXPECT_THAT(none.fit(training_cases(train, clean), pool).error().message, HasSubstr("asked for the truth"));
}

TEST(LearnedDetector, ReadsOnlyTheBlocksItIsGiven) {
  ThreadPool pool(1);
  const AuditCases train = planted_cases(1000, 1), test = planted_cases(500, 2);
  std::vector<std::uint8_t> clean;
  const auto area = [&](const char* block) {
    LearnedDetector detector("part", kLatentsAlone, {block});
    EXPECT_TRUE(detector.fit(training_cases(train, clean), pool));
    return stats::ranking_areas(detector.risks(test.outputs(), pool), test.failed).roc_auc;
  };
  EXPECT_GT(area("signal"), .95);
  EXPECT_NEAR(area("noise"), .5, .1);
}

TEST(LearnedDetector, AMissingBlockIsTold) {
  ThreadPool pool(1);
  const AuditCases cases = planted_cases(100, 1);
  std::vector<std::uint8_t> clean;
  LearnedDetector detector("part", kLatentsAlone, {"signal", "attention"});
  EXPECT_THAT(detector.fit(training_cases(cases, clean), pool).error().message,
              HasSubstr("reads 2 blocks of latents, 1 of them"));
}

}  // namespace
}  // namespace errata::audit
