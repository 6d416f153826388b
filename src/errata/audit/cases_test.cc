#include "errata/audit/cases.h"

#include <gmock/gmock.h>

#include <limits>

namespace errata::audit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Four cases: clean, fog, rotate and fog, fog; two blocks of latents, three classes.
AuditCases four() {
  return {.count = 4,
          .latents = {0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32},
          .blocks = {{.name = "conv", .first = 0, .width = 1}, {.name = "hidden", .first = 1, .width = 2}},
          .penultimate = 1,
          .logits = {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0},
          .classes = {"cat", "dog", "fox"},
          .predicted = {0, 1, 2, 0},
          .labels = {0, 1, 1, 1},
          .failed = {0, 0, 1, 1},
          .groups = {"none", "fog", "rotate"},
          .groups_of = {{0}, {1}, {2, 1}, {1}},
          .severity = {0, .25, .5, .75}};
}

TEST(AuditCases, ViewsThemselvesAsOutputs) {
  const AuditCases cases = four();
  const ModelOutputs outputs = cases.outputs();
  EXPECT_EQ(outputs.cases, 4U);
  EXPECT_EQ(outputs.latents.cols(), 3U);
  EXPECT_EQ(outputs.latents(2, 1), 21);
  EXPECT_EQ(outputs.logits.cols(), 3U);
  EXPECT_EQ(outputs.logits(2, 2), 1);
  EXPECT_EQ(AuditCases{}.outputs().latents.cols(), 0U);
}

TEST(AuditCases, LogitsOfClassesThatDoNotOccurMakeRoomForThem) {
  AuditCases cases{.count = 2, .classes = {"1", "3"}, .predicted = {0, 1}, .labels = {1, 1}};
  ASSERT_TRUE(widen_classes(cases, 2, "log")) << "as many as there are";
  EXPECT_THAT(cases.classes, ElementsAre("1", "3"));
  ASSERT_TRUE(widen_classes(cases, 5, "log"));
  EXPECT_THAT(cases.classes, ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_THAT(cases.predicted, ElementsAre(1, 3));
  EXPECT_THAT(cases.labels, ElementsAre(3, 3));
  AuditCases named = four();
  EXPECT_THAT(widen_classes(named, 4, "log").error().message, HasSubstr("log: 4 logits a case, but 3 classes occur"));
  AuditCases beyond{.count = 1, .classes = {"7"}, .predicted = {0}};
  EXPECT_FALSE(widen_classes(beyond, 5, "log"));
}

TEST(AuditCases, TakesRowsInTheOrderAsked) {
  const AuditCases taken = four().at(std::vector<std::size_t>{3, 1});
  EXPECT_EQ(taken.count, 2U);
  EXPECT_THAT(taken.latents, ElementsAre(30, 31, 32, 10, 11, 12));
  EXPECT_THAT(taken.logits, ElementsAre(1, 0, 0, 0, 1, 0));
  EXPECT_THAT(taken.predicted, ElementsAre(0, 1));
  EXPECT_THAT(taken.labels, ElementsAre(1, 1));
  EXPECT_THAT(taken.failed, ElementsAre(1, 0));
  EXPECT_THAT(taken.groups_of, ElementsAre(ElementsAre(1), ElementsAre(1)));
  EXPECT_THAT(taken.severity, ElementsAre(.75, .25));
  EXPECT_EQ(taken.penultimate, 1U);
}

TEST(AuditCases, HalvesPutTogetherAreTheWhole) {
  AuditCases joined;
  joined.append(four().at(std::vector<std::size_t>{0, 1}));
  joined.append(four().at(std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(joined.count, 4U);
  EXPECT_EQ(joined.latents, four().latents);
  EXPECT_EQ(joined.logits, four().logits);
  EXPECT_EQ(joined.groups_of, four().groups_of);
  EXPECT_EQ(joined.failed, four().failed);
}

TEST(AuditCases, KnowsWhatACaseWentThrough) {
  const AuditCases cases = four();
  EXPECT_THAT(cases.rows_of(1), ElementsAre(1, 3));
  EXPECT_THAT(cases.rows_of(2), ElementsAre());  // never alone
  EXPECT_THAT(cases.rows_without(std::vector<std::uint32_t>{2}), ElementsAre(0, 1, 3));
  EXPECT_THAT(cases.rows_without(std::vector<std::uint32_t>{1, 2}), ElementsAre(0));
  std::vector<std::uint8_t> clean;
  const TrainingCases training = training_cases(cases, clean);
  EXPECT_THAT(clean, ElementsAre(1, 0, 0, 0));
  EXPECT_EQ(training.classes, 3U);
  EXPECT_EQ(training.clean.data(), clean.data());
}

TEST(AuditCases, WithoutGroupsAllAreClean) {
  AuditCases cases = four();
  cases.groups.clear();
  cases.groups_of.clear();
  EXPECT_TRUE(cases.is_clean(2));
  EXPECT_THAT(cases.rows_of(0), ElementsAre());
  EXPECT_THAT(cases.rows_without(std::vector<std::uint32_t>{1}), ElementsAre(0, 1, 2, 3));
}

TEST(AuditCases, NamesTheRowAndColumnOfAValueThatIsNone) {
  EXPECT_TRUE(check_values(four(), "log"));
  AuditCases latent = four();
  latent.latents[8] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(check_values(latent, "log").error().message, HasSubstr("log: row 3: latent hidden[1] is nan"));
  AuditCases logit = four();
  logit.logits[4] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(check_values(logit, "log").error().message, HasSubstr("log: row 2: logit dog is inf"));
}

}  // namespace
}  // namespace errata::audit
