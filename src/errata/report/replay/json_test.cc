#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/report/replay/advice.h"
#include "errata/report/replay/json.h"
#include "errata/report/replay/test_example.h"

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

ordered_json parsed(const replay::Replay& replay) { return ordered_json::parse(replay_json(replay)); }

TEST(ReplayJson, NamesItsSchemaFirstAndHoldsEveryPart) {
  const ordered_json json = parsed(example_replay());
  EXPECT_EQ(json["schema"], "errata.replay");
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_THAT(keys_of(json), ElementsAre("schema", "schema_version", "errata", "files", "rows", "trained", "warm",
                                         "evaluated", "without_outcome", "time_unit", "delay", "failures",
                                         "failure_rate", "scores", "policy", "bins", "modes", "regimes", "calibration",
                                         "experts", "corrections", "advice", "warnings", "stream_column", "streams"));
  EXPECT_EQ(json["rows"], 45'312);
  EXPECT_EQ(json["time_unit"], "microseconds since 1970-01-01 UTC");
  EXPECT_EQ(json["delay"], ordered_json::parse(R"({"steps": 100, "micros": null, "column": ""})"));
  EXPECT_EQ(json["bins"].size(), 80);
  EXPECT_EQ(json["advice"].get<std::vector<std::string>>(), replay_advice(example_replay()));
  EXPECT_EQ(json["warnings"].size(), 1);
}

TEST(ReplayJson, EveryScoreHasItsAreasAndErrorsAtCoverages) {
  const replay::Replay replay = example_replay();
  const ordered_json scores = parsed(replay)["scores"];
  EXPECT_THAT(keys_of(scores),
              ElementsAre("errata", "confidence", "confidence_ema", "logistic", "neighbours", "source", "oracle"));
  for (const replay::ScoreResult& score : replay.scores) {
    const ordered_json& json = scores[score.name];
    EXPECT_EQ(json["aurc"], score.areas.aurc);
    EXPECT_EQ(json["augrc"], score.areas.augrc);
    EXPECT_EQ(json["oracle_aurc"], score.areas.oracle_aurc);
    EXPECT_EQ(json["excess_aurc"], score.areas.excess_aurc);
    ASSERT_EQ(json["error_at_coverage"].size(), 19);
    EXPECT_EQ(json["error_at_coverage"]["0.05"], score.error_at_coverage[0]);
    EXPECT_EQ(json["error_at_coverage"]["0.20"], score.error_at_coverage[3]);
    EXPECT_EQ(json["error_at_coverage"]["0.95"], score.error_at_coverage[18]);
    EXPECT_EQ(json["curve"]["coverage"].size(), score.curve.size());
    EXPECT_EQ(json["curve"]["error"].back(), score.curve.back().error);
    EXPECT_EQ(json["bands"].is_null(), score.name == "oracle");
    EXPECT_EQ(json.contains("online"), score.name == "errata");
  }
  EXPECT_EQ(scores["errata"]["bands"]["aurc"][1], replay.scores[0].bands->aurc.high);
  EXPECT_EQ(scores["errata"]["bands"]["error_at_coverage"]["0.95"][0],
            replay.scores[0].bands->error_at_coverage[18].low);
}

TEST(ReplayJson, OnlineThresholdsTellTargetCoverageAndError) {
  const replay::Replay replay = example_replay();
  const ordered_json online = parsed(replay)["scores"]["errata"]["online"];
  ASSERT_EQ(online.size(), 19);
  EXPECT_THAT(keys_of(online[3]), ElementsAre("target", "coverage", "error", "hindsight_error"));
  EXPECT_EQ(online[3]["target"], 0.2);
  EXPECT_EQ(online[3]["coverage"], replay.online[3].coverage);
  EXPECT_EQ(online[3]["error"], replay.online[3].error);
}

TEST(ReplayJson, ThePolicyTellsItsOptionsCountsAndGuarantee) {
  const replay::Replay replay = example_replay();
  const ordered_json policy = parsed(replay)["policy"];
  EXPECT_EQ(policy["coverage_target"], 0.2);
  EXPECT_TRUE(policy["risk_target"].is_null());
  EXPECT_TRUE(policy["method"].is_null());
  EXPECT_EQ(policy["cold_decision"], "abstain");
  EXPECT_EQ(policy["cases"].get<std::uint64_t>(), policy["accepted"].get<std::uint64_t>() +
                                                      policy["deferred"].get<std::uint64_t>() +
                                                      policy["abstained"].get<std::uint64_t>());
  EXPECT_EQ(policy["coverage"], replay.policy.coverage());
  EXPECT_EQ(policy["risk"], replay.policy.risk());
  EXPECT_THAT(policy["guarantee"].get<std::string>(), HasSubstr("tends to 20.0%"));
  const ordered_json quiet = parsed(quiet_replay())["policy"];
  EXPECT_EQ(quiet["method"], "ltt");
  EXPECT_EQ(quiet["risk_target"], 0.02);
  EXPECT_TRUE(quiet["risk"].is_null()) << "nothing accepted has no failure rate";
}

TEST(ReplayJson, ModesRegimesAndCorrectionsAreWhole) {
  const ordered_json json = parsed(example_replay());
  const ordered_json& mode = json["modes"][0];
  EXPECT_EQ(mode["id"], 3);
  EXPECT_EQ(mode["near"]["failures"], 2611);
  EXPECT_EQ(mode["centre"], ordered_json::parse("[0.5, -1.25]"));
  EXPECT_EQ(mode["example_rows"][1], 19'204);
  EXPECT_EQ(json["modes"][2]["retired"], true);
  EXPECT_EQ(json["regimes"][0]["mode"], 3);
  EXPECT_TRUE(json["regimes"][1]["mode"].is_null());
  EXPECT_EQ(json["regimes"][1]["changes"][0]["change"], "changed");
  EXPECT_TRUE(json["regimes"][2]["ended"].is_null());
  EXPECT_EQ(json["corrections"][1]["p_value"]["p"], 4e-9);
  EXPECT_NEAR(json["corrections"][1]["p_value"]["log10_p"].get<double>(), std::log10(4e-9), 1e-12);
  EXPECT_EQ(json["corrections"][2]["verdict"], "irreducible");
  EXPECT_EQ(json["calibration"]["ece"], 0.0182);
  EXPECT_EQ(json["calibration"]["bins"].size(), 10);
  EXPECT_EQ(json["experts"][0]["name"], "neighbours + recency");
}

TEST(ReplayJson, StreamsStandWithTheirModesAndRegimes) {
  const replay::Replay replay = streams_replay();
  const ordered_json json = parsed(replay);
  EXPECT_EQ(json["stream_column"], "device");
  ASSERT_EQ(json["streams"].size(), 15);
  const ordered_json& first = json["streams"][0];
  EXPECT_THAT(keys_of(first),
              ElementsAre("name", "missing", "cases", "trained", "warm", "evaluated", "without_outcome", "failures",
                          "failure_rate", "accepted", "deferred", "abstained", "accepted_failures", "deferred_failures",
                          "abstained_failures", "accepted_without_outcome", "cold", "cold_without_outcome", "coverage",
                          "risk", "modes", "regimes", "regimes_on", "guarantee"));
  EXPECT_EQ(first["failure_rate"], 450.0 / 1790);
  EXPECT_EQ(first["risk"], 20.0 / 400);
  EXPECT_EQ(json["streams"][13]["missing"], true);
  EXPECT_TRUE(json["streams"][13]["failure_rate"].is_null());
  EXPECT_EQ(json["modes"][0]["stream"], "a0");
  EXPECT_EQ(json["regimes"][2]["stream"], "a1");
  EXPECT_THAT(json["policy"]["guarantee"].get<std::string>(), HasSubstr("summed over the streams"));
  const ordered_json one = parsed(example_replay());
  EXPECT_TRUE(one["stream_column"].is_null());
  EXPECT_EQ(one["streams"], ordered_json::array());
  EXPECT_TRUE(one["modes"][0]["stream"].is_null());
}

TEST(ReplayJson, WhatIsNotANumberIsNull) {
  const replay::Replay hostile = hostile_replay();
  for (const replay::Replay& replay : {example_replay(), quiet_replay(), empty_replay(), hostile}) {
    EXPECT_THAT(replay_json(replay, -1), Not(HasSubstr("nan")));
    EXPECT_FALSE(ordered_json::parse(replay_json(replay), nullptr, false).is_discarded());
  }
  const ordered_json json = parsed(hostile);
  EXPECT_TRUE(json["scores"]["errata"]["augrc"].is_null());
  EXPECT_TRUE(json["modes"][1]["confidence"].is_null());
  EXPECT_TRUE(json["bins"][0]["threshold"].is_null());
  EXPECT_TRUE(parsed(empty_replay())["failure_rate"].is_null());
  EXPECT_EQ(parsed(empty_replay())["scores"], ordered_json::object());
}

TEST(ReplayJson, TheRateIsThatOfCasesWithAnOutcome) {
  EXPECT_EQ(parsed(quiet_replay())["failure_rate"], 0.1) << "of the 960 cases with an outcome";
}

}  // namespace
}  // namespace errata::report
