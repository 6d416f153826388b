// `errata compare` on two models of the same cases, on two days, and in a pipeline; and what --fail-on-hotspot asks
// for.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "e2e/command.h"

namespace errata::e2e {
namespace {

using Json = nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Numbers in [0, 1) without a pattern, the same everywhere.
double scattered(int i, int stream) {
  const double x = std::sin(12.9898 * i + 78.233 * stream) * 43758.5453;
  return x - std::floor(x);
}

/// A regression of 2,000 cases: errors up to 10, three times as large in the West; times `scale`.
std::string regression(double scale) {
  std::string csv = "case,region,age,actual,prediction\n";
  for (int i = 0; i < 2000; ++i) {
    const char* region = std::array{"West", "East", "North", "South"}[static_cast<std::size_t>(4 * scattered(i, 1))];
    const double error = 10 * scattered(i, 2) * (region[0] == 'W' ? 3 : 1) * scale * (i % 2 == 0 ? 1 : -1);
    const double actual = std::floor(1000 * scattered(i, 3)) / 8;
    csv += fmt::format("c{},{},{},{},{}\n", i, region, 20 + static_cast<int>(50 * scattered(i, 4)), actual,
                       actual + error);
  }
  return csv;
}

/// Lines but the first in the opposite order.
std::string turned(const std::string& csv) {
  const std::size_t head = csv.find('\n') + 1;
  std::string result = csv.substr(0, head);
  for (std::size_t end = csv.size(); end > head;) {
    const std::size_t begin = csv.rfind('\n', end - 2) + 1;
    result += csv.substr(begin, end - begin);
    end = begin;
  }
  return result;
}

class Compare : public ::testing::Test {
 protected:
  Compare() {
    workplace.write("a.csv", regression(1));
    workplace.write("b.csv", regression(3));
  }
  Json compared(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "compare");
    arguments.emplace_back("--json");
    const auto outcome = workplace.run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return Json::parse(outcome.out, nullptr, false);
  }
  Workplace workplace;
};

TEST_F(Compare, JudgesBothLogsByTheThresholdOfTheFirst) {
  const auto json = compared({"a.csv", "b.csv", "--ignore", "case"});
  EXPECT_EQ(json["first"]["failures"], 200);
  EXPECT_EQ(json["first"]["rate"], 0.1);
  // The 90th percentile of the first lies between its 1,800th and 1,801st error; three times as large are those above
  // a third of it in the first.
  const double threshold = json["rule"]["threshold"];
  int expected = 0;
  for (int i = 0; i < 2000; ++i) {
    const bool west = 4 * scattered(i, 1) < 1;
    expected += 10 * scattered(i, 2) * (west ? 3 : 1) * 3 > threshold;
  }
  EXPECT_NEAR(json["second"]["failures"].get<int>(), expected, 1);  // a decimal place at the threshold
  EXPECT_EQ(json["change"], "worse");
  EXPECT_EQ(json["pairing"]["by"], "order");
  EXPECT_EQ(json["pairing"]["guessed"], true);
  EXPECT_EQ(json["paired_failures"]["only_first"], 0);
  std::vector<std::string> worse;
  for (const auto& slice : json["slices"])
    if (slice["change"] == "worse" || slice["change"] == "new") worse.push_back(slice["words"]);
  EXPECT_THAT(worse, Contains(HasSubstr("`region` = West")));
  EXPECT_NEAR(json["metrics"][0]["second"].get<double>() / json["metrics"][0]["first"].get<double>(), 3, 1e-6);
}

TEST_F(Compare, UnpairedIsFishersTest) {
  const auto json = compared({"a.csv", "b.csv", "--unpaired"});
  EXPECT_EQ(json["test"], "fisher");
  EXPECT_EQ(json["pairing"]["by"], "nothing");
  EXPECT_EQ(json["paired_failures"], nullptr);
  EXPECT_EQ(json["change"], "worse");
}

TEST_F(Compare, ByIdTheOrderOfRowsDoesNotMatter) {
  workplace.write("turned.csv", turned(regression(3)));
  const auto in_order = compared({"a.csv", "b.csv", "--id", "case"});
  const auto by_id = compared({"a.csv", "turned.csv", "--id", "case"});
  EXPECT_EQ(by_id["pairing"]["by"], "id");
  EXPECT_EQ(by_id["pairing"]["guessed"], false);
  EXPECT_EQ(by_id["pairing"]["pairs"], 2000);
  EXPECT_EQ(by_id["paired_failures"], in_order["paired_failures"]);
  EXPECT_EQ(by_id["p_value"], in_order["p_value"]);
}

TEST_F(Compare, RowsWithoutAPartnerAreLeftOutAndCounted) {
  ASSERT_EQ(workplace.shell("head -1501 b.csv > part.csv").status, 0);
  const auto json = compared({"a.csv", "part.csv", "--id", "case"});
  EXPECT_EQ(json["pairing"]["pairs"], 1500);
  EXPECT_EQ(json["pairing"]["first_unmatched"], 500);
  EXPECT_EQ(json["first"]["rows"], 2000);
  EXPECT_EQ(json["first"]["compared"]["n"], 1500);
  EXPECT_THAT(workplace.run({"compare", "a.csv", "part.csv", "--id", "case"}).out, HasSubstr("500"));
}

TEST_F(Compare, ADoubledIdIsAnErrorThatNamesIt) {
  ASSERT_EQ(workplace.shell("cp b.csv doubled.csv; sed -n 2p b.csv >> doubled.csv").status, 0);
  const auto outcome = workplace.run({"compare", "a.csv", "doubled.csv", "--id", "case"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.err, HasSubstr("doubled.csv: id column case: 'c0' stands in rows 1 and 2001"));
}

TEST_F(Compare, OrderIsRefusedWhereThereAreNotAsManyRows) {
  ASSERT_EQ(workplace.shell("head -1501 b.csv > part.csv").status, 0);
  const auto outcome = workplace.run({"compare", "a.csv", "part.csv", "--paired"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.err, HasSubstr("2000 rows"));
  EXPECT_EQ(workplace.run({"compare", "a.csv", "b.csv", "--paired", "--unpaired"}).status, 2);
}

TEST_F(Compare, TwoDaysOfCountsAreOneTask) {
  const auto day = [](int distinct) {
    std::string csv = "actual,prediction,store\n";
    for (int i = 0; i < 2000; ++i) {
      const int actual = i % distinct;
      csv += fmt::format("{},{},{}\n", actual, actual + i % 7 - 3,
                         std::array{"A", "B", "C"}[static_cast<std::size_t>(i % 3)]);
    }
    return csv;
  };
  workplace.write("day1.csv", day(60));   // fewer than 100 different integers with the predictions: classes
  workplace.write("day2.csv", day(120));  // more: numbers
  for (const auto& [first, second] : {std::pair("day1.csv", "day2.csv"), std::pair("day2.csv", "day1.csv")}) {
    const auto json = compared({first, second});
    EXPECT_EQ(json["change"], "unchanged") << first;
    EXPECT_NEAR(json["first"]["rate"].get<double>(), json["second"]["rate"].get<double>(), 0.01) << first;
  }
}

TEST_F(Compare, WritesAPageAndKeepsTheWarningsOfBothLogs) {
  ASSERT_EQ(workplace.shell("cp b.csv gap.csv; echo 'x,East,30,,5' >> gap.csv").status, 0);
  const auto outcome =
      workplace.run({"compare", "a.csv", "gap.csv", "--id", "case", "-o", "page.html", "--json", "compare.json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("page.html: the report"));
  EXPECT_THAT(outcome.out, HasSubstr("1 of 2001 rows have no label"));
  EXPECT_LE(longest_line(outcome.out), 80U);
  EXPECT_THAT(workplace.read("page.html"), HasSubstr("The second log fails more"));
  const auto json = Json::parse(workplace.read("compare.json"));
  EXPECT_THAT(json["second"]["warnings"].dump(), HasSubstr("1 of 2001 rows"));
  EXPECT_EQ(json["first"]["warnings"].size() + 1, json["second"]["warnings"].size());
}

TEST_F(Compare, SaysTheSameOnAnyNumberOfThreads) {
  const auto one = workplace.run({"compare", "a.csv", "b.csv", "--json", "--threads", "1"});
  const auto three = workplace.run({"compare", "a.csv", "b.csv", "--json", "--threads", "3"});
  ASSERT_EQ(one.status, 0) << one.err;
  EXPECT_EQ(one.out, three.out);
}

TEST_F(Compare, FailsOnWorseOnlyWhereItIs) {
  EXPECT_EQ(workplace.run({"compare", "a.csv", "b.csv", "--quiet", "--fail-on-worse"}).status, 1);
  EXPECT_EQ(workplace.run({"compare", "a.csv", "b.csv", "--quiet"}).status, 0);
  EXPECT_EQ(workplace.run({"compare", "b.csv", "a.csv", "--quiet", "--fail-on-worse"}).status, 0);
  EXPECT_EQ(workplace.run({"compare", "a.csv", "a.csv", "--quiet", "--fail-on-worse"}).status, 0);
}

TEST_F(Compare, ARuleThatAsksTheWholeLogIsToldToDifferBetweenLogs) {
  const auto json = compared({"a.csv", "b.csv", "--failure",
                              "abs(actual - prediction) > (SELECT 2 * avg(abs(actual - prediction)) FROM log)"});
  EXPECT_THAT(json["warnings"].dump(), HasSubstr("--failure"));
  EXPECT_THAT(compared({"a.csv", "b.csv", "--failure", "abs(actual - prediction) > 9"})["warnings"], IsEmpty());
}

TEST_F(Compare, OneFileAgainstItselfIsToldHoweverItIsSpelled) {
  EXPECT_THAT(compared({"a.csv", "./a.csv"})["warnings"].dump(), HasSubstr("both logs are the same file"));
  EXPECT_THAT(compared({"a.csv", "b.csv"})["warnings"], IsEmpty());
}

TEST_F(Compare, AFaultOfOneLogNamesIt) {
  ASSERT_EQ(workplace.shell("sed 's/^case,region/case,area/' b.csv > other.csv").status, 0);
  const auto outcome = workplace.run({"compare", "a.csv", "other.csv", "--features", "region,age"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("other.csv: feature column region: the log has no such column"));
}

TEST(FailOnHotspot, AsksForEveryLimit) {
  const Workplace workplace;
  ASSERT_EQ(workplace.run({"simulate", "credit", "-o", "year.csv", "--rows", "40000", "--quiet"}).status, 0);
  const auto findings = Json::parse(workplace.run({"analyze", "year.csv", "--json"}).out);
  ASSERT_FALSE(findings["hotspots"].empty());
  double highest = 0;
  for (const auto& hotspot : findings["hotspots"]) highest = std::max(highest, hotspot["rate"].get<double>());
  const auto status = [&](const std::vector<std::string>& flags) {
    std::vector<std::string> arguments{"analyze", "--quiet"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    arguments.emplace_back("year.csv");
    return workplace.run(arguments).status;
  };
  EXPECT_EQ(status({"--fail-on-hotspot"}), 1);
  EXPECT_EQ(status({"--fail-on-hotspot", fmt::format("rate={:.3f}", highest - 0.01)}), 1);
  EXPECT_EQ(status({"--fail-on-hotspot", fmt::format("rate={:.3f}", highest + 0.01)}), 0);
  EXPECT_EQ(status({"--fail-on-hotspot=lift=1000"}), 0);
  EXPECT_EQ(status({"--fail-on-hotspot", "rate=0.01,lift=1.01,share=0.001"}), 1);
  EXPECT_EQ(status({"--fail-on-hotspot", "rate=0.01,share=0.99"}), 0);
  EXPECT_EQ(status({"--fail-on-hotspot", "lfit=2"}), 2);
  EXPECT_EQ(status({"--fail-on-hotspot=rate=high"}), 2);
  workplace.write("errata.toml", "[analyze]\nfail-on-hotspot = true\n");
  EXPECT_EQ(status({}), 1);
  workplace.write("errata.toml", "[analyze]\nfail-on-hotspot = \"lift=1000\"\n");
  EXPECT_EQ(status({}), 0);
  workplace.write("errata.toml", "[analyze]\nfail-on-hotspot = false\n");
  EXPECT_EQ(status({}), 0);
}

}  // namespace
}  // namespace errata::e2e
