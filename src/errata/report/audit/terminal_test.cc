#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "errata/base/test_folder.h"
#include "errata/report/audit/terminal.h"
#include "errata/report/audit/test_example.h"
#include "errata/report/kit/test_text.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(AuditTerminal, ReadsAsTheGoldenText) {
  const std::filesystem::path place = source_folder() / "tests/golden/audit_terminal.txt";
  std::ifstream file(place);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(audit_terminal(example_audit()), golden) << "the text that " << place << " is to hold";
}

TEST(AuditTerminal, ALoneAuditorHasNoColumnsForOthers) {
  const std::string text = audit_terminal(lone_audit());
  EXPECT_THAT(text, HasSubstr("cases.parquet"));
  EXPECT_THAT(text, HasSubstr("learned when the model fails from 16 columns of 900 cases"));
  EXPECT_THAT(text, Not(HasSubstr("softmax")));
  EXPECT_THAT(text, Not(HasSubstr("best other")));
  EXPECT_THAT(text, Not(HasSubstr("own classes")));
  EXPECT_THAT(text, HasSubstr("no threshold could be shown"));
  EXPECT_THAT(text, Not(HasSubstr("left out of training")));
  for (const audit::Audit& audit : {lone_audit(), baseline_audit(), flawless_audit(), empty_audit(), hostile_audit()})
    EXPECT_THAT(audit_terminal(audit), Not(HasSubstr("nan")));
}

TEST(AuditTerminal, WithoutAnAuditorTheOthersAreShown) {
  const std::string text = audit_terminal(baseline_audit());
  EXPECT_THAT(text, HasSubstr("No auditor: there is nothing to learn, 0 of 900 training cases failed."));
  EXPECT_THAT(text, HasSubstr("AUROC on       fail  softmax  best other  which is"));
  EXPECT_THAT(text, HasSubstr("held out      34.5%    0.930       0.941  knn"));
  EXPECT_THAT(text, Not(HasSubstr("Where it refuses")));
  EXPECT_THAT(text, Not(HasSubstr("set in hindsight")));
}

TEST(AuditTerminal, OfManyThresholdsEachTargetIsToldFirst) {
  audit::Audit audit = example_audit();
  audit.points.push_back(audit.points[0]);
  audit.points[2].target = 0.1;
  for (audit::SetResult& set : audit.sets) set.points.push_back({.point = audit.points[2], .realised = {}});
  const std::string text = audit_terminal(audit);
  EXPECT_THAT(text, HasSubstr("sgr 5%"));
  EXPECT_THAT(text, HasSubstr("sgr 10%"));
  EXPECT_THAT(text, Not(HasSubstr("ltt 5%")));
  EXPECT_THAT(text, HasSubstr("1 more in the report."));
}

TEST(AuditTerminal, ColoursComeOnlyWhenAsked) {
  EXPECT_THAT(audit_terminal(example_audit()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(audit_terminal(hostile_audit()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(audit_terminal(example_audit(), {.colour = true}), HasSubstr("\x1b["));
}

TEST(AuditTerminal, LongListsEndWithACount) {
  audit::Audit audit = example_audit();
  while (audit.left_out.size() < 30) audit.left_out.push_back(audit.left_out[0]);
  while (audit.sets.size() < 15) audit.sets.push_back(audit.sets[1]);
  while (audit.evidence.size() < 12) audit.evidence.push_back(audit.evidence[1]);
  const std::string text = audit_terminal(audit);
  EXPECT_THAT(text, HasSubstr("6 more in the report."));
  EXPECT_THAT(text, HasSubstr("3 more in the report."));
  EXPECT_THAT(text, HasSubstr("4 more in the report."));
}

}  // namespace
}  // namespace errata::report
