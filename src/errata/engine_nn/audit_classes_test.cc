#include "errata/engine_nn/audit_classes.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "errata/base/test_folder.h"

namespace errata::engine_nn {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::IsEmpty;

/// Case i is predicted to be of class i mod k; its logits are largest at column `column_of` that class.
AuditLog log_of(const std::vector<std::string>& classes, const std::vector<std::uint32_t>& column_of, std::size_t n) {
  AuditLog log;
  const std::size_t k = classes.size();
  log.cases.count = n;
  log.cases.classes = classes;
  for (std::size_t i = 0; i < n; ++i) {
    log.cases.predicted.push_back(static_cast<std::uint32_t>(i % k));
    for (std::size_t c = 0; c < k; ++c) log.cases.logits.push_back(c == column_of[i % k] ? 3.F : -1.F);
  }
  return log;
}

TEST(AuditClasses, ColumnsCalledAfterClassesComeInTheirOrder) {
  audit::AuditCases cases{.count = 2, .classes = {"0", "2", "11"}, .predicted = {1, 2}, .labels = {0, 2}};
  std::vector<std::string> names{"l_0", "l_1", "l_10", "l_11", "l_2"};
  order_by_names(cases, names);
  EXPECT_THAT(names, ElementsAre("l_0", "l_1", "l_2", "l_10", "l_11"));
  EXPECT_THAT(cases.classes, ElementsAre("0", "1", "2", "10", "11"));
  EXPECT_THAT(cases.predicted, ElementsAre(2, 4));
  EXPECT_THAT(cases.labels, ElementsAre(0, 4));
}

TEST(AuditClasses, ClassesThatBeginAlikeAreFoundInNames) {
  audit::AuditCases cases{.count = 1, .classes = {"car", "cat"}, .predicted = {0}};
  std::vector<std::string> names{"z_cat", "z_car"};
  order_by_names(cases, names);
  EXPECT_THAT(names, ElementsAre("z_car", "z_cat"));
}

TEST(AuditClasses, ColumnsOfOtherNamesStayAsTheyAre) {
  audit::AuditCases cases{.count = 1, .classes = {"cat", "dog"}, .predicted = {1}};
  std::vector<std::string> names{"l_1", "l_0"};
  order_by_names(cases, names);
  EXPECT_THAT(names, ElementsAre("l_1", "l_0"));
  EXPECT_THAT(cases.classes, ElementsAre("cat", "dog"));
}

TEST(AuditClasses, AnotherOrderOfLogitsIsMendedByThePredictions) {
  AuditLog log = log_of({"c0", "c1", "c10", "c2"}, {0, 1, 3, 2}, 40);
  log.logit_columns = {"a", "b", "c", "d"};
  check_logits(log);
  ASSERT_EQ(log.warnings.size(), 1U);
  EXPECT_THAT(log.warnings[0], HasSubstr("put in the order that the predictions show"));
  EXPECT_THAT(log.logit_columns, ElementsAre("a", "b", "d", "c"));
  for (std::size_t i = 0; i < log.cases.count; ++i) EXPECT_EQ(log.cases.logits[i * 4 + log.cases.predicted[i]], 3.F);
}

TEST(AuditClasses, ShuffledRowsAreTold) {
  AuditLog log = log_of({"0", "1", "2"}, {0, 1, 2}, 60);
  std::vector<float> backward;
  for (std::size_t i = 60; i-- > 0;)
    backward.insert(backward.end(), log.cases.logits.begin() + std::ptrdiff_t(3 * i),
                    log.cases.logits.begin() + std::ptrdiff_t(3 * i + 3));
  log.cases.predicted[7] = 2;  // no order of classes fits all of them
  log.cases.logits = backward;
  std::rotate(log.cases.logits.begin(), log.cases.logits.begin() + 3, log.cases.logits.begin() + 90);
  const auto before = log.cases.logits;
  check_logits(log);
  ASSERT_EQ(log.warnings.size(), 1U);
  EXPECT_THAT(log.warnings[0], HasSubstr("is not the class of the largest logit in"));
  EXPECT_EQ(log.cases.logits, before);
}

TEST(AuditClasses, ProbabilitiesBecomeTheirLogarithms) {
  AuditLog log{.cases = {.count = 2, .logits = {.25F, .75F, .5F, .5F}, .classes = {"a", "b"}, .predicted = {1, 0}}};
  check_logits(log);
  ASSERT_EQ(log.warnings.size(), 1U);
  EXPECT_THAT(log.warnings[0], HasSubstr("they are probabilities"));
  EXPECT_THAT(log.cases.logits, ElementsAre(FloatNear(std::log(.25F), 1e-6F), FloatNear(std::log(.75F), 1e-6F),
                                            FloatNear(std::log(.5F), 1e-6F), FloatNear(std::log(.5F), 1e-6F)));
  AuditLog rounded{.cases = {.count = 1, .logits = {.33F, .33F, .33F}, .classes = {"a", "b", "c"}, .predicted = {0}}};
  check_logits(rounded);
  EXPECT_THAT(rounded.cases.logits, Each(FloatNear(std::log(.33F), 1e-6F)));
  AuditLog percent{.cases = {.count = 1, .logits = {25.4F, 74.5F}, .classes = {"a", "b"}, .predicted = {1}}};
  check_logits(percent);
  EXPECT_THAT(percent.cases.logits, ElementsAre(FloatNear(std::log(.254F), 1e-6F), FloatNear(std::log(.745F), 1e-6F)));
  AuditLog logits{.cases = {.count = 1, .logits = {.25F, 1.75F}, .classes = {"a", "b"}, .predicted = {1}}};
  check_logits(logits);
  EXPECT_THAT(logits.warnings, IsEmpty());
}

TEST(AuditClasses, AnAuditorsClassesAreMatchedByNameAndItsUnknownLabelsDropped) {
  audit::AuditCases cases{.count = 2, .classes = {"b", "c", "new"}, .predicted = {1, 0}, .labels = {2, 0}};
  ASSERT_TRUE(match_classes(cases, {"a", "b", "c"}, "log.csv"));
  EXPECT_THAT(cases.predicted, ElementsAre(2, 1));
  EXPECT_THAT(cases.labels, IsEmpty());
  audit::AuditCases other{.count = 1, .classes = {"b", "new"}, .predicted = {1}};
  EXPECT_THAT(match_classes(other, {"a", "b"}, "log.csv").error().message,
              HasSubstr("log.csv: row 1: prediction new is no class that the auditor was trained on (a, b)"));
  audit::AuditCases none{.count = 1};
  EXPECT_TRUE(match_classes(none, {}, "log.csv"));
}

}  // namespace
}  // namespace errata::engine_nn
