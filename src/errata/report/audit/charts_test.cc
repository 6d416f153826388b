#include "errata/report/audit/charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "errata/report/audit/test_example.h"

namespace errata::report {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> names_of(const std::vector<Chart>& charts) {
  std::vector<std::string> names;
  for (const Chart& chart : charts) names.push_back(chart.name);
  return names;
}

Chart chart_named(const audit::Audit& audit, const std::string& name) {
  const std::vector<Chart> charts = audit_charts(audit);
  const auto found = std::ranges::find(charts, name, &Chart::name);
  EXPECT_NE(found, charts.end()) << name;
  return found == charts.end() ? Chart{} : *found;
}

/// The data sets of a chart.
Json data_of(const audit::Audit& audit, const std::string& name) { return Json::parse(chart_named(audit, name).data); }
Json spec_of(const audit::Audit& audit, const std::string& name) { return Json::parse(chart_named(audit, name).spec); }

TEST(AuditCharts, EveryPartOfAnAuditHasItsPicture) {
  EXPECT_THAT(
      names_of(audit_charts(example_audit())),
      ElementsAre("detectors", "roc_held_out", "risk_coverage_held_out", "reliability_held_out", "roc_unseen_mix_a",
                  "risk_coverage_unseen_mix_a", "reliability_unseen_mix_a", "roc_unseen_mix_b",
                  "risk_coverage_unseen_mix_b", "reliability_unseen_mix_b", "roc_pgd", "risk_coverage_pgd",
                  "reliability_pgd", "confidence", "auditor_risk", "latents", "left_out", "evidence", "channels"));
  EXPECT_THAT(names_of(audit_charts(lone_audit())), ElementsAre("roc_held_out", "risk_coverage_held_out"));
  EXPECT_THAT(names_of(audit_charts(baseline_audit())),
              ElementsAre("detectors", "roc_held_out", "risk_coverage_held_out", "roc_unseen_mix_a",
                          "risk_coverage_unseen_mix_a", "confidence"));
  EXPECT_THAT(names_of(audit_charts(flawless_audit())), IsEmpty());
  EXPECT_THAT(audit_charts(empty_audit()), IsEmpty());
}

TEST(AuditCharts, NamesAreFileNamesThatDiffer) {
  audit::Audit audit = example_audit();
  audit.sets[1].name = "../../etc/passwd";
  audit.sets[2].name = "Held out";
  audit.sets[3].name = "–––";
  for (const audit::Audit& one : {audit, hostile_audit()}) {
    const auto names = names_of(audit_charts(one));
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
    for (const std::string& name : names)
      EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos) << name;
  }
}

TEST(AuditCharts, CurvesAreThoseOfTheShownDetectorsInTheirOrder) {
  const audit::Audit audit = example_audit();
  const Json rows = data_of(audit, "roc_unseen_mix_a")["rows"];
  std::vector<std::string> kinds;
  for (const Json& row : rows)
    if (const auto kind = row["kind"].get<std::string>(); kinds.empty() || kinds.back() != kind) kinds.push_back(kind);
  EXPECT_THAT(kinds, ElementsAre("auditor", "softmax", "best other", "source's auditor"));
  const auto& roc = audit.sets[1].detectors[0].roc;
  for (std::size_t i = 0; i < roc.size(); ++i) {
    EXPECT_NEAR(rows[i]["x"].get<double>(), roc[i].false_positive_rate, 5e-5);
    EXPECT_NEAR(rows[i]["y"].get<double>(), roc[i].true_positive_rate, 5e-5);
  }
  EXPECT_THAT(chart_named(audit, "roc_unseen_mix_a").title, HasSubstr("AUROC 0.966, softmax 0.813"));
  EXPECT_THAT(chart_named(audit, "risk_coverage_unseen_mix_a").title,
              HasSubstr("unseen mix A: 61.1% accepted at 5% failures, softmax 22.3%"));
  EXPECT_EQ(chart_named(baseline_audit(), "roc_unseen_mix_a").title, "ROC on unseen mix A: AUROC 0.813 by softmax");
  EXPECT_EQ(chart_named(baseline_audit(), "risk_coverage_unseen_mix_a").title,
            "unseen mix A: 22.3% accepted at 5% failures by softmax");
}

TEST(AuditCharts, TheHeatMapHasACellADetectorAndSet) {
  const Json rows = data_of(example_audit(), "detectors")["rows"];
  EXPECT_EQ(rows.size(), 6 * 4);
  EXPECT_EQ(rows[0]["text"], ".985");
}

TEST(AuditCharts, SharesOfAnOutcomeAddUpToAll) {
  for (const char* name : {"confidence", "auditor_risk"}) {
    const Json rows = data_of(example_audit(), name)["rows"];
    ASSERT_EQ(rows.size(), 2 * 26);  // 25 bins and the end of the last
    for (const std::size_t first : {0U, 26U}) {
      double sum = 0;
      for (std::size_t i = 0; i < 25; ++i) sum += rows[first + i]["share"].get<double>();
      EXPECT_NEAR(sum, 1, 0.02) << name;
      EXPECT_EQ(rows[first + 25]["share"], rows[first + 24]["share"]);
    }
  }
}

TEST(AuditCharts, WithoutAFailureTheTitleNamesNone) {
  audit::Audit audit = example_audit();
  EXPECT_THAT(chart_named(audit, "confidence").title, HasSubstr("still "));
  for (audit::CasePoint& point : audit.sets[0].sample) point.failed = false;
  EXPECT_EQ(chart_named(audit, "confidence").title, "How confident the model is");
}

TEST(AuditCharts, WhatWasLeftOutIsSortedTheHardestFirst) {
  const Json spec = spec_of(example_audit(), "left_out");
  EXPECT_THAT(spec["layer"][1]["encoding"]["y"]["sort"].get<std::vector<std::string>>(),
              ElementsAre("elastic", "zigzag", "pixelate", "fog"));
}

TEST(AuditCharts, ASampleIsAPointACase) {
  const audit::Audit audit = example_audit();
  const Json rows = data_of(audit, "latents")["rows"];
  ASSERT_EQ(rows.size(), audit.sets[0].sample.size());
  EXPECT_NEAR(rows[4]["risk"].get<double>(), audit.sets[0].sample[4].risk, 5e-4);
  EXPECT_EQ(rows[4]["outcome"], "failed");
}

}  // namespace
}  // namespace errata::report
