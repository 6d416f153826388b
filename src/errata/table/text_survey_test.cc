#include "errata/table/text_survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Texts = std::vector<std::string>;

TextReading reading_of(const Texts& values, const TextConventions& conventions = {}) {
  TextSurvey survey(conventions);
  for (const std::string& value : values) survey.add(value);
  return survey.settle();
}
TextKind kind_of(const Texts& values, const TextConventions& conventions = {}) {
  return reading_of(values, conventions).kind;
}

TEST(TextSurvey, Numbers) {
  EXPECT_EQ(kind_of({"1", "-20", "+3", " 4 ", "0"}), TextKind::integer);
  EXPECT_EQ(kind_of({"1", "2.5", ".5", "5.", "1e-05", "-1.5E+3"}), TextKind::number);
  EXPECT_EQ(kind_of({"inf", "1", "-Infinity"}), TextKind::number) << "also where the first one is infinite";
  EXPECT_EQ(kind_of({"1e+05", "2"}), TextKind::number);
  EXPECT_EQ(kind_of({"1e5", "2.5"}), TextKind::number) << "among fractions";
  EXPECT_EQ(kind_of({"999999999999999999"}), TextKind::integer);
}

TEST(TextSurvey, CodesStayText) {
  for (const Texts& codes : {Texts{"1E5", "12E3"},
                             {"100", "1E5"},
                             {"0x2A"},
                             {"01067", "10115"},
                             {"1_000"},
                             {"1234567890123456789"},
                             {"1.2.3"},
                             {"12a"},
                             {"1e"},
                             {"1e5555"},
                             {"-"},
                             {"+"},
                             {"."},
                             {"1,2,3"},
                             {"05.5"},
                             {"1 2"},
                             {"inf"},
                             {""}})
    EXPECT_EQ(kind_of(codes), TextKind::text) << codes.front();
}

TEST(TextSurvey, WordsAreMissingWhereTheRestIsOfOneKind) {
  const TextReading numbers = reading_of({"3", "NA", "2.5", "NA", "N/A", "null", "-", "?", "\\N", "NaN", "None"});
  EXPECT_EQ(numbers.kind, TextKind::number);
  EXPECT_EQ(numbers.missing_count, 8U) << "NaN is a number";
  EXPECT_THAT(numbers.missing, ElementsAre("-", "?", "N/A", "NA", "None", "\\N", "null"));
  EXPECT_EQ(kind_of({"TRUE", "FALSE", "NA", "nan"}), TextKind::boolean);
  EXPECT_EQ(kind_of({"2026-01-01", "NaT"}), TextKind::time);
  EXPECT_THAT(reading_of({"US", "NA", "DE"}).missing, IsEmpty()) << "Namibia";
  EXPECT_THAT(reading_of({"NA", "NA"}).missing, ElementsAre("NA")) << "a column without a value, as R writes it";
}

TEST(TextSurvey, WordsOfTheUserAreMissingEverywhere) {
  const TextConventions conventions{.null_values = {"-999", "unknown"}};
  const TextReading numbers = reading_of({"1", "-999", "2"}, conventions);
  EXPECT_EQ(numbers.kind, TextKind::integer);
  EXPECT_THAT(numbers.missing, ElementsAre("-999"));
  const TextReading texts = reading_of({"a", "unknown", "NA"}, conventions);
  EXPECT_EQ(texts.kind, TextKind::text);
  EXPECT_THAT(texts.missing, ElementsAre("unknown"));
}

TEST(TextSurvey, CommasInNumbers) {
  const TextReading decimal = reading_of({"0,86", "1", "1.234,5", "-0,125"});
  EXPECT_EQ(decimal.kind, TextKind::number);
  EXPECT_EQ(decimal.decimal, ',');
  EXPECT_EQ(decimal.grouping, '.');
  const TextReading grouped = reading_of({"1,234", "12", "1,234,567.5"});
  EXPECT_EQ(grouped.kind, TextKind::number);
  EXPECT_EQ(grouped.grouping, ',');
  EXPECT_FALSE(grouped.either_number);
  EXPECT_TRUE(reading_of({"1,234", "2,500"}).either_number);
  EXPECT_EQ(reading_of({"1,234", "2,500"}, {.decimal_comma = true}).decimal, ',');
  EXPECT_EQ(kind_of({"0,86", "0.5"}), TextKind::text) << "not in one way";
}

TEST(TextSurvey, Percent) {
  EXPECT_TRUE(reading_of({"85%", "7.5 %"}).percent);
  EXPECT_EQ(kind_of({"85%", "7"}), TextKind::text);
}

TEST(TextSurvey, Dates) {
  for (const Texts& dates : {Texts{"2026-03-02"},
                             {"2026/03/02 10:00"},
                             {"2026-03-02T10:00:00.5+02:00"},
                             {"2026-03-02 10:00:00 UTC"},
                             {"Mar 2, 2026"},
                             {"March 2 2026"},
                             {"2 Mar 2026"},
                             {"2-Mar-2026 10:00"},
                             {"13.01.2026 10:00"},
                             {"01/13/2026 1:05 PM"},
                             {"2026-03"},
                             {"9999-12-31"},
                             {"0001-01-01"}})
    EXPECT_EQ(kind_of(dates), TextKind::time) << dates.front();
  for (const Texts& texts : {Texts{"1.10.11", "2.10.11"},
                             {"20-12-11"},
                             {"41_10_1"},
                             {"Lunch"},
                             {"2026-13-01"},
                             {"2026-02-30"},
                             {"31/31/2026"},
                             {"2026-03-02 25:00"},
                             {"1234-56"},
                             {"20260302x"}})
    EXPECT_EQ(kind_of(texts), TextKind::text) << texts.front();
  EXPECT_TRUE(reading_of({"2026-03-02"}).date_only);
  EXPECT_FALSE(reading_of({"2026-03-02", "2026-03-02 10:00"}).date_only);
}

TEST(TextSurvey, DayAndMonth) {
  EXPECT_EQ(reading_of({"13/01/2026", "02/03/2026"}).order, DateOrder::day_first);
  EXPECT_EQ(reading_of({"01/13/2026", "02/03/2026"}).order, DateOrder::month_first);
  EXPECT_EQ(kind_of({"13/01/2026", "01/13/2026"}), TextKind::text);
  const TextReading either = reading_of({"03/01/2026", "03/12/2026"});
  EXPECT_EQ(either.order, DateOrder::month_first);
  EXPECT_TRUE(either.either_order);
  const TextReading said = reading_of({"03/01/2026"}, {.day_first = true});
  EXPECT_EQ(said.order, DateOrder::day_first);
  EXPECT_FALSE(said.either_order);
  EXPECT_EQ(reading_of({"03.01.2026"}).order, DateOrder::day_first);
  EXPECT_FALSE(reading_of({"03.01.2026"}).either_order);
}

TEST(TextSurvey, InfiniteDatesAreMissing) {
  const TextReading dates = reading_of({"infinity", "2026-03-02", "-infinity"});
  EXPECT_EQ(dates.kind, TextKind::time);
  EXPECT_THAT(dates.missing, ElementsAre("-infinity", "infinity"));
}

TEST(TextSurvey, TimesAmongOtherTexts) {
  const TextConventions conventions;
  TextSurvey survey(conventions);
  for (const char* value : {"13/01/2026", "yesterday", "02/03/2026", "?"}) survey.add(value);
  EXPECT_EQ(survey.settle().kind, TextKind::text);
  EXPECT_EQ(survey.settle_time().order, DateOrder::day_first);
  TextSurvey meals(conventions);
  for (const char* value : {"Lunch", "Dinner"}) meals.add(value);
  EXPECT_EQ(meals.settle_time().kind, TextKind::text);
}

}  // namespace
}  // namespace errata::table
