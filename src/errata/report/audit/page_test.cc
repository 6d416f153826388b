#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/report/audit/page.h"
#include "errata/report/audit/test_example.h"
#include "errata/report/kit/test_text.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(AuditPage, TheFindingsReadWithoutScript) {
  const std::string page = own_part(audit_page(example_audit()));
  EXPECT_THAT(page, HasSubstr("<h1>AUROC 0.966 on unseen mix A, 0.813 by softmax</h1>"));
  EXPECT_THAT(page, HasSubstr("150,000 cases, 51,204 of them failures"));
  EXPECT_THAT(section_of(page, "findings"), HasSubstr("<li class=\"bad\">Its threshold (sgr, at most 5% failures)"));
  EXPECT_THAT(section_of(page, "findings"), HasSubstr("Keep zigzag among the training cases"));
  EXPECT_THAT(section_of(page, "detectors"), HasSubstr("mahalanobis_nearest"));
  EXPECT_THAT(section_of(page, "points"), HasSubstr("not promised"));
  EXPECT_THAT(section_of(page, "points"), HasSubstr(">9.0%<"));
  EXPECT_THAT(section_of(page, "left-out"), HasSubstr("geometric"));
  EXPECT_THAT(section_of(page, "sets"), HasSubstr("guarantees hold here"));
  EXPECT_THAT(section_of(page, "sets"), HasSubstr("+0.153 (+0.143 to +0.163)"));
  EXPECT_THAT(section_of(page, "evidence"), HasSubstr("0.0821 ± 0.0041"));
  EXPECT_THAT(section_of(page, "method"), HasSubstr("libtorch 1.13.1"));
}

TEST(AuditPage, ContentsListOnlyWhatIsThere) {
  const std::string page = own_part(audit_page(lone_audit()));
  for (const char* there : {"findings", "detectors", "points", "sets", "method"}) {
    EXPECT_THAT(page, HasSubstr(std::string("<a href=\"#") + there + "\">"));
    EXPECT_NE(section_of(page, there), "") << there;
  }
  for (const char* missing : {"left-out", "cases", "evidence"}) {
    EXPECT_THAT(page, Not(HasSubstr(std::string("\"#") + missing + "\"")));
    EXPECT_EQ(section_of(page, missing), "") << missing;
  }
  for (const audit::Audit& audit : {lone_audit(), baseline_audit(), flawless_audit(), empty_audit(), hostile_audit()})
    EXPECT_THAT(own_part(audit_page(audit)), Not(HasSubstr(">nan")));
  EXPECT_THAT(audit_page(empty_audit()), HasSubstr("<h1>There was nothing to tell apart</h1>"));
}

TEST(AuditPage, WithoutAnAuditorTheOthersAreShown) {
  const std::string page = own_part(audit_page(baseline_audit()));
  EXPECT_THAT(page, HasSubstr("<h1>No auditor: there is nothing to learn, 0 of 900 training cases failed</h1>"));
  EXPECT_THAT(page, HasSubstr("Best AUROC, held out"));
  EXPECT_THAT(section_of(page, "detectors"), HasSubstr("Detectors without an auditor"));
  EXPECT_THAT(section_of(page, "detectors"), HasSubstr("mahalanobis_nearest"));
  EXPECT_THAT(section_of(page, "sets"), Not(HasSubstr("guarantee")));
  EXPECT_THAT(section_of(page, "method"), HasSubstr("none: there is nothing to learn"));
  EXPECT_EQ(section_of(page, "points"), "");
}

}  // namespace
}  // namespace errata::report
