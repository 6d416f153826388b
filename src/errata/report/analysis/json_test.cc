#include "errata/report/analysis/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "errata/report/analysis/test_example.h"

namespace errata::report {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;

std::vector<std::string> keys_of(const ordered_json& json) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  return keys;
}

TEST(Json, NamesItsSchemaFirstAndHoldsEveryPart) {
  const ordered_json json = ordered_json::parse(analysis_json(example_analysis()));
  EXPECT_EQ(json["schema"], "errata.analysis");
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_THAT(keys_of(json),
              ElementsAre("schema", "schema_version", "errata", "files", "rows", "failures", "rate", "interval", "loss",
                          "mean_loss", "roles", "task", "rule", "options", "warnings", "classes", "numbers",
                          "searched_rows", "held_out_rows", "tested", "hotspots", "safe", "fails_more_than_believed",
                          "unconfirmed", "saved_slices", "groups", "top", "features", "over_time", "drift",
                          "associations", "tree", "pair_rates", "claim"));
  EXPECT_EQ(json["rows"], 24'421);
  EXPECT_EQ(json["over_time"]["periods"].size(), 52);
  EXPECT_EQ(json["pair_rates"]["n"].size(), 18);
}

TEST(Json, AHotspotHasItsWordsSqlFiguresAndFolds) {
  const ordered_json hotspot = ordered_json::parse(analysis_json(example_analysis()))["hotspots"][0];
  EXPECT_EQ(hotspot["where"][0], ordered_json::parse(R"({"feature": "marital-status", "equals": "Married"})"));
  EXPECT_EQ(
      hotspot["where"][1],
      ordered_json::parse(R"({"feature": "education-num", "above": 12.0, "up_to": null, "min": 13.0, "max": 16.0})"));
  EXPECT_EQ(hotspot["sql"], R"("marital-status" = 'Married' AND "education-num" > 12)");
  EXPECT_EQ(hotspot["n"], 1075);
  EXPECT_NEAR(hotspot["rate"].get<double>(), 336.0 / 1075, 1e-15);
  EXPECT_NEAR(hotspot["lift"].get<double>(), (336.0 / 1075) / ((3566.0 - 336) / (24'421 - 1075)), 1e-12);
  EXPECT_EQ(hotspot["folded"].size(), 2);
  EXPECT_EQ(hotspot["folded"][1]["reason"], "child");
}

TEST(Json, AHotspotHasWhatItsConfidenceExpectsAndItsKindsOfFailure) {
  const ordered_json json = ordered_json::parse(analysis_json(example_analysis()));
  const ordered_json& hotspot = json["hotspots"][0];
  const ordered_json& excess = hotspot["excess"];
  EXPECT_THAT(keys_of(excess), ElementsAre("expected", "expected_rate", "excess", "interval", "claimed_rate", "tested",
                                           "p_value", "p_adjusted", "belief"));
  EXPECT_EQ(excess["expected"], 129);
  EXPECT_EQ(excess["tested"]["n"], 538);
  EXPECT_EQ(excess["belief"], "more_than_believed");
  EXPECT_TRUE(hotspot["folded"][0]["excess"].is_null());
  EXPECT_EQ(hotspot["classes"]["binary"]["base_rate"], 0.5);
  EXPECT_EQ(json["hotspots"][2]["excess"]["belief"], "as_believed");
  EXPECT_EQ(json["claim"]["claimed_rate"], 0.11);
  EXPECT_EQ(hotspot["kinds"]["binary"]["false_negative_rate"], 0.62);
  EXPECT_EQ(hotspot["folded"][0]["kinds"]["binary"]["false_positive_rate"], 0.05);
  EXPECT_TRUE(json["unconfirmed"][0].contains("kinds"));
}

TEST(Json, SilentFailuresSafeSlicesAndNestingAreTold) {
  const ordered_json json = ordered_json::parse(analysis_json(example_analysis()));
  EXPECT_EQ(json["fails_more_than_believed"][0]["where"][0]["equals"], "web");
  EXPECT_EQ(json["fails_more_than_believed"][0]["excess"]["expected"], 195);
  EXPECT_EQ(json["safe"][0]["failures"], 357);
  EXPECT_EQ(json["hotspots"][1]["added_failures"], 120);
  EXPECT_TRUE(json["hotspots"][1]["inside"].is_null());
  EXPECT_EQ(json["hotspots"][2]["inside"], 2);
  EXPECT_EQ(json["hotspots"][2]["rest_of_outer"]["failures"], 87);
}

TEST(Json, GroupsHaveTheirMeasuresAndDifferencesByName) {
  const ordered_json groups = ordered_json::parse(analysis_json(example_analysis()))["groups"];
  EXPECT_EQ(groups["positive"], ">50K");
  const auto& table = groups["tables"][0];
  EXPECT_EQ(table["columns"][0], "sex");
  EXPECT_EQ(table["groups"].size(), 3U);
  const auto& rate = table["groups"][0]["measures"]["failure_rate"];
  EXPECT_EQ(rate["n"], 400);
  EXPECT_EQ(rate["interval"].size(), 2U);
  EXPECT_TRUE(rate["tested"]);
  EXPECT_TRUE(table["groups"][2]["is_small"]);
  EXPECT_TRUE(table["groups"][2]["measures"]["failure_rate"]["p_value"].is_null());
  EXPECT_EQ(table["groups"][0]["pandas"], R"(df[(df["sex"] == "Female")])");
  EXPECT_TRUE(table["differences"].contains("demographic_parity_difference"));
  EXPECT_TRUE(table["differences"].contains("equalized_odds_difference"));
}

TEST(Json, AHotspotHasExamplesAndItsPandasQuery) {
  const ordered_json hotspot = ordered_json::parse(analysis_json(example_analysis()))["hotspots"][0];
  EXPECT_EQ(hotspot["pandas"], R"(df[(df["marital-status"] == "Married") & (df["education-num"] > 12)])");
  ASSERT_EQ(hotspot["examples"].size(), 2U);
  EXPECT_EQ(hotspot["examples"][1]["row"], 4712);
  EXPECT_EQ(hotspot["examples"][1]["values"]["case_id"], "B-7");
  EXPECT_TRUE(hotspot["examples"][1]["values"]["marital-status"].is_null());
}

TEST(Json, ASavedSliceHasItsFiguresOrTheReasonWhyNot) {
  const ordered_json saved = ordered_json::parse(analysis_json(example_analysis()))["saved_slices"];
  ASSERT_EQ(saved.size(), 3);
  EXPECT_THAT(keys_of(saved[0]), ElementsAre("words", "where", "sql", "pandas", "n", "failures", "rate", "interval",
                                             "rest", "p_value", "p_adjusted", "raised", "excess", "kinds"));
  EXPECT_EQ(saved[0]["words"], "`channel` = partner");
  EXPECT_EQ(saved[0]["failures"], 610);
  EXPECT_EQ(saved[0]["raised"], true);
  EXPECT_EQ(saved[1]["raised"], false);
  EXPECT_THAT(keys_of(saved[2]), ElementsAre("words", "where", "sql", "pandas", "unmeasurable"));
  EXPECT_EQ(saved[2]["unmeasurable"], "there is no column shoe_size");
}

TEST(Json, PValuesThatUnderflowKeepTheirLogarithm) {
  const ordered_json p = ordered_json::parse(analysis_json(example_analysis()))["hotspots"][1]["p_adjusted"];
  EXPECT_EQ(p["p"], 0.0);
  EXPECT_NEAR(p["log10_p"].get<double>(), -530, 1e-9);
}

TEST(Json, WhatIsNotANumberIsNull) {
  slice::Analysis analysis = example_analysis();
  analysis.classes->accuracy = std::numeric_limits<double>::quiet_NaN();
  analysis.over_time->periods[0].rate = std::numeric_limits<double>::infinity();
  analysis.drift.reset();
  const ordered_json json = ordered_json::parse(analysis_json(analysis));
  EXPECT_TRUE(json["classes"]["accuracy"].is_null());
  EXPECT_TRUE(json["over_time"]["periods"][0]["rate"].is_null());
  EXPECT_TRUE(json["drift"].is_null());
}

TEST(Json, TextThatIsNotUtf8IsStillJson) {
  const ordered_json json = ordered_json::parse(analysis_json(hostile_analysis()));
  EXPECT_EQ(json["files"][0], "</script><b onclick=\"alert('x')\">&amp;\u2028`");
}

TEST(Json, SlicesHaveExactlyTheDocumentedKeys) {
  table::Predicate integer = equals("workclass", "4");
  integer.value_is_integer = true;
  const double open = std::numeric_limits<double>::infinity();
  const slice::SearchResult result{.rows = 100,
                                   .failures = 20,
                                   .loss = 50,
                                   .min_support_rows = 1,
                                   .slices = {{.where = {}, .n = 10, .failures = 5, .loss = 12.5, .score = 0.25}}};
  const ordered_json json =
      ordered_json::parse(slices_json(result, {{integer, range("age", 60, open, 61, 90)}}, false));
  EXPECT_EQ(json.dump(),
            R"({"rows":100,"failures":20,"min_support_rows":1,"slices":[{"where":[{"feature":"workclass","equals":4},)"
            R"({"feature":"age","above":60.0,"up_to":null}],"n":10,"failures":5,"rate":0.5,"score":0.25}]})");
  const ordered_json losses = ordered_json::parse(slices_json(result, {{integer}}, true));
  EXPECT_EQ(losses["slices"][0]["loss"], 12.5);
  EXPECT_EQ(losses["slices"][0]["mean_loss"], 1.25);
}

}  // namespace
}  // namespace errata::report
