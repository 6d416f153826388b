// `errata analyze` and `errata compare` as the README shows them: what is planted is found, told, saved and compared.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "e2e/command.h"

namespace errata::e2e {
namespace {

using Json = nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Characters of the longest line.
/// A folder with a year of the credit model.
class Analyze : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto drawn = workplace.run({"simulate", "credit", "-o", "year.csv", "--rows", "40000", "--quiet"});
    ASSERT_EQ(drawn.status, 0) << drawn.err;
  }
  Workplace workplace;
};

TEST_F(Analyze, FindsWhatWasPlanted) {
  const auto outcome = workplace.run({"analyze", "year.csv", "-o", "report.html", "--json", "findings.json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("`channel` = partner"));
  EXPECT_THAT(outcome.out, HasSubstr("report.html: the report"));
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(workplace.names(), ElementsAre("findings.json", "report.html", "year.csv", "year.truth.json"));

  const auto findings = Json::parse(workplace.read("findings.json"));
  const auto truth = Json::parse(workplace.read("year.truth.json"));
  EXPECT_EQ(findings["rows"], truth["rows"]);
  EXPECT_EQ(findings["failures"], truth["failures"]);
  std::string told;
  for (const auto& hotspot : findings["hotspots"]) told += hotspot["words"].get<std::string>() + "\n";
  EXPECT_THAT(told, HasSubstr("`channel` = partner"));
  EXPECT_THAT(told, HasSubstr("`utilisation`"));
  EXPECT_THAT(told, HasSubstr("car loan"));
  EXPECT_THAT(workplace.read("report.html"), HasSubstr("partner"));
}

TEST_F(Analyze, FitsATerminalAndKeepsColourOffEverythingElse) {
  const auto outcome = workplace.run({"analyze", "year.csv"});
  EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b[")));
  EXPECT_LE(longest_line(outcome.out), 80U);
  EXPECT_THAT(workplace.run({"analyze", "year.csv", "--color", "always"}).out, HasSubstr("\x1b["));
  EXPECT_THAT(workplace.run({"analyze", "year.csv", "--colour=always", "--no-colour"}).out, Not(HasSubstr("\x1b[")));
}

TEST_F(Analyze, ComparesGroupsInEveryOutput) {
  const auto outcome = workplace.run(
      {"analyze", "year.csv", "--groups", "channel,channel*region", "--json", "groups.json", "-o", "groups.html"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_LE(longest_line(outcome.out), 80U);
  EXPECT_THAT(outcome.out, HasSubstr("demographic parity difference"));
  const auto groups = Json::parse(workplace.read("groups.json"))["groups"];
  ASSERT_EQ(groups["tables"].size(), 2U);
  std::uint64_t cases = 0, failures = 0;
  for (const auto& group : groups["tables"][0]["groups"]) {
    cases += group["n"].get<std::uint64_t>();
    failures += group["measures"]["failure_rate"]["count"].get<std::uint64_t>();
  }
  EXPECT_EQ(cases, 40'000U);
  EXPECT_EQ(failures, groups["whole"]["measures"]["failure_rate"]["count"]);
  EXPECT_THAT(workplace.read("groups.html"), HasSubstr("<section id=\"groups\">"));
  const auto refused = workplace.run({"analyze", "year.csv", "--groups", "chanel"});
  EXPECT_EQ(refused.status, 2) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("near names are channel"));
}

TEST_F(Analyze, SaysTheSameOnAnyNumberOfThreads) {
  const auto one = workplace.run({"analyze", "year.csv", "--json", "--threads", "1"});
  const auto two = workplace.run({"analyze", "year.csv", "--json", "--threads", "2"});
  ASSERT_EQ(one.status, 0) << one.err;
  EXPECT_GT(Json::parse(one.out)["hotspots"].size(), 2U);
  EXPECT_EQ(one.out, two.out);
}

TEST_F(Analyze, FailsOnAHotspotOnlyWhereThereIsOne) {
  EXPECT_EQ(workplace.run({"analyze", "year.csv", "--quiet", "--fail-on-hotspot"}).status, 1);
  EXPECT_EQ(workplace.run({"analyze", "year.csv", "--quiet"}).status, 0);
  ASSERT_EQ(workplace.run({"simulate", "null", "-o", "null.csv", "--rows", "20000", "--seed", "2"}).status, 0);
  const auto null_log = workplace.run({"analyze", "null.csv", "--quiet", "--fail-on-hotspot"});
  EXPECT_EQ(null_log.status, 0) << null_log.err;
  EXPECT_EQ(null_log.out, "");
}

TEST_F(Analyze, ExportsTheCasesThatTheSqlSelects) {
  const auto outcome = workplace.run({"analyze", "year.csv", "--json", "--export-cases", "cases"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto findings = Json::parse(outcome.out);
  ASSERT_FALSE(findings["hotspots"].empty());
  const auto schema = workplace.run({"schema", "cases/hotspot-01.parquet"});
  ASSERT_EQ(schema.status, 0) << schema.err;
  EXPECT_THAT(schema.out, HasSubstr("errata_failure"));
  const auto again = workplace.run({"slices", "cases/hotspot-01.parquet", "--failure", "errata_failure"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(Json::parse(again.out)["rows"], findings["hotspots"][0]["n"]);
  EXPECT_EQ(Json::parse(again.out)["failures"], findings["hotspots"][0]["failures"]);
}

TEST_F(Analyze, ReadsSeveralFilesAsOneLog) {
  ASSERT_EQ(workplace
                .shell("(head -1 year.csv; sed -n 2,20001p year.csv) > part1.csv;"
                       "(head -1 year.csv; sed -n '20002,$p' year.csv) > part2.csv")
                .status,
            0);
  auto whole = Json::parse(workplace.run({"analyze", "year.csv", "--json"}).out);
  for (const auto& arguments : {std::vector<std::string>{"analyze", "part1.csv", "part2.csv", "--json"},
                                std::vector<std::string>{"analyze", "part*.csv", "--json"}}) {
    const auto outcome = workplace.run(arguments);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    auto parts = Json::parse(outcome.out);
    EXPECT_EQ(parts["files"].size(), 2U);
    EXPECT_EQ(parts["hotspots"], whole["hotspots"]);
    EXPECT_EQ(parts["failures"], whole["failures"]);
  }
}

TEST_F(Analyze, SavedSlicesAreMeasuredOnAnotherLog) {
  ASSERT_EQ(workplace.run({"analyze", "year.csv", "--quiet", "--save-slices", "hotspots.json"}).status, 0);
  ASSERT_EQ(workplace.run({"simulate", "null", "-o", "null.csv", "--rows", "20000"}).status, 0);
  const auto measured = workplace.run(
      {"analyze", "null.csv", "--slices", "hotspots.json", "--json", "findings.json", "-o", "report.html"});
  ASSERT_EQ(measured.status, 0) << measured.err;
  EXPECT_THAT(measured.out, HasSubstr("Saved slices on this log"));
  EXPECT_THAT(workplace.read("report.html"), HasSubstr("Saved slices on this log"));
  const auto saved = Json::parse(workplace.read("hotspots.json"))["slices"];
  const auto found = Json::parse(workplace.read("findings.json"))["saved_slices"];
  ASSERT_GT(saved.size(), 0U);
  ASSERT_EQ(found.size(), saved.size());
  for (std::size_t i = 0; i < saved.size(); ++i) EXPECT_EQ(found[i]["where"], saved[i]["where"]);

  const auto compared = workplace.run({"compare", "year.csv", "null.csv", "--slices", "hotspots.json", "--json"});
  ASSERT_EQ(compared.status, 0) << compared.err;
  const auto comparison = Json::parse(compared.out);
  const auto hotspots = Json::parse(workplace.read("hotspots.json"));
  ASSERT_EQ(comparison["slices"].size(), hotspots["slices"].size());
  for (const auto& slice : comparison["slices"]) {
    if (!slice["words"].get<std::string>().starts_with("`channel` = partner and")) continue;
    EXPECT_EQ(slice["change"], "gone");
    EXPECT_EQ(slice["first"]["raised"], true);
    EXPECT_EQ(slice["second"]["raised"], false);
  }
}

TEST_F(Analyze, CompareTellsWhatIsGoneAndWhatIsNew) {
  ASSERT_EQ(workplace.run({"simulate", "null", "-o", "null.csv", "--rows", "40000"}).status, 0);
  const auto changes = [&](const char* first, const char* second) {
    const auto outcome = workplace.run({"compare", first, second, "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::vector<std::string> all;
    const auto comparison = Json::parse(outcome.out);
    for (const auto& slice : comparison["slices"]) all.push_back(slice["change"]);
    return all;
  };
  EXPECT_THAT(changes("year.csv", "null.csv"), Contains("gone"));
  EXPECT_THAT(changes("null.csv", "year.csv"), Contains("new"));
  const auto same = changes("year.csv", "year.csv");
  EXPECT_THAT(same, Not(::testing::IsEmpty()));
  EXPECT_THAT(same, ::testing::Each("unchanged"));
  EXPECT_THAT(workplace.run({"compare", "year.csv", "null.csv"}).out, HasSubstr("gone"));
}

TEST_F(Analyze, ASliceWithoutItsColumnIsReportedAsSuch) {
  workplace.write("saved.json", R"({"slices": [{"where": [{"feature": "shoe_size", "above": 44, "up_to": null}]},
                                               {"where": [{"feature": "channel", "equals": "web"}]}]})");
  const auto outcome = workplace.run({"compare", "year.csv", "year.csv", "--slices", "saved.json", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto slices = Json::parse(outcome.out)["slices"];
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0]["change"], "unchanged");
  EXPECT_EQ(slices[1]["change"], "incomparable");
  EXPECT_THAT(slices[1]["first"]["unmeasurable"].get<std::string>(), HasSubstr("shoe_size"));
}

TEST_F(Analyze, ReadsFlagsFromTheFileAndLetsTheCommandLineWin) {
  workplace.write("errata.toml",
                  "[log]\nfeatures = [\"channel\", \"utilisation\"]\n[analyze]\nmax-predicates = 1\njson = true\n");
  const auto from_file = Json::parse(workplace.run({"analyze", "year.csv"}).out);
  EXPECT_THAT(from_file["roles"]["features"], ElementsAre("channel", "utilisation"));
  EXPECT_EQ(from_file["options"]["max_predicates"], 1);
  const auto from_flag = Json::parse(workplace.run({"analyze", "year.csv", "--max-predicates", "2"}).out);
  EXPECT_EQ(from_flag["options"]["max_predicates"], 2);
  EXPECT_THAT(from_flag["roles"]["features"], ElementsAre("channel", "utilisation"));
  workplace.write("other.toml", "[analyze]\njson = true\nfeatures = [\"region\"]\n");
  const auto other = Json::parse(workplace.run({"analyze", "year.csv", "--config", "other.toml"}).out);
  EXPECT_THAT(other["roles"]["features"], ElementsAre("region"));
}

TEST_F(Analyze, SchemaFitsATerminalAndTellsGuesses) {
  const auto outcome = workplace.run({"schema", "year.csv"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("40,000 cases, 21 columns"));
  EXPECT_THAT(outcome.out, HasSubstr("prediction *"));
  EXPECT_LE(longest_line(outcome.out), 80U);
}

TEST(AnalyzeRealLogs, FindsTheKnownWeaknessOfTheAdultModel) {
  ERRATA_NEEDS_DATA(input, "logs/adult_predictions.csv.gz");
  const Workplace workplace;
  const auto outcome = workplace.run({"analyze", input, "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto findings = Json::parse(outcome.out);
  EXPECT_EQ(findings["rows"], 24421);
  EXPECT_EQ(findings["failures"], 3566);
  ASSERT_FALSE(findings["hotspots"].empty());
  // The married: told by their relationship, of which marital-status is nearly a copy.
  EXPECT_THAT(findings["hotspots"][0]["words"].get<std::string>(),
              ::testing::AnyOf(HasSubstr("Married"), HasSubstr("Husband or Wife")));
}

TEST(AnalyzeRealLogs, RunsOnCompasWithoutAnyFlag) {
  ERRATA_NEEDS_DATA(input, "logs/compas_predictions.csv.gz");
  const Workplace workplace;
  const auto outcome = workplace.run({"analyze", input});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("6,172 cases, 2,094 failures"));
}

TEST(Simulate, EveryKindIsReadAsItsTruthSays) {
  const Workplace workplace;
  for (const char* kind : {"credit", "null", "planted", "drift", "miscalibrated", "multiclass", "wide"}) {
    SCOPED_TRACE(kind);
    const std::string file = std::string(kind) + ".parquet";
    ASSERT_EQ(workplace.run({"simulate", kind, "-o", file, "--rows", "5000", "--quiet"}).status, 0);
    std::vector<std::string> arguments{"analyze", file, "--json"};
    if (std::string(kind) == "multiclass") arguments.insert(arguments.end(), {"--scores", "p_A,p_B,p_C,p_D"});
    const auto outcome = workplace.run(arguments);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto truth = Json::parse(workplace.read(std::string(kind) + ".truth.json"));
    EXPECT_EQ(Json::parse(outcome.out)["failures"], truth["failures"]);
  }
}

TEST(Simulate, NumbersAreJudgedByTheNinetiethPercentile) {
  const Workplace workplace;
  ASSERT_EQ(workplace.run({"simulate", "numbers", "-o", "spend.csv", "--rows", "20000"}).status, 0);
  const auto truth = Json::parse(workplace.read("spend.truth.json"));
  const auto by_default = workplace.run({"analyze", "spend.csv", "--json"});
  ASSERT_EQ(by_default.status, 0) << by_default.err;
  EXPECT_NEAR(Json::parse(by_default.out)["failures"].get<double>(), truth["failures"].get<double>(), 40);
  const auto by_truth = workplace.run({"slices", "spend.csv", "--failure", truth["failure"].get<std::string>()});
  ASSERT_EQ(by_truth.status, 0) << by_truth.err;
  EXPECT_EQ(Json::parse(by_truth.out)["failures"], truth["failures"]);
}

TEST(AnalyzeProgram, LinksNothingThatNetworksNeed) {
  const auto needed = Workplace().shell("readelf --dynamic \"$ERRATA\" | grep NEEDED");
  EXPECT_THAT(needed.out, HasSubstr("libduckdb"));
  for (const char* library : {"libtorch", "libc10", "libopencv", "libzip"})
    EXPECT_THAT(needed.out, Not(HasSubstr(library)));
}

}  // namespace
}  // namespace errata::e2e
