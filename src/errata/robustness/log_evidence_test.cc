#include "errata/robustness/log_evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "errata/base/limits.h"

namespace errata::robustness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

table::Column numeric(std::string name, std::vector<double> values) {
  return {.name = std::move(name), .numbers = std::move(values)};
}
table::Column text(std::string name, std::vector<std::string> categories, const std::vector<std::int32_t>& codes) {
  return {.name = std::move(name),
          .kind = table::ColumnKind::categorical,
          .codes = codes,
          .categories = std::move(categories)};
}

/// Six cases of two classes; the second and the last fail.
table::PredictionLog six_cases() {
  table::PredictionLog log{.rows = 6, .task = table::Task::classes, .classes = {"no", "yes"}};
  log.failed = {0, 1, 0, 0, 0, 1};
  log.label_class = {0, 0, 1, 1, 0, 0};
  log.predicted_class = {0, 1, 1, 1, 0, 1};
  log.columns = {numeric("severity", {0, 1, 1, 2, kNaN, 2}),
                 text("kind", {"fog", "none", "snow"}, {1, 0, 2, 0, table::kMissingCode, 2}),
                 text("device", {"a", "b"}, {0, 1, 0, 1, 0, 1}), numeric("t", {5, 4, 3, 2, 1, 0})};
  return log;
}

Result<Evidence> evidence_of(table::PredictionLog log, const ShiftColumns& columns = {},
                             const table::PredictionLog* earlier = nullptr) {
  return evidence_of_log(std::move(log), columns, earlier, {.mode = slice::PairingMode::paired});
}

TEST(LogEvidence, WhatALogDoesNotTellHasItsReason) {
  const auto evidence = evidence_of(six_cases());
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_EQ(evidence->why(Check::corruption), Unmeasured::no_severity);
  EXPECT_EQ(evidence->why(Check::calibration), Unmeasured::no_confidence);
  EXPECT_EQ(evidence->why(Check::rejection), Unmeasured::no_pictures);
  EXPECT_EQ(evidence->why(Check::stability), Unmeasured::no_streams);
  EXPECT_EQ(evidence->why(Check::slices), Unmeasured::no_features);
  EXPECT_EQ(evidence->why(Check::retention), Unmeasured::no_earlier);
  EXPECT_FALSE(evidence_of({}));
}

TEST(LogEvidence, CalibrationNeedsScoresAndWhereItIsNamedAColumnOfSeverity) {
  table::PredictionLog log = six_cases();
  log.confidence = {kNaN, .9, kNaN, kNaN, kNaN, kNaN};
  EXPECT_EQ(evidence_of(log)->why(Check::calibration), Unmeasured::none);
  EXPECT_EQ(evidence_of(log)->why(Check::corruption), Unmeasured::no_severity);
  log.confidence.assign(6, kNaN);
  EXPECT_EQ(evidence_of(log)->why(Check::calibration), Unmeasured::no_confidence);
  log.confidence.assign(6, .9);
  log.columns[0] = numeric("severity", std::vector<double>(6, 0));
  EXPECT_EQ(evidence_of(log, {.severity = "severity"})->why(Check::calibration), Unmeasured::no_clean);
}

TEST(LogEvidence, SeverityMakesLevelsAndMissingIsClean) {
  const auto evidence = evidence_of(six_cases(), {.severity = "severity"});
  ASSERT_TRUE(evidence) << evidence.error().message;
  const Sweep& sweep = *evidence->sweep;
  EXPECT_THAT(sweep.levels, ElementsAre("1", "2"));
  EXPECT_THAT(sweep.corruptions, ElementsAre("all"));
  std::vector<std::uint32_t> levels;
  for (const ShiftedCase& one : sweep.cases) levels.push_back(one.level);
  EXPECT_THAT(levels, ElementsAre(0, 1, 1, 2, 0, 2));
  EXPECT_TRUE(sweep.cases[1].failed);
  EXPECT_EQ(evidence->why(Check::corruption), Unmeasured::none);
  EXPECT_EQ(evidence->why(Check::calibration), Unmeasured::no_confidence);
}

TEST(LogEvidence, TheKindDecidesWhatIsClean) {
  table::PredictionLog log = six_cases();
  log.columns[0] = numeric("severity", {.5, 1, 1, 2, kNaN, 2});  // the first case is clean, whatever stands there
  log.confidence = {.9, .8, .7, .6, .5, .4};
  const auto evidence = evidence_of(log, {.severity = "severity", .corruption = "kind"});
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_THAT(evidence->sweep->corruptions, ElementsAre("fog", "snow"));
  EXPECT_EQ(evidence->sweep->cases[0].level, 0U);
  EXPECT_EQ(evidence->sweep->cases[2].corruption, 1U);
  EXPECT_FLOAT_EQ(evidence->sweep->cases[2].confidence, .7F);
  EXPECT_EQ(evidence->why(Check::calibration), Unmeasured::none);
}

TEST(LogEvidence, ManySeveritiesBecomePartsOfTheirRange) {
  table::PredictionLog log{.rows = 22};
  std::vector<double> severity{0};
  for (int i = 0; i <= 20; ++i) severity.push_back(.05 * i + .01);
  log.columns = {numeric("severity", severity)};
  log.failed.assign(22, 0);
  const auto evidence = evidence_of(log, {.severity = "severity"});
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_THAT(evidence->sweep->levels,
              ElementsAre("0.01 to 0.21", "0.21 to 0.41", "0.41 to 0.61", "0.61 to 0.81", "0.81 to 1.01"));
  EXPECT_EQ(evidence->sweep->cases.front().level, 0U);
  EXPECT_EQ(evidence->sweep->cases[1].level, 1U);
  EXPECT_EQ(evidence->sweep->cases.back().level, 5U);
}

TEST(LogEvidence, WithoutCleanCasesThereIsNoSweep) {
  table::PredictionLog log = six_cases();
  log.columns[0] = numeric("severity", {1, 1, 1, 2, 3, 2});
  EXPECT_EQ(evidence_of(log, {.severity = "severity"})->why(Check::corruption), Unmeasured::no_clean);
  log.columns[0] = numeric("severity", {0, 0, 0, 0, 0, 0});
  EXPECT_EQ(evidence_of(log, {.severity = "severity"})->why(Check::corruption), Unmeasured::no_clean);
}

TEST(LogEvidence, StreamsAreInTheOrderOfTime) {
  table::PredictionLog log = six_cases();
  log.roles.stream = "device";
  EXPECT_EQ(evidence_of(log)->why(Check::stability), Unmeasured::no_order);
  log.roles.time = "t";
  const auto evidence = evidence_of(log);
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_EQ(evidence->why(Check::stability), Unmeasured::none);
  std::vector<std::uint32_t> labels, sequences;
  for (const Frame& frame : evidence->sequences->frames) {
    labels.push_back(frame.label);
    sequences.push_back(frame.sequence);
  }
  EXPECT_THAT(sequences, ElementsAre(0, 0, 0, 1, 1, 1));
  EXPECT_THAT(labels, ElementsAre(0, 1, 0, 0, 1, 0));  // rows 4, 2, 0, then 5, 3, 1
}

TEST(LogEvidence, AnEarlierLogIsJoinedRowByRow) {
  table::PredictionLog earlier = six_cases();
  earlier.failed = {1, 0, 0, 0, 0, 1};
  const auto evidence = evidence_of(six_cases(), {}, &earlier);
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_EQ(evidence->paired->failed, (std::vector<std::uint8_t>{0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(evidence->paired->failed_before, (std::vector<std::uint8_t>{1, 0, 0, 0, 0, 1}));
  earlier.rows = 5;
  earlier.failed.pop_back();
  EXPECT_FALSE(evidence_of(six_cases(), {}, &earlier)) << "another number of rows, and no ids";
}

TEST(LogEvidence, SeveritiesThatAreNoneAreRefused) {
  table::PredictionLog log = six_cases();
  log.columns[0] = numeric("severity", {0, -1, 1, 2, 3, 2});
  const auto negative = evidence_of(log, {.severity = "severity"});
  ASSERT_FALSE(negative);
  EXPECT_THAT(negative.error().message, HasSubstr("column severity: row 2: severity -1"));
  EXPECT_FALSE(evidence_of(six_cases(), {.severity = "sverity"}));
}

}  // namespace
}  // namespace errata::robustness
