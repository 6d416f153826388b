#include "errata/report/analysis/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/report/analysis/test_example.h"
#include "errata/report/kit/test_text.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Terminal, TellsTheStoryInOrder) {
  const std::string text = analysis_terminal(example_analysis());
  std::size_t last = 0;
  for (const char* part : {"24,421 cases, 3,566 failures: 14.6% fail",
                           "A failure is: prediction differs from label.",
                           "(guessed)",
                           "accuracy 85.4%",
                           "3 hotspots and 1 safe slice confirmed, of 68 slices tested",
                           "`marital-status` = Married",
                           "3e-9",
                           "+ 2 slices that say nothing beyond it",
                           "120 of its 173 failures are in none above",
                           "inside 2, whose other cases fail 17.4%",
                           "Where it fails more than it believes",
                           "`channel` = web",
                           "Safe where",
                           "Farming-fishing or",
                           "Saved slices on this log",
                           "3 saved slices; 1 of them cannot be measured here; 1 fails",
                           "`channel` = partner",
                           "29.0%",
                           "there is no column shoe_size",
                           "Groups",
                           "all cases",
                           "1 group has fewer than 30 cases: shown, not tested.",
                           "equalized odds difference",
                           "changes level twice",
                           "raised",
                           "y_prob",
                           "Kolmogorov–Smirnov",
                           "Cramér's V 0.24",
                           "`education-num` in [13, 16]: 30.0% of 3,100 cases fail",
                           "1 warning"}) {
    const std::size_t found = text.find(part, last);
    ASSERT_NE(found, std::string::npos) << part << " is missing or out of place in\n" << text;
    last = found;
  }
}

TEST(Terminal, NothingFoundReadsWell) {
  const std::string text = analysis_terminal(quiet_analysis());
  EXPECT_THAT(text, HasSubstr("No hotspot is confirmed: 7 slices were tested"));
  EXPECT_THAT(text, Not(HasSubstr("When it fails")));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(Terminal, OfManyLevelsTheWorstAreShownInTimeOrder) {
  slice::Analysis analysis = example_analysis();
  std::vector<slice::Segment> segments;
  for (std::size_t i = 0; i < 40; ++i) {
    segments.push_back({.first = i,
                        .last = i,
                        .n = 100,
                        .failures = i % 10,
                        .rate = static_cast<double>(i % 10) / 100,
                        .interval = {.low = 0, .high = 0.2}});
  }
  analysis.over_time->segments = segments;
  const std::string text = analysis_terminal(analysis);
  EXPECT_THAT(text, HasSubstr("changes level 39 times; the 8 stretches with the highest rate:"));
  EXPECT_LT(text.find("2025-W09  2025-W09"), text.find("2025-W10  2025-W10"));
  EXPECT_THAT(text, Not(HasSubstr("2025-W11  2025-W11")));
}

TEST(Terminal, LongListsEndWithACount) {
  slice::Analysis analysis = example_analysis();
  while (analysis.hotspots.size() < 20) analysis.hotspots.push_back(analysis.hotspots[1]);
  EXPECT_THAT(analysis_terminal(analysis), HasSubstr("12 more in the report."));
}

}  // namespace
}  // namespace errata::report
