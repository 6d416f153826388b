// Text files as people have them: what is read, and what is said about it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "errata/base/test_folder.h"
#include "errata/table/read_log.h"
#include "errata/table/test_reading.h"
#include "errata/table/write_log.h"

namespace errata::table {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string type_of(const std::string& place, std::string_view column, const Reading& reading = {}) {
  const auto schema = read_schema({.paths = {place}, .reading = reading});
  if (!schema) return schema.error().message;
  for (const ColumnSchema& found : schema->columns)
    if (found.name == column) return found.type;
  return "no such column";
}

/// label and pred, then one more column.
std::string with_column(std::string_view name, const std::vector<std::string>& values) {
  std::string text = fmt::format("label,pred,{}\n", name);
  for (std::size_t i = 0; i < values.size(); ++i) text += fmt::format("{},{},{}\n", i % 2, i % 3 == 0, values[i]);
  return text;
}

TEST(ReadText, CodesAndVersionsStayText) {
  const TestFolder folder;
  for (const char* code : {"1E5", "0x2A", "01067", "1.10.11", "20-12-11", "41_10_1", "9007199254740993000"})
    EXPECT_EQ(type_of(folder.file("log.csv", with_column("sku", {code, code, code})), "sku"), "VARCHAR") << code;
}

// What comes after the lines that types are found from counts as much as what stands there.
TEST(ReadText, CodesFarDownStayText) {
  const TestFolder folder;
  for (const char* code : {"1E5", "0x2A", "01067", "1_000"}) {
    std::vector<std::string> values(20'600, "1067");
    values[20'580] = code;
    const auto log = must_read({.paths = {folder.file("log.csv", with_column("sku", values))}});
    ASSERT_EQ(log.find("sku")->kind, ColumnKind::categorical) << code;
    EXPECT_THAT(log.find("sku")->categories, Contains(code));
    EXPECT_THAT(log.warnings, Contains(AllOf(HasSubstr("column sku: 1 values are not BIGINT"),
                                             HasSubstr(fmt::format("the first is '{}' in row 20581", code)))));
  }
  std::vector<std::string> values(20'600, "3");
  values.back() = "1.5";
  const auto log = must_read({.paths = {folder.file("log.csv", with_column("x", values))}});
  ASSERT_EQ(log.find("x")->kind, ColumnKind::numeric);
  EXPECT_EQ(log.find("x")->numbers.back(), 1.5) << "not 2";
}

TEST(ReadText, CodesFarDownAmongNumbersOfJsonStayText) {
  const TestFolder folder;
  std::string text;
  for (int i = 0; i < 20'600; ++i)
    text += fmt::format("{{\"label\": 1, \"pred\": {}, \"sku\": {}}}\n", i % 2,
                        i == 20'590  ? "\"01\""
                        : i % 2 == 0 ? "1"
                                     : "\"1\"");
  const auto log = must_read({.paths = {folder.file("log.jsonl", text)}});
  EXPECT_THAT(log.find("sku")->categories, ElementsAre("01", "1"));
}

TEST(ReadText, ColumnsThatAreEmptyAtFirst) {
  const TestFolder folder;
  std::vector<std::string> values(20'600);
  for (std::size_t i = 20'550; i < values.size(); ++i) values[i] = fmt::format("{}", i);
  EXPECT_EQ(must_read({.paths = {folder.file("log.csv", with_column("x", values))}}).find("x")->kind,
            ColumnKind::numeric);
}

TEST(ReadText, TextInOneFileIsTextAsItIsWrittenInAll) {
  const TestFolder folder;
  const auto log = must_read({.paths = {folder.file("a.csv", with_column("version", {"1.10", "1.20", "1.1"})),
                                        folder.file("b.csv", with_column("version", {"1.10.1", "2.0.0", "1.10.1"}))}});
  EXPECT_THAT(log.find("version")->categories, ElementsAre("1.1", "1.10", "1.10.1", "1.20", "2.0.0"));
}

TEST(ReadText, IdsBeyondWhatADoubleHoldsAreExactBesideSmallOnes) {
  const TestFolder folder;
  std::vector<std::string> values;
  for (int i = 0; i < 10; ++i)
    for (const char* id : {"1", "2", "9007199254740992", "9007199254740993"}) values.emplace_back(id);
  const auto log = must_read({.paths = {folder.file("log.csv", with_column("dev", values))}});
  ASSERT_EQ(log.find("dev")->kind, ColumnKind::categorical);
  EXPECT_THAT(log.find("dev")->categories, ElementsAre("1", "2", "9007199254740992", "9007199254740993"));
  // What a double holds is a number as well as any.
  for (std::string& value : values) value = value.size() > 1 ? "10000000000000000" : value;
  EXPECT_EQ(must_read({.paths = {folder.file("b.csv", with_column("age", values))}}).find("age")->kind,
            ColumnKind::numeric);
}

TEST(ReadText, WordsForMissingAmongNumbers) {
  const TestFolder folder;
  const auto log =
      must_read({.paths = {folder.file("log.csv", "label,pred,age,land\n1,1,31,NA\nNA,1,NA,DE\n0,1,2.5,DE\n")}});
  EXPECT_EQ(log.rows, 2U) << "a label NA is no label";
  EXPECT_EQ(log.classes, (std::vector<std::string>{"0", "1"}));
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column age: one value is NA: taken as missing")));
  EXPECT_THAT(log.find("land")->categories, ElementsAre("DE", "NA")) << "Namibia";
  const auto said = must_read({.paths = log.files, .reading = {.text = {.null_values = {"NA", "31"}}}});
  EXPECT_THAT(said.find("land")->categories, ElementsAre("DE"));
  EXPECT_EQ(said.find("age")->missing, 1U);
  EXPECT_THAT(
      must_read({.paths = log.files, .reading = {.types = {{"age", ColumnType::text}}}}).find("age")->categories,
      Contains("NA"));
}

TEST(ReadText, WordsForMissingFarDown) {
  const TestFolder folder;
  std::vector<std::string> values(30'000, "7");
  values.back() = "NA";
  const auto log = must_read({.paths = {folder.file("log.csv", with_column("x", values))}});
  EXPECT_EQ(log.find("x")->kind, ColumnKind::numeric);
  EXPECT_EQ(log.find("x")->missing, 1U);
}

TEST(ReadText, DecimalCommas) {
  const TestFolder folder;
  const auto log = must_read({.paths = {folder.file("log.csv", "label;pred;score\n1;1;0,86\n0;0;0,125\n0;1;1\n")}});
  EXPECT_THAT(log.find("score")->numbers, ElementsAre(0.86, 0.125, 1));
  EXPECT_EQ(log.roles.score, "score");
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column score: read as numbers with a decimal comma")));
}

TEST(ReadText, NoNumberOfThousandsBeginsWithZero) {
  const TestFolder folder;
  const auto log =
      must_read({.paths = {folder.file(
                     "log.csv", "label;pred;score;amount\n1;1;0,859;1,234\n0;0;0,112;5,678\n0;1;0,836;9,012\n")}});
  EXPECT_THAT(log.find("score")->numbers, ElementsAre(0.859, 0.112, 0.836));
  EXPECT_THAT(log.find("amount")->numbers, ElementsAre(1.234, 5.678, 9.012)) << "as the other column has them";
}

TEST(ReadText, PercentsWithCommas) {
  const TestFolder folder;
  const auto log = must_read(
      {.paths = {folder.file("log.csv", "label;pred;p;q\n1;1;85,9 %;1,200.5%\n0;0;11,2 %;3.5%\n0;1;7 %;40%\n")}});
  using ::testing::DoubleEq;
  EXPECT_THAT(log.find("p")->numbers, ElementsAre(DoubleEq(0.859), DoubleEq(0.112), DoubleEq(0.07)));
  EXPECT_THAT(log.find("q")->numbers, ElementsAre(DoubleEq(12.005), DoubleEq(0.035), DoubleEq(0.4)));
}

TEST(ReadText, VersionsAmongNumbersAreTold) {
  const TestFolder folder;
  const auto told = [&](const std::vector<std::string>& values) {
    return must_read({.paths = {folder.file("log.csv", with_column("v", values))}}).warnings;
  };
  EXPECT_THAT(told({"1.10", "1.9", "1.2"}),
              Contains(AllOf(HasSubstr("1.10 stands beside"), HasSubstr("--types 'v=text'"))));
  EXPECT_THAT(told({"2024.1.2", "2024.2.1", "2024.2.1"}), Contains(HasSubstr("--types 'v=text'")));
  EXPECT_THAT(told({"1.10", "1.90", "1.25"}), Not(Contains(HasSubstr("stands beside"))));
  EXPECT_THAT(told({"1.1", "1.95", "1.2"}), Not(Contains(HasSubstr("stands beside"))));
}

TEST(ReadText, DaysAndMonths) {
  const TestFolder folder;
  const std::string place = folder.file("log.csv", "date,label,pred\n03/01/2026,0,0\n03/12/2026,0,1\n");
  constexpr std::int64_t kDay = 86'400'000'000;
  const auto log = must_read({.paths = {place}});
  EXPECT_EQ(log.find("date")->micros[1] - log.find("date")->micros[0], 11 * kDay) << "1 and 12 March";
  EXPECT_THAT(log.warnings, Contains(AllOf(HasSubstr("day and month cannot be told apart"), HasSubstr("--day-first"))));
  const auto days = must_read({.paths = {place}, .reading = {.text = {.day_first = true}}});
  EXPECT_GT(days.find("date")->micros[1] - days.find("date")->micros[0], 300 * kDay) << "3 January and 3 December";
  EXPECT_THAT(days.warnings, Not(Contains(HasSubstr("day and month"))));
}

TEST(ReadText, AFileThatTellsDaysFromMonthsTellsItForAll) {
  const TestFolder folder;
  const std::string tells = folder.file("1.csv", "date,label,pred\n13/01/2026,0,0\n14/01/2026,0,1\n");
  const std::string does_not = folder.file("2.csv", "date,label,pred\n01/02/2026,0,0\n02/02/2026,0,1\n");
  constexpr std::int64_t kDay = 86'400'000'000;
  const auto log = must_read({.paths = {tells, does_not}});
  EXPECT_EQ(log.find("date")->micros[3] - log.find("date")->micros[0], 20 * kDay) << "13 January to 2 February";
  EXPECT_THAT(log.warnings, Not(Contains(HasSubstr("day and month"))));
  const auto compared = must_read({.paths = {does_not}, .alike = {tells}});
  EXPECT_EQ(compared.find("date")->micros[1] - compared.find("date")->micros[0], kDay);
  const std::string both =
      folder.file("3.csv", "seen,date,label,pred\n13/01/2026,01/02/2026,0,0\n14/01/2026,02/02/2026,0,1\n");
  const auto beside = must_read({.paths = {both}, .roles = {.time = "date"}});
  EXPECT_EQ(beside.find("date")->micros[1] - beside.find("date")->micros[0], kDay);
  EXPECT_THAT(beside.warnings,
              Contains(AllOf(HasSubstr("read with the day first, as column seen"), HasSubstr("--month-first"))));
  const std::string other = folder.file("4.csv", "date,label,pred\n01/14/2026,0,0\n");
  EXPECT_THAT(must_read({.paths = {tells, other}}).warnings, Contains(HasSubstr("each is read its own way")));
}

TEST(ReadText, WhatIsSaidOfDaysAndMonthsMixesNoOrders) {
  const TestFolder folder;
  const std::string either = folder.file("1.csv", "date,label,pred\n1/2/2026,0,0\n2/2/2026,0,1\n");
  const std::string month = folder.file("2.csv", "date,label,pred\n2/13/2026,0,0\n");
  EXPECT_THAT(read_log({.paths = {either, month}, .reading = {.text = {.day_first = true}}}).error().message,
              AllOf(HasSubstr("2.csv: column date"), HasSubstr("month first"), HasSubstr("--day-first")));
  EXPECT_TRUE(read_log({.paths = {either, month}, .reading = {.text = {.day_first = false}}}));
}

TEST(ReadText, YearsOfTwoDigitsAreNoneOfTheFirstCentury) {
  const TestFolder folder;
  for (const char* date : {"1.02.24", "2/1/24", "13.02.24 10:30"}) {
    const std::string place = folder.file("log.csv", fmt::format("t,label,pred\n{0},0,0\n{0},0,1\n", date));
    EXPECT_THAT(read_log({.paths = {place}, .roles = {.time = "t"}}).error().message,
                AllOf(HasSubstr("in row 1"), HasSubstr("--time-format '%d.%m.%y'")));
  }
}

TEST(ReadText, TimeFormatsOfWholeNumbers) {
  const TestFolder folder;
  const std::string place = folder.file("log.csv", "time,label,pred\n20260114,0,0\n20260131,0,1\n");
  constexpr std::int64_t kDay = 86'400'000'000;
  for (const Reading& reading : {Reading{.text = {.time_format = "%Y%m%d"}},
                                 Reading{.types = {{"time", ColumnType::time}}, .text = {.time_format = "%Y%m%d"}}}) {
    const auto log = must_read({.paths = {place}, .reading = reading});
    ASSERT_EQ(log.find("time")->kind, ColumnKind::timestamp);
    EXPECT_EQ(log.find("time")->micros[1] - log.find("time")->micros[0], 17 * kDay);
  }
  EXPECT_THAT(must_read({.paths = {place}, .reading = {.text = {.time_format = "%H:%M"}}}).warnings,
              Contains(HasSubstr("not written as --time-format '%H:%M' says")));
}

TEST(ReadText, SentinelsAmongSecondsSince1970) {
  const TestFolder folder;
  for (const char* never : {"253402300799", "4294967295", "9999999999", "2147483647", "-1"}) {
    std::vector<std::string> times;
    for (int i = 0; i < 100; ++i) times.push_back(i % 20 == 0 ? never : fmt::format("{}", 1767225600 + 3600 * i));
    const auto log = must_read({.paths = {folder.file("log.csv", with_column("time", times))}});
    ASSERT_EQ(log.find("time")->kind, ColumnKind::timestamp) << never;
    EXPECT_EQ(log.find("time")->micros[1], 1767229200'000'000);
  }
}

TEST(ReadText, DatesAsPeopleWriteThem) {
  const TestFolder folder;
  for (const auto& [text, iso] :
       std::vector<std::pair<std::string, std::string>>{{"\"Jan 01, 2026\"", "2026-01-01"},
                                                        {"13.01.2026 10:00", "2026-01-13 10:00"},
                                                        {"01/13/2026 1:30 PM", "2026-01-13 13:30"},
                                                        {"2026-01", "2026-01-01"},
                                                        {"2026-01-13T10:00:00+02:00", "2026-01-13 08:00"},
                                                        {"2 March 2026", "2026-03-02"},
                                                        {"2026/01/13 10:00", "2026-01-13 10:00"},
                                                        {"13-Jan-2026", "2026-01-13"}}) {
    const auto log = must_read({.paths = {folder.file("a.csv", with_column("when", {text, text}))}});
    const auto same = must_read({.paths = {folder.file("b.csv", with_column("when", {iso, iso}))}});
    ASSERT_EQ(log.find("when")->kind, ColumnKind::timestamp) << text;
    EXPECT_EQ(log.find("when")->micros, same.find("when")->micros) << text;
  }
}

// A guess never keeps a file from being read: what SQL cannot read as a time stays text.
TEST(ReadText, NoWayToWriteATimeIsRefused) {
  const TestFolder folder;
  for (const char* text :
       {"2026-3-2", "2026-03-02 9:05", "2026-03-02T10:00Z", "2026-03-02 10:00 utc", "2026-03-02T10:00:00z",
        "2026-03-02 10:00+02:00", "2026-03-02 10:00-0230", "2026/3/2 9:05+02", "2026-03-02 10:00:00.123456789",
        "2026.03.02 10:00", "1/2/2026 9:05 am", "13.2.2026 10:00:00.5", "\"MAR 2, 2026\"", "2-mar-2026 10:00:05"})
    EXPECT_EQ(type_of(folder.file("log.csv", with_column("seen", {text, text})), "seen"),
              std::string_view(text).find(':') == std::string_view::npos ? "DATE" : "TIMESTAMP")
        << text;
  for (const char* text : {"2026.03.02 10:00:00 UTC", "13.2.2026 10:00:00.123456789"})
    EXPECT_THAT(type_of(folder.file("log.csv", with_column("seen", {text, text})), "seen"),
                AnyOf("VARCHAR", "TIMESTAMP"))
        << text;
  const auto zones = must_read(
      {.paths = {folder.file(
           "log.csv", with_column("seen", {"2026-03-02 10:00+02:00", "2026-03-02T08:00Z", "2026-03-02 08:00 UTC"}))}});
  EXPECT_THAT(zones.find("seen")->micros, Each(zones.find("seen")->micros.front()));
}

TEST(ReadText, TimesThatTheUserDescribes) {
  const TestFolder folder;
  const std::string place = folder.file("log.csv", with_column("seen", {"02.03.26", "03.03.26"}));
  const auto log =
      must_read({.paths = {place}, .reading = {.text = {.time_format = "%d.%m.%y"}}, .roles = {.time = "seen"}});
  EXPECT_EQ(log.find("seen")->missing, 0U);
  const std::string epoch = folder.file("epoch.csv", with_column("seen", {"1767225600", "1767225660"}));
  const auto seconds = must_read({.paths = {epoch}, .reading = {.types = {{"seen", ColumnType::time}}}});
  ASSERT_EQ(seconds.find("seen")->kind, ColumnKind::timestamp);
  EXPECT_THAT(seconds.find("seen")->micros, ElementsAre(1'767'225'600'000'000, 1'767'225'660'000'000));
}

/// Two rows as lines of JSON.
std::string with_field(std::string_view name, const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += fmt::format("{{\"label\":1,\"pred\":1,\"{}\":{}}}\n", name, value);
  return text;
}

/// 1 January 2026 and a minute and a half later, as a system writes it that counts from 1970.
TEST(ReadText, NumbersThatCountFrom1970AreTimesInTheTimeColumn) {
  const TestFolder folder;
  const std::int64_t first = 1'767'225'600'000'000;
  const std::vector<std::pair<std::vector<std::string>, std::string>> written{
      {{"1767225600", "1767225690"}, "seconds"},
      {{"1767225600.0", "1767225690.0"}, "seconds"},
      {{"1767225600000", "1767225690000"}, "milliseconds"},
      {{"1767225600000000", "1767225690000000"}, "microseconds"},
      {{"1767225600000000000", "1767225690000000999"}, "nanoseconds"},
      {{"1.7672256e18", "1.76722569e18"}, "nanoseconds"}};
  for (const auto& [values, unit] : written) {
    SCOPED_TRACE(values[0]);
    for (const auto& place :
         {folder.file("log.csv", with_column("ts", values)), folder.file("log.jsonl", with_field("ts", values))}) {
      SCOPED_TRACE(place);
      const auto log = must_read({.paths = {place}});
      ASSERT_EQ(log.find("ts")->kind, ColumnKind::timestamp);
      EXPECT_EQ(log.roles.time, "ts");
      EXPECT_THAT(log.find("ts")->micros, ElementsAre(first, first + 90'000'000));
      EXPECT_THAT(log.warnings,
                  Contains(HasSubstr("column ts: its numbers are read as times, " + unit + " since 1970")));
    }
  }
}

TEST(ReadText, NumbersThatCountSomethingElseStayNumbers) {
  const TestFolder folder;
  for (const auto& values : {std::vector<std::string>{"1", "2"}, {"1767225600", "12"}, {"20260101", "20260102"}}) {
    SCOPED_TRACE(values[0]);
    const auto log = must_read({.paths = {folder.file("log.csv", with_column("ts", values))}});
    EXPECT_EQ(log.find("ts")->kind, ColumnKind::numeric);
  }
  const std::string place = folder.file("log.csv", with_column("ts", {"1767225600", "1767225690"}));
  EXPECT_EQ(must_read({.paths = {place}, .reading = {.types = {{"ts", ColumnType::number}}}}).find("ts")->kind,
            ColumnKind::numeric)
      << "the user says so";
  const std::string other = folder.file("other.csv", with_column("amount", {"1767225600", "1767225690"}));
  EXPECT_EQ(must_read({.paths = {other}}).find("amount")->kind, ColumnKind::numeric) << "no time by name";
}

/// 0 and −1 stand for no time in many systems.
TEST(ReadText, ZeroAmongTimesThatCountFrom1970IsAllowed) {
  const TestFolder folder;
  const auto log =
      must_read({.paths = {folder.file("log.csv", with_column("ts", {"0", "1767225600000", "1767225690000", "-1"}))}});
  ASSERT_EQ(log.find("ts")->kind, ColumnKind::timestamp);
  EXPECT_EQ(log.find("ts")->micros[1], 1'767'225'600'000'000);
}

/// What an outcome's time loses below a microsecond must not make it known before.
TEST(ReadText, PartsOfAMicrosecondRoundUpWhereTheCallerReadsTheColumn) {
  const TestFolder folder;
  const std::string place = folder.file(
      "log.csv", with_column("known", {"1767225600000000000", "1767225600000000001", "1767225600000001000"}));
  const auto log = must_read({.paths = {place}, .roles = {.others = {"known"}}});
  ASSERT_EQ(log.find("known")->kind, ColumnKind::timestamp);
  EXPECT_THAT(log.find("known")->micros,
              ElementsAre(1'767'225'600'000'000, 1'767'225'600'000'001, 1'767'225'600'000'001));
}

TEST(ReadText, NumbersTooLargeForATimeAreRefusedWithTheRemedy) {
  const TestFolder folder;
  const std::string place = folder.file("log.csv", with_column("t", {"9999999999999999999", "10000000000000000000"}));
  EXPECT_THAT(refusal({.paths = {place}, .roles = {.time = "t"}}),
              AllOf(HasSubstr("time column t: 2 values"), HasSubstr("'9999999999999999999' in row 1"),
                    HasSubstr("divide them by a power of ten"), HasSubstr("--types 't=time'")));
}

TEST(ReadText, InfiniteTimesAreMissing) {
  const TestFolder folder;
  const auto log =
      must_read({.paths = {folder.file("log.csv", with_column("ts", {"infinity", "2026-01-01 10:00:00"}))}});
  EXPECT_EQ(log.find("ts")->kind, ColumnKind::timestamp);
  EXPECT_EQ(log.find("ts")->missing, 1U);
}

TEST(ReadText, NumbersWhoseFirstOneIsInfinite) {
  const TestFolder folder;
  const auto log = must_read({.paths = {folder.file("log.csv", with_column("x", {"inf", "1.5", "-inf"}))}});
  ASSERT_EQ(log.find("x")->kind, ColumnKind::numeric);
  EXPECT_EQ(log.find("x")->infinite, 2U);
}

TEST(ReadText, LayoutsOfOtherPrograms) {
  const TestFolder folder;
  for (const auto& [text, rows] :
       std::vector<std::pair<std::string, std::size_t>>{{"label,pred\r1,1\r0,1\r", 2},
                                                        {"\n\nlabel,pred\n1,1\n", 1},
                                                        {"# run 17\n# again\nlabel,pred\n1,1\n", 1},
                                                        {"sep=;\nlabel;pred\n1;1\n", 1},
                                                        {"label:pred\n1:1\n", 1},
                                                        {"\xEF\xBB\xBFlabel,pred\n1,1\n", 1},
                                                        {"\"label\", \"pred\"\r\n\"1\", \"1\"\r\n", 1},
                                                        {"label,pred,\n1,1,\n", 1}}) {
    const auto log = must_read({.paths = {folder.file("log.csv", text)}});
    EXPECT_EQ(log.rows, rows) << text;
    EXPECT_EQ(log.roles.label, "label") << text;
  }
  const auto named = must_read({.paths = {folder.file("log.csv", "label pred\n1 1\n")}, .reading = {.delimiter = ' '}});
  EXPECT_EQ(named.roles.prediction, "pred");
}

TEST(ReadText, BrokenFilesAreToldByLine) {
  const TestFolder folder;
  const auto told = [&](const char* name, const std::string& text) {
    return refusal({.paths = {folder.file(name, text)}});
  };
  EXPECT_THAT(told("log.csv", "label,pred,x\n1,1,2\n0,1\n"),
              HasSubstr("log.csv: line 3 has 2 values, the header names 3"));
  EXPECT_THAT(told("log.csv", "\x1F\x8Bxx"), HasSubstr("log.csv: holds gzip data; name it so that it ends in .gz"));
  EXPECT_THAT(told("log.csv.gz", "label,pred\n"), HasSubstr("holds no gzip data"));
  EXPECT_THAT(told("log.csv", "PAR1xxxx"), HasSubstr("holds Parquet"));
  EXPECT_THAT(told("log.jsonl", "[{\"label\":1}]"), HasSubstr("holds a JSON array"));
  EXPECT_THAT(told("log.csv", "\n  \n"), HasSubstr("no line names the columns"));
  EXPECT_THAT(told("log.csv", "1,0.5,north\n0,0.7,south\n"),
              AllOf(HasSubstr("the columns are 1, 0.5, north"), HasSubstr("the first line has to name the columns")));
}

TEST(ReadText, NamedTypesAreHeldTo) {
  const TestFolder folder;
  const std::string place = folder.file("log.csv", with_column("x", {"01", "two", "3"}));
  EXPECT_THAT(refusal({.paths = {place}, .reading = {.types = {{"x", ColumnType::number}}}}),
              HasSubstr("column x: 1 values are no number, the first is 'two' in row 2"));
  const auto log = must_read(
      {.paths = {place}, .reading = {.types = {{"x", ColumnType::number}}, .text = {.null_values = {"two"}}}});
  EXPECT_EQ(log.find("x")->numbers.front(), 1);
  EXPECT_THAT(refusal({.paths = {place}, .reading = {.types = {{"y", ColumnType::text}}}}), HasSubstr("no column y"));
  EXPECT_THAT(refusal({.paths = {place}, .reading = {.types = {{"x", ColumnType::time}}}}),
              HasSubstr("column x: it holds no time that is known"));
  EXPECT_EQ(type_of(place, "label", {.types = {{"label", ColumnType::boolean}}}), "BOOLEAN");
}

TEST(ReadText, JsonNumbersInQuotesBesideBareOnes) {
  const TestFolder folder;
  const auto log = must_read(
      {.paths = {folder.file("log.jsonl",
                             "{\"label\":1,\"pred\":\"1\",\"id\":\"01\"}\n{\"label\":\"1\",\"pred\":1,\"id\":\"02\"}\n"
                             "{\"label\":0,\"pred\":1,\"id\":\"03\"}\n")}});
  EXPECT_EQ(log.classes, (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(type_of(log.files.front(), "id"), "VARCHAR");
}

TEST(ReadText, BooleansInOneFileAndNumbersInTheOther) {
  const TestFolder folder;
  const std::string a = folder.file("a.csv", "label,pred\n0,0\n1,0\n");
  const std::string b = folder.file("b.csv", "label,pred\nTrue,True\nFalse,True\n");
  const auto log = must_read({.paths = {a, b}});
  EXPECT_EQ(log.classes, (std::vector<std::string>{"0", "1"}));
  EXPECT_THAT(log.failed, ElementsAre(0, 1, 0, 1));
}

TEST(ReadText, RowsThatCount) {
  const TestFolder folder;
  const std::string place = folder.file("log.csv", "label,pred,x\n1,1,5\n0,1,7\n1,0,9\n1,1,\n");
  const auto log = must_read({.paths = {place}, .where = "x > 5"});
  EXPECT_THAT(log.find("x")->numbers, ElementsAre(7, 9));
  EXPECT_THAT(log.warnings, Contains("only rows that fulfil `x > 5` count (--where)"));
  EXPECT_EQ(*export_cases(log, "TRUE", folder.path("cases.parquet")), 2U);
  EXPECT_EQ(read_schema({.paths = {place}, .where = "x > 5"})->rows, 2U);
  EXPECT_THAT(refusal({.paths = {place}, .where = "x"}), HasSubstr("where expression `x`: its type is"));
  EXPECT_THAT(refusal({.paths = {place}, .where = "x > 100"}), HasSubstr("no row fulfils"));
}

TEST(ReadText, FoldersAndTheirNames) {
  const TestFolder folder;
  for (const char* day : {"1", "02"}) {
    const std::string below = folder.path(fmt::format("logs/day={}/land=a%2Fb", day));
    std::filesystem::create_directories(below);
    (void)folder.file(fmt::format("logs/day={}/land=a%2Fb/part.csv", day), "label,pred\n1,1\n");
    (void)folder.file(fmt::format("logs/day={}/_SUCCESS.csv", day), "x\n");
  }
  const auto plain = must_read({.paths = {folder.path("logs")}});
  EXPECT_EQ(plain.rows, 2U);
  EXPECT_EQ(plain.find("day"), nullptr);
  EXPECT_EQ(must_read({.paths = {folder.path("logs/**/*.csv")}, .reading = {}}).rows, 2U);
  const auto hive = must_read({.paths = {folder.path("logs")}, .reading = {.hive = true}});
  ASSERT_NE(hive.find("day"), nullptr);
  EXPECT_THAT(hive.find("day")->categories, ElementsAre("02", "1")) << "codes with a leading zero stay texts";
  EXPECT_THAT(hive.find("land")->categories, ElementsAre("a/b"));
  EXPECT_THAT(refusal({.paths = {"s3://bucket/log.csv"}}), HasSubstr("files of this machine are read only"));
}

TEST(ReadSchema, CountsAreExactAndNaNIsMissing) {
  const TestFolder folder;
  std::vector<std::string> values;
  for (int i = 0; i < 2000; ++i) values.push_back(i % 50 == 0 ? "nan" : fmt::format("{}.5", 1000 + 37 * i));
  const auto schema = read_schema({.paths = {folder.file("log.csv", with_column("x", values))}});
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->columns[2].missing, 40U);
  EXPECT_EQ(schema->columns[2].distinct, 1960U);
  EXPECT_FALSE(schema->columns[2].approximate);
}

TEST(ReadText, LinesThatEndInSeveralWays) {
  const TestFolder folder;
  for (const char* text :
       {"a,label,pred\r\nx,1,1\ny,0,0\r\nz,1,0\n", "a,label,pred\r\r\nx,1,1\r\r\ny,0,0\r\r\nz,1,0\r\r\n",
        "a,label,pred\nx,1,1\ny,0,0\r\nz,1,0\r\n"}) {
    const auto log = must_read({.paths = {folder.file("log.csv", text)}});
    EXPECT_EQ(log.rows, 3U);
    EXPECT_THAT(log.find("a")->categories, ElementsAre("x", "y", "z"));
    EXPECT_EQ(log.find("pred")->numbers.back(), 0);
    EXPECT_THAT(log.warnings, Contains(HasSubstr("lines end in several ways")));
  }
  EXPECT_THAT(refusal({.paths = {folder.file("cr.csv", "a,label,pred\nx,1,1\ry,0,0\nz,1,0\n")}}),
              AllOf(HasSubstr("line 2 ends in CR alone"), HasSubstr("tr '\\r' '\\n'")));
}

TEST(ReadText, TextThatIsSomethingElseIsNamed) {
  const TestFolder folder;
  const std::string utf16("\xFF\xFEl\0a\0b\0", 8);
  EXPECT_THAT(refusal({.paths = {folder.file("u.csv", utf16)}}), AllOf(HasSubstr("UTF-16"), HasSubstr("iconv")));
  EXPECT_THAT(refusal({.paths = {folder.file("j.csv", "{\"label\": 1}\n")}}), HasSubstr("ends in .jsonl"));
  EXPECT_THAT(refusal({.paths = {folder.file("c.jsonl", "label,pred\n1,1\n")}}), HasSubstr("holds no JSON objects"));
  EXPECT_THAT(refusal({.paths = {folder.file("r.jsonl", "{\"label\": 1}\r{\"label\": 2}\r")}}), HasSubstr("CR alone"));
  EXPECT_THAT(refusal({.paths = {folder.file("w.jsonl", "{\"data\": [{\"label\": 1}]}\n")}}), HasSubstr("jq -c"));
  EXPECT_THAT(refusal({.paths = {folder.file("s.csv", "label^pred\n1^1\n")}}), HasSubstr("--delimiter"));
}

TEST(ReadText, NumbersInADressAreTold) {
  const TestFolder folder;
  for (const char* dress : {"$ {}.50", "\xE2\x82\xAC {}", "1 0{}.5"}) {
    std::vector<std::string> values;
    for (int i = 10; i < 40; ++i) values.push_back(fmt::format(fmt::runtime(dress), i));
    EXPECT_THAT(must_read({.paths = {folder.file("log.csv", with_column("amount", values))}}).warnings,
                Contains(HasSubstr("column amount: its values (")))
        << dress;
  }
}

}  // namespace
}  // namespace errata::table
