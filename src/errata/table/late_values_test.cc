#include "errata/table/late_values.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace errata::table {
namespace {

const TextReading kText{}, kWhole{.kind = TextKind::integer}, kNumber{.kind = TextKind::number},
    kTruth{.kind = TextKind::boolean};
const TextConventions kNothingSaid;

std::vector<LateMisfits> misfits_in(std::string_view file, const std::vector<TextReading>& readings,
                                    const TextDialect& dialect = {}, std::size_t at_a_time = 1 << 20) {
  LateValues late(dialect, readings, kNothingSaid);
  for (std::size_t at = 0; at < file.size(); at += at_a_time) late.add(file.substr(at, at_a_time));
  late.finish();
  return late.misfits();
}

bool fits(std::string_view value, const TextReading& reading) {
  return misfits_in("a,b\n0," + std::string(value) + "\n", {kText, reading})[1].count == 0;
}

TEST(LateValues, WhatAReaderWouldTakeForAnotherNumber) {
  for (const char* value :
       {"01", "-01", " 007 ", "0x2A", "0b11", "1_000", "1E5", "1.5", "1e-1", "9007199254740993000", "NA"})
    EXPECT_FALSE(fits(value, kWhole)) << value;
  for (const char* value : {"0", "-5", "+5", " 12 ", "\"12\"", "123456789012345678", ""})
    EXPECT_TRUE(fits(value, kWhole)) << value;
  for (const char* value : {"01", "007.5", "1_000", "-00.5", "85%"}) EXPECT_FALSE(fits(value, kNumber)) << value;
  for (const char* value : {"0.5", ".5", "5.", "1E5", "1e-05", "inf", "-nan", "-0.25", "12"})
    EXPECT_TRUE(fits(value, kNumber)) << value;
  EXPECT_TRUE(fits("TRUE", kTruth));
  EXPECT_FALSE(fits("1", kTruth));
}

TEST(LateValues, NumbersWithCommasAndPercents) {
  const TextReading comma{.kind = TextKind::number, .decimal = ',', .grouping = '.'};
  const TextReading grouped{.kind = TextKind::number, .grouping = ','};
  const TextReading percent{.kind = TextKind::number, .percent = true};
  for (const char* value : {"\"0,86\"", "\"1.234,5\"", "12"}) EXPECT_TRUE(fits(value, comma)) << value;
  for (const char* value : {"1.5", "\"1,234.5\""}) EXPECT_FALSE(fits(value, comma)) << value;
  for (const char* value : {"\"1,234\"", "1.5", "12"}) EXPECT_TRUE(fits(value, grouped)) << value;
  EXPECT_FALSE(fits("\"1,5\"", grouped));
  EXPECT_TRUE(fits("85.5%", percent));
  for (const char* value : {"85", "\"85,5%\""}) EXPECT_FALSE(fits(value, percent)) << value;
}

TEST(LateValues, TimesOfDayAmongDates) {
  EXPECT_TRUE(fits("2026-03-02", {.kind = TextKind::time, .date_only = true}));
  EXPECT_FALSE(fits("2026-03-02 14:00", {.kind = TextKind::time, .date_only = true}));
}

TEST(LateValues, CountsByColumnAndNamesTheFirst) {
  const std::string file = "# a comment\na,\"b,c\",d\n1,\"x,01\n02\",3\r\n\n4,y,05\n06,\"say \"\"01\"\"\",07\n";
  for (const std::size_t at_a_time : {1U, 3U, 1000U}) {
    const auto found = misfits_in(file, {kWhole, kText, kWhole}, {.skipped = 1}, at_a_time);
    EXPECT_EQ(found[0].count, 1U);
    EXPECT_EQ(found[1].count, 0U);
    EXPECT_EQ(found[2].count, 2U);
    EXPECT_EQ(found[2].row, 2U) << at_a_time;
    EXPECT_EQ(found[2].first, "05");
  }
}

TEST(LateValues, AnythingInAColumnThatWasEmpty) {
  EXPECT_FALSE(fits("1", {.empty = true}));
  EXPECT_TRUE(fits("", {.empty = true}));
  EXPECT_TRUE(fits("NA", {.empty = true, .missing = {"NA"}}));
}

// Long files are gone through in blocks: as many misfits as value by value, wherever blocks begin.
TEST(LateValues, BlocksFindWhatASlowLookFinds) {
  const std::vector<TextReading> readings{kWhole, kNumber, kText, kWhole, {.kind = TextKind::number, .percent = true}};
  const std::vector<std::vector<std::string>> pools{
      {"0", "12", "-5", "123456789012345678", "01", "-07", "0x2A", "1.5", "", " 3 ", "1E5", "1234567890123456789"},
      {"0.5", "-0.25", "12", "0.12345678901234567", "1e-05", "007.5", "1_000", "inf", "", "00", ".5", "-00.5"},
      {"x", "01", "a longer text that fills most of a block of bytes", ""},
      {"7", "0", "00", "10", "-0"},
      {"5%", "5", "2.5 %", ""}};
  std::mt19937 random(7);
  for (const std::string_view quote : {"", "\""}) {
    for (const std::string_view line_end : {"\n", "\r\n", "\r"}) {
      std::string file = "a,b,c,d,e" + std::string(line_end);
      std::vector<std::size_t> expected(readings.size());
      for (int row = 0; row < 3000; ++row) {
        for (std::size_t c = 0; c < readings.size(); ++c) {
          const std::string& value = pools[c][random() % pools[c].size()];
          const bool quoted = !value.empty() && random() % 9 == 0;
          file += fmt::format("{}{}{}{}", quoted ? quote : "", value, quoted ? quote : "",
                              c + 1 < readings.size() ? "," : line_end);
          expected[c] += fits(value, readings[c]) ? 0U : 1U;
        }
      }
      for (const std::size_t at_a_time : {1'000'000U, 4'096U, 61U}) {
        const auto found = misfits_in(file, readings, {}, at_a_time);
        for (std::size_t c = 0; c < readings.size(); ++c) EXPECT_EQ(found[c].count, expected[c]) << c;
      }
    }
  }
}

TEST(LateValues, MissingValuesAsTheFirstLinesHaveThem) {
  TextReading reading = kWhole;
  reading.missing = {"NA"};
  EXPECT_TRUE(fits("NA", reading));
  EXPECT_FALSE(fits("?", reading));
}

}  // namespace
}  // namespace errata::table
