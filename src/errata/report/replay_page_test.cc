#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "errata/base/atomic_file.h"
#include "errata/report/example_replay.h"
#include "errata/report/replay.h"
#include "errata/report/replay_charts.h"
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

TEST(ReplayPage, TheFindingsReadWithoutScript) {
  const std::string page = own_part(replay_page(example_replay()));
  EXPECT_THAT(page, HasSubstr("<h1>0.50% of accepted cases fail, 24.7% of all</h1>"));
  EXPECT_THAT(page, HasSubstr("Outcomes come 100 cases later."));
  EXPECT_THAT(page, HasSubstr("target 20%"));
  EXPECT_THAT(section_of(page, "advice"), HasSubstr("Retrain on cases since 2017-04-05"));
  EXPECT_THAT(section_of(page, "time"), HasSubstr("still on"));
  EXPECT_THAT(section_of(page, "time"), HasSubstr("changed level 2016-07-13 04:00: 47.0% fail, before 41.0%"));
  EXPECT_THAT(section_of(page, "modes"), HasSubstr("Rule: <span class=\"name\">nswdemand</span> in [0.63, 0.98]"));
  EXPECT_THAT(section_of(page, "policy"), HasSubstr("nothing is promised about their failure rate"));
  EXPECT_THAT(section_of(page, "risk"), HasSubstr("Brier score 0.103"));
  EXPECT_THAT(section_of(page, "corrections"), HasSubstr("irreducible"));
  EXPECT_THAT(section_of(page, "corrections"), HasSubstr("by specialist"));
  EXPECT_EQ(count_of(page, "{{"), 0);
  EXPECT_EQ(count_of(page, "data-chart="), replay_charts(example_replay()).size());
}

TEST(ReplayPage, HindsightAndOnlineStandSideBySide) {
  const std::string scores = section_of(own_part(replay_page(example_replay())), "scores");
  const std::size_t begin = scores.find("<tr><td class=\"where short\">20%</td>");
  ASSERT_NE(begin, std::string::npos);
  const std::string row = scores.substr(begin, scores.find("</tr>", begin) - begin);
  for (const char* figure : {">0.25%<", ">0.21% to 0.48%<", ">2.7%<", ">0%<", ">19.7%<", ">0.30%<"}) {
    EXPECT_THAT(row, HasSubstr(figure));
  }
  for (const char* figure : {">0.0521<", ">0.0911<", ">0.0312<", "0.0127<", "best baseline", "knows every failure"}) {
    EXPECT_THAT(scores, HasSubstr(figure));
  }
  EXPECT_THAT(scores, HasSubstr("Every score at every coverage"));
}

TEST(ReplayPage, ContentsListOnlyWhatIsThere) {
  const std::string page = own_part(replay_page(quiet_replay()));
  for (const char* there : {"time", "modes", "scores", "policy", "method"}) {
    EXPECT_THAT(page, HasSubstr(std::string("<a href=\"#") + there + "\">"));
    EXPECT_NE(section_of(page, there), "") << there;
  }
  for (const char* missing : {"advice", "risk", "corrections"}) {
    EXPECT_THAT(page, Not(HasSubstr(std::string("\"#") + missing + "\"")));
    EXPECT_EQ(section_of(page, missing), "") << missing;
  }
  EXPECT_THAT(page, HasSubstr("No mode was found"));
  EXPECT_THAT(page, HasSubstr("at no time clearly more frequent"));
  const std::string empty = own_part(replay_page(empty_replay()));
  EXPECT_THAT(empty, HasSubstr("<h1>No case was evaluated</h1>"));
  for (const std::string& one : {page, empty}) EXPECT_THAT(one, Not(HasSubstr(">nan")));
}

TEST(ReplayPage, TextOfTheLogNeverBecomesMarkup) {
  const std::string page = replay_page(hostile_replay());
  EXPECT_EQ(count_of(page, "<b onclick"), 0);
  EXPECT_EQ(count_of(own_part(page), "\x1b"), 0);
  // Two blocks of data, the bundles as text and the page's own script, each closed once.
  EXPECT_EQ(count_of(page, "</script>"), 4);
}

TEST(ReplayPage, TheDataBlocksAreJson) {
  for (const replay::Replay& replay : {example_replay(), hostile_replay(), empty_replay()}) {
    const std::string page = replay_page(replay);
    for (const char* id : {"charts", "replay"}) {
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
  std::string pattern = (fs::temp_directory_path() / "errata-replay-XXXXXX").string();
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

TEST(ReplayPage, ChromiumDrawsEveryChartWithoutAnError) {
  if (!run_program({"chromium", "--version"}, "")) GTEST_SKIP() << "chromium is not installed";
  for (const replay::Replay& replay : {example_replay(), quiet_replay(), empty_replay(), hostile_replay()}) {
    const auto page = browsed(replay_page(replay));
    ASSERT_TRUE(page.has_value()) << page.error().message;
    const std::size_t charts = replay_charts(replay).size();
    EXPECT_THAT(*page, HasSubstr("data-ready=\"yes\""));
    EXPECT_THAT(*page, Not(HasSubstr("data-errors=")));
    EXPECT_EQ(count_of(*page, "data-drawn=\"done\""), charts);
    EXPECT_GE(count_of(*page, "<svg"), charts);
    EXPECT_EQ(count_of(*page, "<b onclick"), 0);
  }
}

}  // namespace
}  // namespace errata::report
