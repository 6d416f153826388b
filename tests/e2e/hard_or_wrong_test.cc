// Do slices fail because they are hard, or is the model wrong there? `errata analyze` on logs whose truth is known.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "e2e/command.h"

namespace errata::e2e {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class HardOrWrongLogs : public ::testing::Test {
 protected:
  void draw(const std::string& kind, const std::string& name) {
    const auto drawn = workplace.run({"simulate", kind, "-o", name, "--rows", "20000", "--quiet"});
    ASSERT_EQ(drawn.status, 0) << drawn.err;
  }
  [[nodiscard]] Json analysis(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "analyze");
    arguments.emplace_back("--json");
    const auto outcome = workplace.run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.status == 0 ? Json::parse(outcome.out) : Json();
  }
  Workplace workplace;
};

// The silent failure: cases of `region` = west fail as often as the others, and the scores say that they do not.
TEST_F(HardOrWrongLogs, ARegionWithOverconfidentScoresFailsMoreThanItBelieves) {
  draw("miscalibrated", "log.csv");
  workplace.write("regions.json", R"({"slices": [{"where": [{"feature": "region", "equals": "west"}]},
                                                  {"where": [{"feature": "channel", "equals": "branch"}]}]})");
  const auto planted = Json::parse(workplace.read("log.truth.json"))["miscalibrations"][0];
  const auto saved = analysis({"log.csv", "--slices", "regions.json"})["saved_slices"];
  const auto& west = saved[0];
  const auto& excess = west["excess"];
  EXPECT_EQ(excess["belief"], "more_than_believed");
  EXPECT_FALSE(west["raised"]);  // it does not fail more than the rest
  EXPECT_NEAR(west["rate"].get<double>(), 1 - planted["accuracy"].get<double>(), 1e-12);
  EXPECT_NEAR(excess["claimed_rate"].get<double>(), 1 - planted["mean_confidence"].get<double>(), 1e-5);
  EXPECT_GT(excess["excess"].get<double>(), 0.03);
  EXPECT_NEAR(excess["excess"].get<double>(), west["rate"].get<double>() - excess["expected_rate"].get<double>(),
              1e-12);
  EXPECT_LT(excess["p_adjusted"]["log10_p"].get<double>(), -10);
  EXPECT_EQ(saved[1]["excess"]["belief"], "as_believed");

  const auto told = workplace.run({"analyze", "log.csv", "--slices", "regions.json", "-o", "report.html"});
  EXPECT_THAT(told.out, HasSubstr("fails more than it believes"));
  EXPECT_THAT(told.out, HasSubstr("it is overconfident"));
  EXPECT_THAT(workplace.read("report.html"), HasSubstr("more than it believes"));
}

// It is found, not only measured: no hotspot names it, since it fails no more than the rest.
TEST_F(HardOrWrongLogs, TheSilentFailureIsNamedFirst) {
  draw("miscalibrated", "log.csv");
  const auto found = analysis({"log.csv"});
  ASSERT_FALSE(found["fails_more_than_believed"].empty());
  const auto& first = found["fails_more_than_believed"][0];
  EXPECT_EQ(first["where"], Json::parse(R"([{"feature": "region", "equals": "west"}])"));
  EXPECT_EQ(first["excess"]["belief"], "more_than_believed");
  for (const auto& hotspot : found["hotspots"]) {
    for (const auto& predicate : hotspot["where"]) EXPECT_NE(predicate["feature"], "region");
  }
  EXPECT_EQ(workplace.run({"analyze", "log.csv", "--fail-on-hotspot", "excess=0.04"}).status, 1);
  EXPECT_EQ(workplace.run({"analyze", "log.csv", "--fail-on-hotspot", "excess=0.2"}).status, 0);
}

TEST_F(HardOrWrongLogs, PlantedHotspotsFailMoreThanTheModelBelieves) {
  draw("credit", "log.csv");
  const auto found = analysis({"log.csv"});
  ASSERT_FALSE(found["hotspots"].empty());
  const auto& first = found["hotspots"][0];
  EXPECT_EQ(first["excess"]["belief"], "more_than_believed");
  EXPECT_EQ(first["excess"]["tested"]["n"], first["held_out"]["n"]);
  EXPECT_EQ(first["excess"]["tested"]["failures"], first["held_out"]["failures"]);
  const auto& binary = first["classes"]["binary"];
  const auto& confusion = first["classes"]["confusion"];  // label 0: 0 and 1, label 1: 0 and 1
  const double negatives = confusion[0].get<double>() + confusion[1].get<double>();
  const double positives = confusion[2].get<double>() + confusion[3].get<double>();
  EXPECT_NEAR(binary["base_rate"].get<double>(), positives / (negatives + positives), 1e-12);
  EXPECT_NEAR(binary["false_negative_rate"].get<double>(), confusion[2].get<double>() / positives, 1e-12);
  EXPECT_NEAR(binary["false_positive_rate"].get<double>(), confusion[1].get<double>() / negatives, 1e-12);

  const auto status = [&](const std::string& limits) {
    return workplace.run({"analyze", "log.csv", "--quiet", "--fail-on-hotspot", limits}).status;
  };
  EXPECT_EQ(status("excess=0.1"), 1);
  EXPECT_EQ(status("excess=0.9"), 0);
}

// Risk alone makes the slice fail more, and the score knows it: hard, not wrong.
TEST_F(HardOrWrongLogs, AHardSliceFailsAsItBelieves) {
  std::string csv = "age,label,prediction,score\n";
  std::uint64_t state = 88172645463325252;
  const auto uniform = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<double>(state >> 11) / 9007199254740992.0;
  };
  for (int row = 0; row < 12'000; ++row) {
    const bool old = uniform() < 0.1;
    const double p = old ? 0.2 + 0.6 * uniform() : 0.05 * uniform() + (uniform() < 0.5 ? 0.95 : 0);
    csv += (old ? "old," : "young,") + std::to_string(uniform() < p) + "," + std::to_string(p >= 0.5) + "," +
           std::to_string(p) + "\n";
  }
  workplace.write("log.csv", csv);
  const auto found = analysis({"log.csv"});
  ASSERT_FALSE(found["hotspots"].empty());
  EXPECT_EQ(found["hotspots"][0]["excess"]["belief"], "as_believed");
  EXPECT_GT(found["hotspots"][0]["lift"].get<double>(), 5);
  EXPECT_EQ(workplace.run({"analyze", "log.csv", "-q", "--fail-on-hotspot", "excess=0"}).status, 0);
  EXPECT_EQ(workplace.run({"analyze", "log.csv", "-q", "--fail-on-hotspot"}).status, 1);
}

TEST_F(HardOrWrongLogs, SeveralClassesTellWhatIsTakenForWhat) {
  draw("multiclass", "log.csv");
  const auto found = analysis({"log.csv"});
  ASSERT_FALSE(found["hotspots"].empty());
  const auto& hotspot = found["hotspots"][0];
  EXPECT_EQ(hotspot["excess"]["belief"], "more_than_believed");
  EXPECT_TRUE(hotspot["classes"]["binary"].is_null());
  EXPECT_EQ(hotspot["classes"]["confusions"].size(), 3U);
  EXPECT_THAT(workplace.run({"analyze", "log.csv"}).out, HasSubstr("confused: "));
}

TEST_F(HardOrWrongLogs, NumbersTellBiasAndSpread) {
  draw("numbers", "log.csv");
  const auto found = analysis({"log.csv"});
  ASSERT_FALSE(found["hotspots"].empty());
  const auto& hotspot = found["hotspots"][0];
  EXPECT_TRUE(hotspot["excess"].is_null());
  EXPECT_TRUE(found["claim"].is_null());
  const double rmse = hotspot["numbers"]["rmse"], bias = hotspot["numbers"]["bias"];
  EXPECT_NEAR(hotspot["numbers"]["spread"].get<double>(), std::sqrt(rmse * rmse - bias * bias), 1e-6 * rmse);
  EXPECT_GT(hotspot["numbers"]["spread"].get<double>(), 2 * found["numbers"]["spread"].get<double>());
  const auto outcome = workplace.run({"analyze", "log.csv", "-q", "--fail-on-hotspot", "excess=0.1"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--score"));
  EXPECT_THAT(workplace.run({"analyze", "log.csv"}).out, Not(HasSubstr("believes")));
}

}  // namespace
}  // namespace errata::e2e
