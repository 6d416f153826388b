#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/report/kit/test_text.h"
#include "errata/report/replay/page.h"
#include "errata/report/replay/test_example.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReplayPage, TheFindingsReadWithoutScript) {
  const std::string page = own_part(replay_page(example_replay()));
  EXPECT_THAT(page, HasSubstr(", still on; 0.50% of accepted cases fail, 24.7% of all</h1>"));
  EXPECT_THAT(page, HasSubstr("Outcomes come 100 cases later."));
  EXPECT_THAT(page, HasSubstr("target 20%"));
  EXPECT_THAT(section_of(page, "advice"), HasSubstr("Decide by the memory&#39;s risk"));
  EXPECT_THAT(section_of(page, "time"), HasSubstr("still on"));
  EXPECT_THAT(section_of(page, "time"),
              HasSubstr("changed level 2016-07-13 04:00, told by 141 failures in 300 cases; 41.0% before"));
  EXPECT_THAT(section_of(page, "modes"), HasSubstr("Rule: <span class=\"name\">nswdemand</span> in [0.63, 0.98]"));
  EXPECT_THAT(section_of(page, "policy"), HasSubstr("nothing is promised about their failures"));
  EXPECT_THAT(section_of(page, "risk"), HasSubstr("Brier score 0.103"));
  EXPECT_THAT(section_of(page, "corrections"), HasSubstr("irreducible"));
  EXPECT_THAT(section_of(page, "corrections"), HasSubstr("by specialist"));
}

/// The share that stands beside counts is theirs, and not a rate that has faded since.
TEST(ReplayPage, FiguresOfModesAgreeWithEachOther) {
  const std::string modes = section_of(own_part(replay_page(example_replay())), "modes");
  const std::size_t begin = modes.find("<tr class=\"failing\">");
  ASSERT_NE(begin, std::string::npos);
  const std::string row = modes.substr(begin, modes.find("</tr>", begin) - begin);
  for (const char* figure : {">6,072<", ">2,611<", ">43.0%<", "<dd>1,305</dd>"}) EXPECT_THAT(row, HasSubstr(figure));
  EXPECT_THAT(row, Not(HasSubstr("14.3%")));
  EXPECT_THAT(modes, HasSubstr("Near it: cases whose outcome came"));
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

TEST(ReplayPage, StreamsHaveATableAndNoModeMap) {
  const std::string page = own_part(replay_page(streams_replay()));
  const std::string streams = section_of(page, "streams");
  EXPECT_THAT(streams, HasSubstr("<th>device</th>"));
  EXPECT_THAT(streams, HasSubstr("<td class=\"where short\">a0</td>"));
  EXPECT_THAT(streams, HasSubstr("All 15 streams"));
  EXPECT_THAT(streams, HasSubstr("(missing)"));
  EXPECT_LT(streams.find(">a0<"), streams.find(">a1<"));
  EXPECT_THAT(section_of(page, "modes"), HasSubstr("(device a0)"));
  EXPECT_THAT(section_of(page, "time"), HasSubstr("mode 3, device a0"));
  EXPECT_THAT(page, Not(HasSubstr("mode_map")));
  EXPECT_EQ(section_of(own_part(replay_page(example_replay())), "streams"), "");
}

TEST(ReplayPage, ContentsListOnlyWhatIsThere) {
  const std::string page = own_part(replay_page(quiet_replay()));
  for (const char* there : {"advice", "time", "modes", "scores", "policy", "method"}) {
    EXPECT_THAT(page, HasSubstr(std::string("<a href=\"#") + there + "\">"));
    EXPECT_NE(section_of(page, there), "") << there;
  }
  for (const char* missing : {"risk", "corrections"}) {
    EXPECT_THAT(page, Not(HasSubstr(std::string("\"#") + missing + "\"")));
    EXPECT_EQ(section_of(page, missing), "") << missing;
  }
  EXPECT_THAT(page, HasSubstr("No mode was found"));
  EXPECT_THAT(page, HasSubstr("at no time clearly more frequent"));
  const std::string empty = own_part(replay_page(empty_replay()));
  EXPECT_THAT(empty, HasSubstr("<h1>No case was evaluated</h1>"));
  for (const std::string& one : {page, empty}) EXPECT_THAT(one, Not(HasSubstr(">nan")));
}

}  // namespace
}  // namespace errata::report
