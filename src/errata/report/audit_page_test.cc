#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "errata/base/atomic_file.h"
#include "errata/report/audit.h"
#include "errata/report/audit_charts.h"
#include "errata/report/example_audit.h"
#include "errata/report/run_program.h"
#include "errata/report/test_text.h"

namespace errata::report {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

std::string section_of(const std::string& page, const std::string& id) {
  const std::size_t begin = page.find("<section id=\"" + id + "\">");
  return begin == std::string::npos ? std::string() : page.substr(begin, page.find("</section>", begin) - begin);
}

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
  EXPECT_EQ(count_of(page, "{{"), 0);
  EXPECT_EQ(count_of(page, "data-chart="), audit_charts(example_audit()).size());
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

TEST(AuditPage, TextOfTheLogNeverBecomesMarkup) {
  const std::string page = audit_page(hostile_audit());
  EXPECT_EQ(count_of(page, "<b onclick"), 0);
  EXPECT_EQ(count_of(own_part(page), "\x1b"), 0);
  // Two blocks of data, the bundles as text and the page's own script, each closed once.
  EXPECT_EQ(count_of(page, "</script>"), 4);
}

TEST(AuditPage, TheDataBlocksAreJson) {
  for (const audit::Audit& audit : {example_audit(), hostile_audit(), empty_audit()}) {
    const std::string page = audit_page(audit);
    for (const char* id : {"charts", "audit"}) {
      const std::string open = std::string("<script type=\"application/json\" id=\"") + id + "\">";
      ASSERT_EQ(count_of(page, open), 1) << id;
      const std::size_t begin = page.find(open) + open.size();
      const auto json =
          nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin), nullptr, false);
      EXPECT_FALSE(json.is_discarded()) << id;
    }
  }
}

/// The page as Chromium has it after its script ran.
Result<std::string> browsed(const std::string& page) {
  std::string pattern = (fs::temp_directory_path() / "errata-audit-XXXXXX").string();
  const fs::path folder = ::mkdtemp(pattern.data());
  const fs::path file = folder / "report.html";
  ERRATA_TRY(write_file(file, page));
  auto shown =
      run_program({"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                   "--disable-background-networking", "--disable-component-update", "--disable-sync",
                   "--window-size=1280,1000", "--user-data-dir=" + (folder / "profile").string(),
                   "--virtual-time-budget=20000", "--dump-dom", "file://" + file.string()},
                  "");
  fs::remove_all(folder);
  return shown;
}

TEST(AuditPage, ChromiumDrawsEveryChartWithoutAnError) {
  if (!run_program({"chromium", "--version"}, "")) GTEST_SKIP() << "chromium is not installed";
  for (const audit::Audit& audit :
       {example_audit(), lone_audit(), baseline_audit(), flawless_audit(), empty_audit(), hostile_audit()}) {
    const auto page = browsed(audit_page(audit));
    ASSERT_TRUE(page.has_value()) << page.error().message;
    const std::size_t charts = audit_charts(audit).size();
    EXPECT_THAT(*page, HasSubstr("data-ready=\"yes\""));
    EXPECT_THAT(*page, Not(HasSubstr("data-errors=")));
    EXPECT_EQ(count_of(*page, "data-drawn=\"done\""), charts);
    EXPECT_GE(count_of(*page, "<svg"), charts);
    EXPECT_EQ(count_of(*page, "<b onclick"), 0);
  }
}

}  // namespace
}  // namespace errata::report
