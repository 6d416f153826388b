#include "errata/audit/training_length.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "errata/audit/test_planted.h"
#include "errata/stats/classification.h"

namespace errata::audit {
namespace {

using testing_support::planted_cases;

/// Batches as large as the default's, so that 1,200 cases are 3 steps an epoch.
const AuditorOptions kDefaultEpochs{.hidden = {32}, .dropout = 0};

std::vector<std::size_t> epochs_of(const LengthOfTraining& length) {
  std::vector<std::size_t> epochs;
  for (const TriedLength& tried : length.tried) epochs.push_back(tried.epochs);
  return epochs;
}

LongEnough trained(const AuditCases& train, const AuditCases& held_out, const AuditorOptions& options,
                   bool other_question = false) {
  std::vector<std::uint8_t> clean;
  auto result = train_long_enough(training_cases(train, clean), held_out, options, other_question);
  EXPECT_TRUE(result) << result.error().message;
  return std::move(*result);
}

double area(const Auditor& auditor, const AuditCases& cases) {
  return stats::ranking_areas(auditor.risks(cases.outputs()), cases.failed).roc_auc;
}

/// Labels, and so failures, that have nothing to do with what the model computed.
AuditCases without_evidence(AuditCases cases, std::uint64_t seed) {
  Rng rng(seed);
  for (std::size_t i = 0; i < cases.count; ++i) {
    cases.failed[i] = rng.bernoulli(.3) ? 1 : 0;
    cases.labels[i] = cases.failed[i] != 0 ? 1 - cases.predicted[i] : cases.predicted[i];
  }
  return cases;
}

TEST(TrainLongEnough, GoesOnWhereFewStepsAreTooFew) {
  const AuditCases train = planted_cases(1200, 1), held_out = planted_cases(400, 2), test = planted_cases(2000, 3);
  const LongEnough result = trained(train, held_out, kDefaultEpochs);
  EXPECT_GT(result.length.epochs, 8U);
  EXPECT_EQ(result.length.steps, 3 * result.length.epochs);
  EXPECT_LE(result.length.steps, kMostSteps);
  EXPECT_EQ(result.length.tried.front().steps, 24U);
  std::vector<std::uint8_t> clean;
  const auto short_one = Auditor::train(training_cases(train, clean), kDefaultEpochs).value();
  EXPECT_GT(area(result.auditor, test), area(short_one, test));
  EXPECT_GT(area(result.auditor, test), .98);
}

TEST(TrainLongEnough, StaysShortWhereThereIsNothingToLearn) {
  const AuditCases train = without_evidence(planted_cases(1200, 1), 4),
                   held_out = without_evidence(planted_cases(400, 2), 5);
  const LongEnough result = trained(train, held_out, {.dropout = 0});
  EXPECT_EQ(result.length.epochs, 8U);
  EXPECT_LT(result.length.tried.size(), 4U) << "it goes on though held-out cases lose by it";
}

/// 3,200 steps are enough: nothing else is tried, and so nothing is said about losses.
TEST(TrainLongEnough, LeavesLongTrainingsAlone) {
  AuditorOptions options = kDefaultEpochs;
  options.batch = 3;
  const LongEnough result = trained(planted_cases(1200, 1), planted_cases(400, 2), options);
  EXPECT_EQ(result.length.steps, 3200U);
  ASSERT_THAT(epochs_of(result.length), testing::ElementsAre(8));
  EXPECT_TRUE(std::isnan(result.length.tried[0].loss));
}

/// The truth is a coin, but a column says when the model fails. Asked for the truth the network cannot but add up both.
TEST(TrainLongEnough, AsksAboutFailuresWhereThatIsWhatTheColumnsTell) {
  const auto coin = [](std::size_t count, std::uint64_t seed) {
    AuditCases cases = planted_cases(count, seed);
    Rng rng(seed + 100);
    for (std::size_t i = 0; i < count; ++i) {
      cases.failed[i] = cases.latents[i * 5 + 3] > 1 ? 1 : 0;
      cases.predicted[i] = rng.bernoulli(.5) ? 1 : 0;
      cases.labels[i] = cases.failed[i] != 0 ? 1 - cases.predicted[i] : cases.predicted[i];
      cases.logits[2 * i] = cases.logits[2 * i + 1] = 0;
    }
    return cases;
  };
  const AuditCases train = coin(1200, 1), held_out = coin(400, 2);
  const LongEnough both = trained(train, held_out, kDefaultEpochs, true);
  EXPECT_EQ(both.auditor.target(), AuditorTarget::failure);
  EXPECT_EQ(both.length.tried.front().target, AuditorTarget::label);
  EXPECT_EQ(both.length.tried.back().target, AuditorTarget::failure);
  EXPECT_GT(area(both.auditor, coin(2000, 3)), .98);
  EXPECT_EQ(trained(train, held_out, kDefaultEpochs, false).auditor.target(), AuditorTarget::label);
  // Where the truth is what the columns tell, it is asked for.
  EXPECT_EQ(trained(planted_cases(1200, 1), planted_cases(400, 2), kDefaultEpochs, true).auditor.target(),
            AuditorTarget::label);
}

}  // namespace
}  // namespace errata::audit
