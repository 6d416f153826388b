// Files that an earlier version wrote (tests/formats): each still loads, and means what it meant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/command.h"
#include "errata/base/test_folder.h"

namespace errata::e2e {
namespace {

using Json = nlohmann::json;

std::string old_file(const std::string& name) { return (source_folder() / "tests/formats" / name).string(); }

/// A column of the first row of a CSV file.
double first_value(const std::string& csv, const std::string& column) {
  std::istringstream lines(csv);
  std::string names, row, name, value;
  std::getline(lines, names);
  std::getline(lines, row);
  std::istringstream in_names(names), in_row(row);
  while (std::getline(in_names, name, ',') && std::getline(in_row, value, ','))
    if (name == column) return std::stod(value);
  ADD_FAILURE() << "there is no column " << column << " in " << names;
  return 0;
}

TEST(Formats, AMemoryOfVersion2GoesOn) {
  const Workplace workplace;
  const auto outcome =
      workplace.run({"replay", old_file("cases.csv"), "--memory", old_file("memory-2.snap"), "--out", "told.csv"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NEAR(first_value(workplace.read("told.csv"), "errata_risk"), 0.3487266439179733, 1e-12);
}

TEST(Formats, AMemoryOfVersion3GoesOnWithItsPolicy) {
  const Workplace workplace;
  const auto outcome = workplace.run(
      {"replay", old_file("cases.csv"), "--memory", old_file("memory-3.snap"), "--delay", "20", "--out", "told.csv"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string told = workplace.read("told.csv");
  EXPECT_NEAR(first_value(told, "errata_risk"), 0.3278033821467923, 1e-12);
  EXPECT_NEAR(first_value(told, "errata_threshold"), 0.2284718155860901, 1e-9);  // no cold start
}

TEST(Formats, MemoriesOfStreamsOfVersion3GoOn) {
  const Workplace workplace;
  const auto outcome = workplace.run({"replay", old_file("cases.csv"), "--stream", "c1", "--where", "c1 in ('b','e')",
                                      "--delay", "4", "--memory", old_file("streams-3.snap"), "--out", "told.csv"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string told = workplace.read("told.csv");
  EXPECT_NEAR(first_value(told, "errata_risk"), 0.30766199456787635, 1e-12);  // of the stream b
  EXPECT_NEAR(first_value(told, "errata_threshold"), 0.19438640773296356, 1e-9);
  const std::string from_second =
      told.substr(0, told.find('\n') + 1) + told.substr(told.find('\n', told.find('\n') + 1) + 1);
  EXPECT_NEAR(first_value(from_second, "errata_risk"), 0.10766012773413408, 1e-12);  // of the stream e
  EXPECT_NEAR(first_value(from_second, "errata_threshold"), 0.2583117187023163, 1e-9);
}

TEST(Formats, AnAuditorOfVersion1ReadsLatents) {
  const Workplace workplace;
  const auto outcome =
      workplace.run({"audit", "score", old_file("latents.jsonl"), "--auditor", old_file("auditor-1.pt"), "--latent",
                     "h", "--logits", "logits", "-o", "scored.jsonl"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string scored = workplace.read("scored.jsonl");
  const Json first = Json::parse(scored.substr(0, scored.find('\n')));
  EXPECT_NEAR(first["auditor_risk"].get<double>(), 0.5384615384615384, 1e-6);
}

TEST(Formats, AnAuditorOfVersion2KnowsTheUnlike) {
  const Workplace workplace;
  const auto outcome =
      workplace.run({"audit", "score", old_file("latents.jsonl"), "--auditor", old_file("auditor-2.pt"), "--latent",
                     "h", "--logits", "logits", "-o", "scored.jsonl"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::HasSubstr("5 of them are unlike the clean cases"));
  const std::string scored = workplace.read("scored.jsonl");
  const Json first = Json::parse(scored.substr(0, scored.find('\n')));
  EXPECT_NEAR(first["auditor_risk"].get<double>(), 0.010119045507142734, 1e-6);
  EXPECT_EQ(first["auditor_risk_unlike"], 0);
}

TEST(Formats, AClassifierOfVersion1SeesImages) {
  const Workplace workplace;
  const auto outcome = workplace.run({"audit", "capture", old_file("classifier-1.pt"), "--data", old_file("images.npz"),
                                      "--mix", "none", "-o", "seen.jsonl"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string seen = workplace.read("seen.jsonl");
  const Json first = Json::parse(seen.substr(0, seen.find('\n')));
  EXPECT_NEAR(first["logits"][2].get<double>(), 0.14379307627677917, 1e-5);
}

TEST(Formats, SlicesOfOldAnalysesAreMeasured) {
  const Workplace workplace;
  ASSERT_EQ(
      workplace.run({"simulate", "codes", "--rows", "3000", "--features", "3", "--seed", "4", "-o", "log.csv"}).status,
      0);
  for (const auto& [file, slices] : {std::pair("analysis-1.json", 4), std::pair("slices-1.json", 1)}) {
    const auto outcome =
        workplace.run({"analyze", "log.csv", "--failure", "err = 1", "--slices", old_file(file), "--json"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(Json::parse(outcome.out)["saved_slices"].size(), slices) << file;
  }
}

}  // namespace
}  // namespace errata::e2e
