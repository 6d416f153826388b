#include "errata/audit/evidence.h"

#include <gmock/gmock.h>

#include <cmath>

#include "errata/audit/test_planted.h"

namespace errata::audit {
namespace {

using testing::AnyOf;
using testing_support::planted_cases;

const AuditorOptions kShort{.hidden = {16}, .dropout = 0, .epochs = 8, .batch = 64, .learning_rate = 1e-2};

Audit evidence_of(std::size_t seeds, std::uint64_t rng) {
  const AuditCases train = planted_cases(1000, 1), test = planted_cases(600, 2);
  std::vector<std::uint8_t> clean;
  const TrainingCases training = training_cases(train, clean);
  const Auditor auditor = Auditor::train(training, kShort).value();
  Audit audit;
  EXPECT_TRUE(find_evidence(training, auditor, test, {.auditor = kShort, .cases = 500, .seeds = seeds, .rng = Rng(rng)},
                            audit));
  return audit;
}

TEST(Evidence, IsFoundWhereItWasPlanted) {
  const Audit audit = evidence_of(2, 1);
  ASSERT_EQ(audit.evidence.size(), 3U);  // signal, noise, logits
  EXPECT_EQ(audit.evidence[0].name, "signal");
  EXPECT_GT(audit.evidence[0].auroc_lost, .2);
  double whole = 0;
  for (const auto& group : audit.evidence) {
    whole += group.integrated;
    if (group.name != "noise") continue;
    EXPECT_NEAR(group.auroc_lost, 0, .03);
    EXPECT_LT(group.integrated, .2);
  }
  EXPECT_NEAR(whole, 1, 1e-9);  // shares
  ASSERT_EQ(audit.channels.size(), 7U);
  EXPECT_THAT(audit.channels[0].name, AnyOf("signal[0]", "signal[1]"));
  EXPECT_THAT(audit.channels[1].name, AnyOf("signal[0]", "signal[1]", "logits[0]", "logits[1]"));
  for (std::size_t c = 1; c < audit.channels.size(); ++c)
    EXPECT_LE(audit.channels[c].integrated, audit.channels[c - 1].integrated);
  EXPECT_TRUE(std::isnan(audit.channels[0].auroc_lost));
  EXPECT_GT(audit.evidence_stability, .4);
  EXPECT_LE(audit.evidence_stability, 1);
}

TEST(Evidence, OfOneSeedHasNoStabilityAndNoSpread) {
  const Audit audit = evidence_of(1, 1);
  EXPECT_TRUE(std::isnan(audit.evidence_stability));
  for (const auto& group : audit.evidence) {
    EXPECT_EQ(group.auroc_lost_sd, 0);
    EXPECT_EQ(group.integrated_sd, 0);
  }
}

TEST(Evidence, IsTheSameForTheSameSeed) {
  const Audit one = evidence_of(1, 1), two = evidence_of(1, 1);
  for (std::size_t g = 0; g < one.evidence.size(); ++g)
    EXPECT_EQ(one.evidence[g].auroc_lost, two.evidence[g].auroc_lost);
}

}  // namespace
}  // namespace errata::audit
