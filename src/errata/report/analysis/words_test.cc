#include "errata/report/analysis/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/limits.h"
#include "errata/report/analysis/test_example.h"

namespace errata::report {
namespace {

using ::testing::ElementsAre;

TEST(Words, RangesAreToldByTheValuesSeen) {
  EXPECT_EQ(words_of(range("education-num", 12, kInfinity, 13, 16)), "`education-num` in [13, 16]");
  EXPECT_EQ(words_of(range("education-num", 12, 13, 13, 13)), "`education-num` = 13");
  EXPECT_EQ(words_of(range("fare", -kInfinity, 12.5, -3.25, 12.5)), "`fare` in [-3.25, 12.5]");
  EXPECT_EQ(words_of(range("amount", 5000, kInfinity, 5013, 1e6)), "`amount` ≥ 5013");
  EXPECT_EQ(words_of(range("amount", -kInfinity, 20, -123456, 18)), "`amount` ≤ 18");
}

TEST(Words, SavedSlicesThatCannotBeMeasuredAreNotSaidToBeFine) {
  slice::Analysis analysis = example_analysis();
  EXPECT_EQ(saved_words(analysis),
            "3 saved slices; 1 of them cannot be measured here; 1 fails more than the rest of this log (exact test on "
            "all cases, Benjamini–Hochberg at 5%).");
  analysis.saved.erase(analysis.saved.begin(), analysis.saved.begin() + 2);
  EXPECT_EQ(saved_words(analysis), "1 saved slice; it could not be measured on this log.");
  analysis.saved.resize(4, analysis.saved[0]);
  EXPECT_EQ(saved_words(analysis), "4 saved slices; none of 4 could be measured on this log.");
}

TEST(Words, RangesWithoutSeenValuesAreToldByTheirBounds) {
  EXPECT_EQ(words_of(range("fare", 12.5, 31.3, kInfinity, -kInfinity)), "`fare` in (12.5, 31.3]");
  EXPECT_EQ(words_of(range("fare", 12.5, kInfinity, kInfinity, -kInfinity)), "`fare` > 12.5");
  EXPECT_EQ(words_of(range("fare", -kInfinity, 31.3, kInfinity, -kInfinity)), "`fare` ≤ 31.3");
  EXPECT_EQ(words_of(range("fare", 12.5, 31.3, 0, 0)), "`fare` in (12.5, 31.3]");
}

TEST(Words, CategoriesStandAsTheyAre) {
  EXPECT_EQ(words_of(equals("marital-status", "Married")), "`marital-status` = Married");
  EXPECT_EQ(words_of(equals("note", "")), "`note` = \"\"");
  EXPECT_EQ(words_of(equals("note", " x")), "`note` = \" x\"");
  table::Predicate missing = equals("state", "");
  missing.kind = table::Predicate::Kind::missing;
  EXPECT_EQ(words_of(missing), "`state` is missing");
  table::Predicate other = equals("city", "");
  other.kind = table::Predicate::Kind::any_of;
  other.values = {"Bonn", "Ulm", "Trier"};
  EXPECT_EQ(words_of(other), "`city` is one of Bonn, Ulm or Trier");
  other.values = {"a", "b", "c", "d", "e", "f", "g"};
  EXPECT_EQ(words_of(other), "`city` is one of a, b, c, d and 3 more");
}

TEST(Words, TimesAreDates) {
  const double day = 86'400e6;
  table::Predicate weeks = range("day", 20'000 * day, 20'014 * day, 20'000 * day + 1, 20'013.5 * day);
  weeks.is_time = true;
  EXPECT_EQ(words_of(weeks), "`day` from 2024-10-04 to 2024-10-17");
  weeks.min = 20'001.25 * day;
  weeks.max = 20'001.5 * day;
  EXPECT_EQ(words_of(weeks), "`day` from 2024-10-05 06:00 to 2024-10-05 12:00");
}

TEST(Words, LabelsOfAnAxisAreShortAndDistinct) {
  table::Predicate other = equals("city", "");
  other.kind = table::Predicate::Kind::any_of;
  other.values = {"a", "b"};
  EXPECT_THAT(axis_labels(std::vector{equals("city", "Bonn"), other}), ElementsAre("Bonn", "other (2)"));
  EXPECT_THAT(axis_labels(std::vector{range("x", 0, 1, 0.123456, 1), range("x", 1, 2, 2, 2)}),
              ElementsAre("0.1235 to 1", "2"));
  EXPECT_THAT(axis_labels(std::vector{range("lat", 40, 40.7129, 40.7121, 40.7129),
                                      range("lat", 40.7129, 41, 40.7131, 40.7139)}),
              ElementsAre("40.7121 to 40.7129", "40.7131 to 40.7139"));
  EXPECT_THAT(axis_labels(std::vector{equals("x", "missing"), equals("x", "missing")}),
              ElementsAre("missing", "missing (2)"));
}

TEST(Words, TheSentenceOfAHotspot) {
  const slice::Analysis analysis = example_analysis();
  EXPECT_EQ(words_of(analysis, analysis.hotspots[0].slice),
            "`marital-status` = Married and `education-num` in [13, 16]: 31.3% fail, 2.3 times the rest, 4.4% of "
            "cases, 9.4% of failures, confirmed, adjusted p = 3e-9");
  EXPECT_EQ(words_of(analysis, analysis.unconfirmed[0]),
            "`race` = Other: 18.8% fail, 1.29 times the rest, 1.1% of cases, 1.4% of failures, not confirmed, "
            "adjusted p = 0.31");
  EXPECT_EQ(whole_words(analysis), "24,421 cases, 3,566 failures: 14.6% fail (95% interval 14.2% to 15.1%)");
}

TEST(Words, ANumericLossIsAMeanNotAShare) {
  slice::Analysis analysis = quiet_analysis();
  analysis.rule.kind = table::FailureRule::Kind::loss;
  analysis.loss = 250;
  const SliceFigures figures = figures_of(analysis, {.where = {}, .n = 100, .failures = 10, .loss = 31, .score = 0});
  EXPECT_EQ(figure_words(figures, true), "mean loss 0.31, 1.27 times the rest, 10.0% of cases, 12.4% of the loss");
  EXPECT_EQ(whole_words(analysis), "1,000 cases, mean loss 0.25");
}

TEST(Words, TheRestMayBeEmptyOrNeverFail) {
  EXPECT_EQ(lift_words(kNaN, false), "");
  EXPECT_EQ(lift_words(kInfinity, false), "the rest never fails");
  EXPECT_EQ(lift_words(12.4, false), "12 times the rest");
  EXPECT_EQ(lift_words(2.13, false), "2.1 times the rest");
  slice::Analysis analysis = quiet_analysis();
  const SliceFigures everything =
      figures_of(analysis, {.where = {}, .n = 1000, .failures = 100, .loss = 100, .score = 0});
  EXPECT_TRUE(std::isnan(everything.lift));
  const SliceFigures all_failures =
      figures_of(analysis, {.where = {}, .n = 200, .failures = 100, .loss = 100, .score = 0});
  EXPECT_TRUE(std::isinf(all_failures.lift));
}

}  // namespace
}  // namespace errata::report
