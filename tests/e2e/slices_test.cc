// `errata slices` against an independent brute-force search: the same slices, counts and scores.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "e2e/command.h"
#include "errata/base/test_folder.h"

namespace errata::e2e {
namespace {

using Json = nlohmann::json;

struct Found {
  std::map<std::string, int> where;
  std::uint64_t n = 0, failures = 0;
  double score = 0;
};

std::vector<Found> from_errata(const Json& json) {
  std::vector<Found> found;
  for (const auto& slice : json["slices"]) {
    Found one{.n = slice["n"], .failures = slice["failures"], .score = slice["score"]};
    for (const auto& predicate : slice["where"]) one.where[predicate["feature"]] = predicate["equals"];
    found.push_back(std::move(one));
  }
  return found;
}

std::vector<Found> from_oracle(const Json& json) {
  std::vector<Found> found;
  for (const auto& slice : json["top_slices"])
    found.push_back({.where = slice["slice"].get<std::map<std::string, int>>(),
                     .n = slice["n"],
                     .failures = slice["errors"],
                     .score = slice["score"]});
  return found;
}

/// Slices with one score may come in any order: within a run of equal scores they are put in the order of their names.
void settle_ties(std::vector<Found>& found) {
  for (auto begin = found.begin(); begin != found.end();) {
    const auto end = std::find_if(begin, found.end(), [&](const Found& f) { return f.score < begin->score - 1e-12; });
    std::sort(begin, end, [](const Found& a, const Found& b) { return a.where < b.where; });
    begin = end;
  }
}

void expect_same(const Json& answer, const Json& oracle) {
  EXPECT_EQ(answer["rows"], oracle["rows"]);
  EXPECT_EQ(answer["failures"], oracle["errors"]);
  EXPECT_EQ(answer["min_support_rows"], oracle["min_sup_actual"]);
  auto found = from_errata(answer), expected = from_oracle(oracle);
  ASSERT_EQ(found.size(), expected.size());
  settle_ties(found);
  settle_ties(expected);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].where, expected[i].where) << "rank " << i;
    EXPECT_EQ(found[i].n, expected[i].n) << "rank " << i;
    EXPECT_EQ(found[i].failures, expected[i].failures) << "rank " << i;
    EXPECT_NEAR(found[i].score, expected[i].score, 1e-9) << "rank " << i;
  }
}

struct Expected {
  std::string log;
  std::string top;
  std::string support;
};
void PrintTo(const Expected& expected, std::ostream* out) {
  *out << expected.log << ", top " << expected.top << ", support " << expected.support;
}

class SlicesAgainstOracle : public ::testing::TestWithParam<Expected> {};

TEST_P(SlicesAgainstOracle, FindsTheSameSlices) {
  const auto& [log, top, support] = GetParam();
  ERRATA_NEEDS_DATA(input, "logs/" + log + "_binned.csv.gz");
  ERRATA_NEEDS_DATA(oracle, "logs/expected/oracle_" + log + "_a0.95_k" + top + "_l3_ms" + support + ".json");
  const Workplace workplace;
  const auto outcome = workplace.run({"slices", input, "--failure", "err = 1", "--bins", "none", "--alpha", "0.95",
                                      "--top", top, "--max-predicates", "3", "--min-support", support});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  std::ifstream file(oracle);
  expect_same(Json::parse(outcome.out), Json::parse(file));
}

std::vector<Expected> all_expected() {
  std::vector<Expected> all;
  for (const char* log : {"adult", "adult_hgb", "compas", "flights"})
    for (const char* top : {"10", "20"})
      for (const char* support : {"0.01", "100"}) all.push_back({log, top, support});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Logs, SlicesAgainstOracle, ::testing::ValuesIn(all_expected()), [](const auto& expected) {
  return expected.param.log + "_top" + expected.param.top + (expected.param.support == "100" ? "_rows" : "_share");
});

/// A log that is drawn here, so that the search meets an outsider's answer without data from elsewhere.
TEST(Slices, AreThoseOfACommittedOracle) {
  const auto folder = source_folder() / "tests/oracle";
  const Workplace workplace;
  ASSERT_EQ(
      workplace.run({"simulate", "codes", "--rows", "1500", "--features", "6", "--seed", "7", "-o", "log.csv"}).status,
      0);
  const auto again = workplace.shell("python3 '" + (folder / "slices.py").string() + "' log.csv err 0.99 20 12");
  ASSERT_EQ(again.status, 0) << again.err;
  std::ifstream file(folder / "slices.json");
  const Json expected = Json::parse(file);
  ASSERT_EQ(Json::parse(again.out), expected) << "the committed answer is that of the committed program";
  ASSERT_GE(expected["top_slices"].size(), 20);
  const auto outcome = workplace.run({"slices", "log.csv", "--failure", "err = 1", "--bins", "none", "--alpha", "0.99",
                                      "--top", "20", "--max-predicates", "3", "--min-support", "12"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  expect_same(Json::parse(outcome.out), expected);
}

TEST(Slices, TellTheColumnsOfTheFailureRuleAndLeaveThemOut) {
  const Workplace workplace;
  workplace.write("log.csv", "a,err\n1,1\n1,1\n2,0\n2,0\n2,1\n1,0\n");
  const auto outcome =
      workplace.run({"slices", "log.csv", "--failure", "ERR = 1", "--bins", "none", "--min-support", "1"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, ::testing::HasSubstr("err is part of the failure rule"));
  EXPECT_THAT(outcome.out, ::testing::Not(::testing::HasSubstr("\"err\"")));
  EXPECT_EQ(workplace.run({"slices", "log.csv", "--failure", "err = 1", "--bins", "none", "--quiet"}).err, "");
}

TEST(Slices, ACountWithoutAnswerIsAnEmptyListAndNoError) {
  const Workplace workplace;
  workplace.write("log.csv", "a,err\n1,0\n2,0\n3,0\n");
  const auto outcome = workplace.run({"slices", "log.csv", "--failure", "err = 1", "--bins", "none"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(Json::parse(outcome.out)["slices"].empty());
}

TEST(Slices, AreTheSameOnAnyNumberOfThreads) {
  const Workplace workplace;
  ASSERT_EQ(workplace.run({"simulate", "codes", "-o", "codes.csv", "--rows", "30000"}).status, 0);
  const std::vector<std::string> arguments{"slices", "codes.csv", "--failure", "err = 1",
                                           "--bins", "none",      "--threads"};
  const auto with = [&](const char* threads) {
    auto all = arguments;
    all.emplace_back(threads);
    return workplace.run(all).out;
  };
  const auto one = with("1");
  EXPECT_FALSE(Json::parse(one)["slices"].empty());
  EXPECT_EQ(one, with("2"));
  EXPECT_EQ(one, with("7"));
}

}  // namespace
}  // namespace errata::e2e
