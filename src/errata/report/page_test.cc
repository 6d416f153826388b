#include "errata/report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "errata/base/atomic_file.h"
#include "errata/report/charts.h"
#include "errata/report/example_analysis.h"
#include "errata/report/page/html.h"
#include "errata/report/page_assets.h"
#include "errata/report/run_program.h"

namespace errata::report {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// The page without the bundles, which hold markup of their own.
std::string own_part(const std::string& page) { return page.substr(0, page.find("<script>")); }

TEST(Page, EscapesTextAndData) {
  EXPECT_EQ(escape_html("<a href=\"x\">'&'</a>\n"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;␊");
  EXPECT_EQ(escape_script_json("\"</script>\u2028\u2029\""), "\"\\u003c/script>\\u2028\\u2029\"");
}

TEST(Page, TheFindingsReadWithoutScript) {
  const std::string page = own_part(render_html(example_analysis()));
  EXPECT_THAT(page, HasSubstr("<h1>The model fails most in 3 places</h1>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"name\">marital-status</span> = Married"));
  EXPECT_THAT(page, HasSubstr("31.3%"));
  EXPECT_THAT(page, HasSubstr("&quot;marital-status&quot; = &#39;Married&#39; AND &quot;education-num&quot; &gt; 12"));
  EXPECT_THAT(page, HasSubstr("3e-9"));
  EXPECT_EQ(count_of(page, "{{"), 0);
}

TEST(Page, SavedSlicesHaveASectionOfTheirOwn) {
  const std::string page = own_part(render_html(example_analysis()));
  EXPECT_THAT(page, HasSubstr("<a href=\"#saved\">Saved slices</a>"));
  const std::string section = page.substr(page.find("<section id=\"saved\">"));
  EXPECT_THAT(section, HasSubstr("3 saved slices; 1 fails more than the rest"));
  EXPECT_THAT(section, HasSubstr("<tr class=\"failing\"><td class=\"where\"><span class=\"name\">channel</span>"));
  EXPECT_THAT(section, HasSubstr("29.0%"));
  EXPECT_THAT(section, HasSubstr("there is no column shoe_size"));
  EXPECT_EQ(own_part(render_html(quiet_analysis())).find("id=\"saved\""), std::string::npos);
}

TEST(Page, NothingFoundReadsWell) {
  const std::string page = own_part(render_html(quiet_analysis()));
  EXPECT_THAT(page, HasSubstr("<h1>No hotspot is confirmed</h1>"));
  EXPECT_THAT(page, Not(HasSubstr("data-chart")));
  EXPECT_THAT(page, Not(HasSubstr(">nan")));
}

TEST(Page, TextOfTheLogNeverBecomesMarkup) {
  const std::string page = render_html(hostile_analysis());
  EXPECT_EQ(count_of(page, "<b onclick"), 0);
  EXPECT_EQ(count_of(own_part(page), "\x1b"), 0);
  // Two blocks of data and two scripts, each closed once.
  EXPECT_EQ(count_of(page, "</script>"), 4);
}

TEST(Page, TheDataBlocksAreJson) {
  const std::string page = render_html(hostile_analysis());
  for (const char* id : {"charts", "analysis"}) {
    const std::string open = std::string("<script type=\"application/json\" id=\"") + id + "\">";
    const std::size_t begin = page.find(open) + open.size();
    const auto json = nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin), nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << id;
  }
}

TEST(Page, ThePolicyAllowsOnlyTheTwoScriptsOfThePage) {
  const std::string_view page = page_template();
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_EQ(count_of(page, "'sha256-"), 2);
  EXPECT_EQ(count_of(page, "unsafe-eval"), 0);
  EXPECT_EQ(count_of(page, "script-src 'unsafe-inline'"), 0);
}

TEST(Page, KeepsTheLicencesOfWhatItCarries) {
  EXPECT_GE(count_of(vega_script(), "University of Washington Interactive Data Lab"), 2);
  EXPECT_GE(count_of(page_script(), "Redistribution and use in source and binary forms"), 1);
}

/// A folder that is gone again with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "errata-page-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The page as Chromium has it after its script ran.
Result<std::string> browsed(const std::string& page) {
  const Folder folder;
  const fs::path file = folder.path() / "report.html";
  ERRATA_TRY(write_file(file, page));
  return run_program({"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                      "--disable-background-networking", "--disable-component-update", "--disable-sync",
                      "--window-size=1280,1000", "--user-data-dir=" + (folder.path() / "profile").string(),
                      "--virtual-time-budget=20000", "--dump-dom", "file://" + file.string()},
                     "");
}

TEST(Page, ChromiumDrawsEveryChartWithoutAnError) {
  if (!run_program({"chromium", "--version"}, "")) GTEST_SKIP() << "chromium is not installed";
  for (const slice::Analysis& analysis : {example_analysis(), hostile_analysis()}) {
    const auto page = browsed(render_html(analysis));
    ASSERT_TRUE(page.has_value()) << page.error().message;
    const std::size_t charts = make_charts(analysis).size();
    EXPECT_THAT(*page, HasSubstr("data-ready=\"yes\""));
    EXPECT_THAT(*page, Not(HasSubstr("data-errors=")));
    EXPECT_EQ(count_of(*page, "data-drawn=\"done\""), charts);
    EXPECT_GE(count_of(*page, "<svg"), charts);
    // Seven singles of the example are listed by the script.
    EXPECT_THAT(*page, HasSubstr("aria-label=\"Filter, e.g. age\""));
    EXPECT_EQ(count_of(*page, "<b onclick"), 0);
  }
}

}  // namespace
}  // namespace errata::report
