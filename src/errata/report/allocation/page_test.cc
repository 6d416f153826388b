#include "errata/report/allocation/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/report/allocation/test_example.h"
#include "errata/report/kit/test_text.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string page_of(const relevance::ImageAllocation& made) {
  const auto page = allocation_page(made);
  EXPECT_TRUE(page) << page.error().message;
  return own_part(page.value_or(""));
}

TEST(AllocationPage, TellsWhatIsFundedAndWhy) {
  const std::string page = page_of(example_allocation());
  for (const char* part :
       {"street.jpg, 80 × 60 pixels", "3 of 20 patches get 664 tokens", "“what does the sign say”", "of 1,000",
        "98.5% sure", "edges lie evenly over the image", "64 tokens", "400 tokens", "the first 2000 are used"})
    EXPECT_THAT(page, HasSubstr(part));
  EXPECT_EQ(count_of(section_of(page, "how"), "<li class=\"bad\">"), 1U) << "one guard of two fired";
}

TEST(AllocationPage, ThePictureStandsThereOnceAndItsPatchesLieOverIt) {
  const std::string section = section_of(page_of(example_allocation()), "picture");
  EXPECT_EQ(count_of(section, "data:image/jpeg;base64,"), 1U);
  EXPECT_EQ(count_of(section, "viewBox=\"0 0 80 60\""), 2U);
  // Patches 7, 6 and 19 of five a row; the last row is cut at 60 pixels. 200 of 64 to 400 lies two fifths up.
  EXPECT_THAT(section, HasSubstr("<path class=\"frame-3\" d=\"M2 1h1v1h-1z\"/>"));
  EXPECT_THAT(section, HasSubstr("<path class=\"frame-1\" d=\"M1 1h1v1h-1z\"/>"));
  EXPECT_THAT(section, HasSubstr("<path class=\"frame-0\" d=\"M4 3h1v0.75h-1z\"/>"));
}

TEST(AllocationPage, EachFixationIsAPanel) {
  const std::string section = section_of(page_of(fixated_allocation()), "picture");
  EXPECT_EQ(count_of(section, "data:image/jpeg;base64,"), 1U);
  EXPECT_EQ(count_of(section, "viewBox=\"0 0 80 60\""), 4U);
  for (const char* part : {"Fixation 1", "Fixation 3", "3 fixations; each may look", "364 tokens for 2 patches"})
    EXPECT_THAT(section, HasSubstr(part));
  EXPECT_THAT(section_of(page_of(example_allocation()), "picture"), Not(HasSubstr("ixation")));
  auto many = fixated_allocation();
  many.later.resize(30, many.later.back());
  const std::string of_many = section_of(page_of(many), "picture");
  EXPECT_EQ(count_of(of_many, "viewBox=\"0 0 80 60\""), 9U);
  EXPECT_THAT(of_many, HasSubstr("The first 8 are drawn."));
}

TEST(AllocationPage, EveryScoreAndChannelIsAMap) {
  const std::string section = section_of(page_of(example_allocation()), "channels");
  EXPECT_EQ(count_of(section, "<img class=\"map\" width=\"5\" height=\"4\""), 4U + 8U);
  EXPECT_EQ(count_of(section, "data:image/png;base64,"), 12U);
  EXPECT_THAT(section, HasSubstr("text-likeness <span class=\"soft\">0 to 0.95</span>"));
  EXPECT_EQ(count_of(section_of(page_of(empty_allocation()), "channels"), "<img"), 11U) << "no query, no map of it";
}

TEST(AllocationPage, PositionsAreATable) {
  const std::string page = page_of(example_allocation());
  const std::string section = section_of(page, "budgets");
  EXPECT_EQ(count_of(section, "<tr>"), 1U + 3U);
  EXPECT_THAT(section, HasSubstr("data-label=\"tokens\" data-value=\"400\">400</td>"));
  EXPECT_THAT(section, HasSubstr("The funded patches"));
  EXPECT_EQ(section_of(page_of(empty_allocation()), "budgets"), "");
  auto many = example_allocation();
  many.allocated.allocation.positions.assign(30, 1);
  many.allocated.allocation.budgets.assign(30, 2);
  const std::string of_many = section_of(page_of(many), "budgets");
  EXPECT_EQ(count_of(of_many, "<tr>"), 1U + 20U);
  EXPECT_THAT(of_many, HasSubstr("The 20 most relevant patches, of 30"));
}

TEST(AllocationPage, SaysWhereNothingIsAsked) {
  const std::string page = page_of(empty_allocation());
  EXPECT_THAT(page, HasSubstr("Nothing was asked for."));
  EXPECT_THAT(section_of(page, "picture"), Not(HasSubstr("frame-")));
}

}  // namespace
}  // namespace errata::report
