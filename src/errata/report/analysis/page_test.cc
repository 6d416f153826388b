#include "errata/report/analysis/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/report/analysis/test_example.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/page_assets.h"
#include "errata/report/kit/test_text.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Page, EscapesTextAndData) {
  EXPECT_EQ(escape_html("<a href=\"x\">'&'</a>\n"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;␊");
  EXPECT_EQ(escape_script_json("\"</script>\u2028\u2029\""), "\"\\u003c/script>\\u2028\\u2029\"");
}

TEST(Page, TheFindingsReadWithoutScript) {
  const std::string page = own_part(analysis_page(example_analysis()));
  EXPECT_THAT(page, HasSubstr("<h1>The model fails most in 3 places</h1>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"name\">marital-status</span> = Married"));
  EXPECT_THAT(page, HasSubstr("31.3%"));
  EXPECT_THAT(page, HasSubstr("&quot;marital-status&quot; = &#39;Married&#39; AND &quot;education-num&quot; &gt; 12"));
  EXPECT_THAT(page, HasSubstr("3e-9"));
  EXPECT_EQ(count_of(page, "{{"), 0);
}

TEST(Page, SavedSlicesHaveASectionOfTheirOwn) {
  const std::string page = own_part(analysis_page(example_analysis()));
  EXPECT_THAT(page, HasSubstr("<a href=\"#saved\">Saved slices</a>"));
  const std::string section = page.substr(page.find("<section id=\"saved\">"));
  EXPECT_THAT(section, HasSubstr("3 saved slices; 1 of them cannot be measured here; 1 fails"));
  EXPECT_THAT(section, HasSubstr("<tr class=\"failing\"><td class=\"where\"><span class=\"name\">channel</span>"));
  EXPECT_THAT(section, HasSubstr("29.0%"));
  EXPECT_THAT(section, HasSubstr("there is no column shoe_size"));
  EXPECT_EQ(own_part(analysis_page(quiet_analysis())).find("id=\"saved\""), std::string::npos);
}

TEST(Page, AHotspotShowsItsQueriesAndSomeOfItsFailures) {
  const std::string page = own_part(analysis_page(example_analysis()));
  EXPECT_THAT(
      page,
      HasSubstr("df[(df[&quot;marital-status&quot;] == &quot;Married&quot;) &amp; (df[&quot;education-num&quot;]"));
  EXPECT_THAT(page, HasSubstr("Copy SQL</button>"));
  EXPECT_THAT(page, HasSubstr("Copy pandas</button>"));
  EXPECT_THAT(page, HasSubstr("<th>case_id</th><th>y_true</th><th>y_pred</th><th>marital-status</th>"));
  EXPECT_THAT(page, HasSubstr("<tr><td>B-7</td><td>&lt;=50K</td><td>&gt;50K</td><td>–</td><td>14.5</td></tr>"));
  EXPECT_THAT(page, Not(HasSubstr("On its cases: accuracy")));  // 1 − the failure rate
}

TEST(Page, EverySliceIsToldWithItsKindsOfFailure) {
  auto analysis = example_analysis();
  const slice::FailureKinds kinds{.binary = analysis.hotspots[0].slice.kinds.binary};
  analysis.unconfirmed[0].kinds = analysis.safe[0].kinds = analysis.saved[0].kinds = kinds;
  const std::string page = own_part(analysis_page(analysis));
  // The hotspot, what is folded under it, and the three.
  EXPECT_EQ(count_of(page, "false negatives 62.0% (log 39.0%)"), 5);
}

TEST(Page, SilentFailuresAndSafeSlicesHaveSectionsOfTheirOwn) {
  const std::string page = own_part(analysis_page(example_analysis()));
  EXPECT_THAT(page, HasSubstr("<a href=\"#silent\">More than it believes</a>"));
  const std::string silent = page.substr(page.find("<section id=\"silent\">"));
  EXPECT_THAT(silent, HasSubstr("<span class=\"name\">channel</span> = web"));
  EXPECT_THAT(silent, HasSubstr("15.0%"));
  EXPECT_THAT(silent, HasSubstr("+7.5 points"));
  const std::string safe = page.substr(page.find("<section id=\"safe\">"));
  EXPECT_THAT(safe, HasSubstr("is one of Farming-fishing or Other-service"));
  EXPECT_THAT(safe, HasSubstr("6.2%"));
  EXPECT_THAT(page, HasSubstr("(inside 2, whose other cases fail 17.4%)"));
  EXPECT_THAT(page, HasSubstr("(120 of its 173 failures are in none above)"));
  const std::string quiet = own_part(analysis_page(quiet_analysis()));
  EXPECT_THAT(quiet, Not(HasSubstr("id=\"silent\"")));
  EXPECT_THAT(quiet, Not(HasSubstr("id=\"safe\"")));
}

TEST(Page, GroupsHaveASectionOfTheirOwn) {
  const std::string page = own_part(analysis_page(example_analysis()));
  EXPECT_THAT(page, HasSubstr("<a href=\"#groups\">Groups</a>"));
  const std::string section = page.substr(page.find("<section id=\"groups\">"));
  EXPECT_THAT(section, HasSubstr("Positive is &gt;50K."));
  EXPECT_THAT(section, HasSubstr("demographic parity difference"));
  EXPECT_THAT(section, HasSubstr("1 group has fewer than 30 cases"));
  EXPECT_EQ(own_part(analysis_page(quiet_analysis())).find("id=\"groups\""), std::string::npos);
}

TEST(Page, NothingFoundReadsWell) {
  const std::string page = own_part(analysis_page(quiet_analysis()));
  EXPECT_THAT(page, HasSubstr("<h1>No hotspot is confirmed</h1>"));
  EXPECT_THAT(page, Not(HasSubstr("data-chart")));
  EXPECT_THAT(page, Not(HasSubstr(">nan")));
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
  EXPECT_GE(count_of(embed_script(), "Redistribution and use in source and binary forms"), 1);
}

}  // namespace
}  // namespace errata::report
