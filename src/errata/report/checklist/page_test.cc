#include "errata/report/checklist/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/report/checklist/charts.h"
#include "errata/report/checklist/test_example.h"
#include "errata/report/kit/test_text.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string page_of(const checklist::Checklist& made) {
  const auto page = checklist_page(made);
  EXPECT_TRUE(page) << page.error().message;
  return own_part(page.value_or(""));
}

TEST(ChecklistPage, NamesTheAssumptionOfEveryModeAndWhatHelps) {
  const std::string page = page_of(failing_checklist());
  const std::string taxonomy = section_of(page, "taxonomy");
  for (const char* part : {"the budget suffices", "a hard total", "strategic", "deciding what to spend", "FAILS",
                           "href=\"#mode-5\"", "href=\"#mode-6\"", "the mode tells nothing"})
    EXPECT_THAT(taxonomy, HasSubstr(part));
  const std::string mode = section_of(page, "mode-5");
  for (const char* part : {"the budget suffices", "a hard total", "at least 0.95", "0.990 to 1.000"})
    EXPECT_THAT(mode, HasSubstr(part));
  EXPECT_THAT(page, HasSubstr("0 of 2 modes pass"));
}

TEST(ChecklistPage, TellsWhatWasReadAtEqualBudgets) {
  checklist::Checklist made = example_checklist();
  EXPECT_THAT(page_of(made), Not(HasSubstr("equal budget")));
  made.reading = {example_reading(.9, .3)};
  const std::string section = section_of(page_of(made), "reading");
  for (const char* part : {"By relevance of “scenes”", "40 words in 9 of 12 pictures", "3/16", "0.900", "cdpruner",
                           "3 times the words of the best other one"})
    EXPECT_THAT(section, HasSubstr(part));
}

TEST(ChecklistPage, TellsRealPicturesBesideTheScenes) {
  const std::string page = page_of(example_checklist());
  for (const char* part : {"On 2 real pictures", "spread over photos", "by 1 of 1: a.jpg"})
    EXPECT_THAT(section_of(page, "mode-5"), HasSubstr(part));
  EXPECT_THAT(section_of(page, "method"), HasSubstr("2 real pictures and 0 videos of photos"));
  EXPECT_THAT(section_of(page_of(empty_checklist()), "method"), HasSubstr("there are no real pictures"));
}

TEST(ChecklistPage, ShowsCasesBeforeAndAfter) {
  const std::string mode = section_of(page_of(example_checklist()), "mode-5");
  EXPECT_EQ(count_of(mode, "data:image/jpeg;base64,"), 2U) << "one picture a case, though each has two views";
  EXPECT_EQ(count_of(mode, "<use href=\"#p-5-0-0\"/>"), 5U);
  EXPECT_EQ(count_of(mode, "<svg viewBox=\"0 0 48 32\""), 12U);
  for (const char* part :
       {"A typical case", "The worst case", "document, seed 3000003", "document, seed 3000007", "“where is the lamp”",
        "Before: document, 464 tokens on 2 patches", "After: errata, 464 tokens on 2 patches", "outlined"})
    EXPECT_THAT(mode, HasSubstr(part));
  EXPECT_THAT(mode, HasSubstr("<span class=\"off\">0.500</span> before, <span class=\"good\">0.990</span> after"));
  EXPECT_THAT(mode, HasSubstr("<path class=\"frame-3\" d=\"M2 0h1v1h-1z\"/>")) << "patch 2 of the document's";
  EXPECT_THAT(section_of(page_of(failing_checklist()), "mode-5"), Not(HasSubstr("Before")));
}

TEST(ChecklistPage, ShowsAnOutsiderBesideTheTwo) {
  const std::string page = page_of(outsider_checklist());
  for (const char* part : {"Judged: `python3 mine.py`", "by your allocator", "where your allocator reaches every gate",
                           "9 forgetting, reading at an equal budget"})
    EXPECT_THAT(page, HasSubstr(part));
  EXPECT_THAT(page, Not(HasSubstr("by Errata&#39;s allocator")));
  const std::string mode = section_of(page, "mode-5");
  for (const char* part :
       {"<li>1 bad answer: no answer in time; the first, at seed 3000001: gave no answer within 30 s</li>",
        "<li>not measured, since allocations do not tell it: inversions; of best, concave</li>",
        "yours, 464 tokens on 2 patches", "document, 464 tokens on 2 patches", "errata, 464 tokens on 2 patches",
        "</span> document, ", "</span> yours"})
    EXPECT_THAT(mode, HasSubstr(part));
  EXPECT_THAT(mode, Not(HasSubstr("Before: ")));
  EXPECT_EQ(count_of(mode, "<svg viewBox=\"0 0 48 32\""), 16U) << "the scene and three allocations, four views";
}

TEST(ChecklistPage, WithoutModesThereIsNothingToList) {
  const std::string page = page_of(empty_checklist());
  EXPECT_EQ(section_of(page, "taxonomy"), "");
  EXPECT_THAT(page, HasSubstr("0 of 0 modes pass"));
}

TEST(ChecklistCharts, AreOneAFigureOfThoseThatHaveIt) {
  const auto charts = checklist_charts(example_checklist());
  ASSERT_EQ(charts.size(), 4U);
  EXPECT_EQ(charts[2].name, "mode_5_3");
  EXPECT_EQ(charts[2].section, "mode-5");
  EXPECT_EQ(charts[2].title, "of best, concave, at least 0.95");
  EXPECT_THAT(charts[0].data, Not(HasSubstr("document's fix"))) << "its value is not a number";
  EXPECT_THAT(charts[3].data, HasSubstr("\"mean\":0.5"));
}

}  // namespace
}  // namespace errata::report
