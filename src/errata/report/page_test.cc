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
#include "errata/report/test_text.h"

namespace errata::report {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

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
  // Two blocks of data, the bundles as text and the page's own script, each closed once.
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
  EXPECT_GE(count_of(embed_script(), "Redistribution and use in source and binary forms"), 1);
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

/// The page with one more script, which its policy then allows too. The script works the page as a reader would and
/// adds what it saw, line by line, with told().
std::string with_script(std::string page, const std::string& script) {
  const std::string policy = "script-src ", body = "</body>";
  page.insert(page.find(policy) + policy.size(), "'nonce-test' ");
  return page.insert(page.rfind(body), "<pre id=\"told\"></pre><script nonce=\"test\">" + script + "</script>");
}

constexpr const char* kReader = R"js(
  const told = (...words) => { document.getElementById("told").textContent += words.join(" ") + "\n"; };
  const until = (done) => new Promise((go) => { const look = () => (done() ? go() : setTimeout(look, 10)); look(); });
  const shown = (table) => [...table.tBodies[0].rows].filter((row) => !row.hidden);
  const sort = (table, title) => {
    const header = [...table.tHead.rows[0].cells].find((cell) => cell.textContent === title);
    header.querySelector("button").click();
    told(title, header.getAttribute("aria-sort") + ":", ...shown(table).map((row) => row.cells[0].textContent));
  };
  const filter = (table, words) => {
    const input = document.querySelector(`input[data-filters="${table.id}"]`);
    input.value = words;
    input.dispatchEvent(new Event("input"));
    const count = document.querySelector(`output[data-counts="${table.id}"]`).textContent;
    told(`"${words}"`, count + ":", ...shown(table).map((row) => row.cells[0].textContent));
  };
)js";

/// What a script saw on the page of the example.
std::string told_by(const std::string& script) {
  const std::string whole =
      std::string(kReader) + "until(() => document.documentElement.dataset.ready).then(async () => {" + script + "});";
  const auto page = browsed(with_script(render_html(example_analysis()), whole));
  if (!page) return page.error().message;
  const std::string open = "<pre id=\"told\">";
  const std::size_t begin = page->find(open) + open.size();
  return page->substr(begin, page->find("</pre>", begin) - begin);
}

TEST(Page, HotspotsSortByAnyColumnInBothDirections) {
  if (!run_program({"chromium", "--version"}, "")) GTEST_SKIP() << "chromium is not installed";
  EXPECT_EQ(told_by(R"js(
    const table = document.getElementById("hotspot-table");
    for (const title of ["Of cases", "Of cases", "Adjusted p", "Hotspot", "#"]) sort(table, title);
  )js"),
            "Of cases descending: 3 1 2\n"
            "Of cases ascending: 2 1 3\n"
            "Adjusted p ascending: 2 1 3\n"
            "Hotspot ascending: 3 2 1\n"
            "# ascending: 1 2 3\n");
}

TEST(Page, RowsAreFilteredByEveryWordInAnyCase) {
  if (!run_program({"chromium", "--version"}, "")) GTEST_SKIP() << "chromium is not installed";
  EXPECT_EQ(told_by(R"js(
    const table = document.getElementById("hotspot-table");
    for (const words of ["capital", " MARRIED  education ", "married web", ""]) filter(table, words);
    filter(document.getElementById("singles"), "divorced");
  )js"),
            "\"capital\" 1 of 3 rows: 2\n"
            "\" MARRIED  education \" 1 of 3 rows: 1\n"
            "\"married web\" 0 of 3 rows:\n"
            "\"\" 3 rows: 1 2 3\n"
            "\"divorced\" 1 of 9 rows: marital-status = Divorced\n");
}

TEST(Page, TheSqlOfAHotspotIsCopiedOrElseSelected) {
  if (!run_program({"chromium", "--version"}, "")) GTEST_SKIP() << "chromium is not installed";
  EXPECT_EQ(told_by(R"js(
    const row = document.getElementById("hotspot-table").tBodies[0].rows[1];
    row.querySelector("details").open = true;
    const button = row.querySelector("button.copy");
    const press = async (write) => {
      navigator.clipboard.writeText = write;
      button.click();
      await until(() => button.textContent !== "Copy SQL");
      told(button.textContent, window.getSelection().toString());
      await until(() => button.textContent === "Copy SQL");
    };
    await press(async (text) => told("clipboard", text));
    await press(() => Promise.reject(new Error("a browser that does not allow it")));
  )js"),
            "clipboard \"capital-gain\" &gt; 5000\n"
            "Copied \n"
            "Selected \"capital-gain\" &gt; 5000\n");
}

}  // namespace
}  // namespace errata::report
