#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/report/audit/json.h"
#include "errata/report/audit/test_example.h"
#include "errata/report/audit/words.h"

namespace errata::report {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> keys_of(const ordered_json& json) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  return keys;
}

ordered_json parsed(const audit::Audit& audit) { return ordered_json::parse(audit_json(audit)); }

TEST(AuditJson, NamesItsSchemaFirstAndHoldsEveryPart) {
  const ordered_json json = parsed(example_audit());
  EXPECT_EQ(json["schema"], "errata.audit");
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_THAT(keys_of(json), ElementsAre("schema", "schema_version", "errata", "subject", "no_auditor", "built_in",
                                         "findings", "advice", "calibration", "operating_points", "unlike_share",
                                         "sets", "left_out", "evidence", "channels", "evidence_stability", "warnings"));
  EXPECT_EQ(json["subject"]["train"]["cases"], 150'000);
  EXPECT_EQ(json["built_in"]["primary_accuracy"], 0.9912);
  EXPECT_EQ(json["findings"][0], audit_findings(example_audit())[0].words);
  EXPECT_EQ(json["left_out"][1]["auroc"], 0.884);
  EXPECT_EQ(json["evidence"][0]["auroc_lost_sd"], 0.0041);
  EXPECT_TRUE(parsed(lone_audit())["built_in"].is_null());
  EXPECT_TRUE(json["no_auditor"].is_null());
  const ordered_json baselines = parsed(baseline_audit());
  EXPECT_EQ(baselines["no_auditor"], baseline_audit().no_auditor);
  EXPECT_TRUE(baselines["subject"]["target"].is_null());
}

TEST(AuditJson, SetsHoldFiguresOfEveryDetectorAndCurvesOfSome) {
  const audit::Audit audit = example_audit();
  const ordered_json set = parsed(audit)["sets"][0];
  EXPECT_THAT(keys_of(set),
              ElementsAre("name", "words", "exchangeable", "cases", "failures", "label_accuracy", "unlike", "know_more",
                          "detectors", "reliability", "operating_points", "sample"));
  EXPECT_THAT(keys_of(set["detectors"]),
              ElementsAre("auditor", "msp", "energy", "knn", "mahalanobis_nearest", "source_auditor"));
  const ordered_json& own = set["detectors"]["auditor"];
  EXPECT_EQ(own["auroc"]["value"], 0.9847);
  EXPECT_EQ(own["auroc"]["interval"][1], audit.sets[0].detectors[0].metrics[audit::Figure::auroc].interval.high);
  EXPECT_EQ(own["auroc_less_msp"]["p_value"], 3e-41);
  EXPECT_EQ(set["know_more"].size(), 0);
  EXPECT_EQ(parsed(audit)["sets"][3]["know_more"], ordered_json::parse(R"(["energy"])"));
  EXPECT_EQ(set["detectors"]["knn"]["auroc_less_auditor"]["p_value"], 2e-9);
  EXPECT_LT(set["detectors"]["knn"]["auroc_less_auditor"]["difference"], 0);
  EXPECT_EQ(own["roc"].size(), audit.sets[0].detectors[0].roc.size());
  EXPECT_TRUE(set["detectors"]["knn"].contains("risk_coverage")) << "the best other";
  EXPECT_FALSE(set["detectors"]["energy"].contains("roc"));
  EXPECT_TRUE(set["detectors"]["msp"]["ece"]["value"].is_null());
}

TEST(AuditJson, OperatingPointsTellWhatWasAskedAndWhatCame) {
  const ordered_json point = parsed(example_audit())["sets"][2]["operating_points"][0];
  EXPECT_EQ(point["rule"], "sgr");
  EXPECT_EQ(point["target"], 0.05);
  EXPECT_EQ(point["threshold"], 0.2143);
  EXPECT_EQ(point["realised"]["risk"], 0.0903);
  EXPECT_EQ(point["realised"]["accepted"], 6020);
  const ordered_json none = parsed(lone_audit())["operating_points"][0];
  EXPECT_TRUE(none["threshold"].is_null()) << "accepts nothing";
  EXPECT_EQ(none["coverage"], 0);
}

TEST(AuditJson, TheSampleStandsByColumns) {
  const audit::Audit audit = example_audit();
  const ordered_json sample = parsed(audit)["sets"][0]["sample"];
  EXPECT_THAT(keys_of(sample), ElementsAre("confidence", "risk", "failed", "pca"));
  ASSERT_EQ(sample["risk"].size(), 300);
  EXPECT_FLOAT_EQ(sample["risk"][7].get<float>(), audit.sets[0].sample[7].risk);
  EXPECT_EQ(sample["failed"][4], true);
  EXPECT_FLOAT_EQ(sample["pca"][7][1].get<float>(), audit.sets[0].sample[7].pca2);
  EXPECT_TRUE(parsed(audit)["sets"][1]["sample"]["risk"].empty());
}

TEST(AuditJson, WhatIsNotANumberIsNull) {
  for (const audit::Audit& audit :
       {example_audit(), lone_audit(), baseline_audit(), flawless_audit(), empty_audit(), hostile_audit()}) {
    EXPECT_THAT(audit_json(audit, -1), Not(HasSubstr("nan")));
    EXPECT_FALSE(ordered_json::parse(audit_json(audit), nullptr, false).is_discarded());
  }
  EXPECT_TRUE(parsed(flawless_audit())["sets"][0]["detectors"]["auditor"]["auroc"]["value"].is_null());
}

}  // namespace
}  // namespace errata::report
