// The page of an analysis, worked as a reader would work it.
#include <gtest/gtest.h>

#include "contracts/browser.h"
#include "errata/report/analysis/page.h"
#include "errata/report/analysis/test_example.h"

namespace errata::report {
namespace {

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
  const auto page = browsed(with_script(analysis_page(example_analysis()), whole));
  if (!page) return page.error().message;
  const std::string open = "<pre id=\"told\">";
  const std::size_t begin = page->find(open) + open.size();
  return page->substr(begin, page->find("</pre>", begin) - begin);
}

TEST(PageReader, HotspotsSortByAnyColumnInBothDirections) {
  ERRATA_NEEDS_CHROMIUM();
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

TEST(PageReader, RowsAreFilteredByEveryWordInAnyCase) {
  ERRATA_NEEDS_CHROMIUM();
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

TEST(PageReader, TheSqlOfAHotspotIsCopiedOrElseSelected) {
  ERRATA_NEEDS_CHROMIUM();
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
