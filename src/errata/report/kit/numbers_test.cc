#include "errata/report/kit/numbers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>

#include "errata/base/atomic_file.h"
#include "errata/base/limits.h"
#include "errata/base/test_folder.h"

namespace errata::report {
namespace {

/// A value of the vectors: null is NaN, and JSON has no infinities.
double value_of(const nlohmann::json& written) {
  if (written == "inf") return kInfinity;
  if (written == "-inf") return -kInfinity;
  return written.is_null() ? kNaN : written.get<double>();
}

TEST(Numbers, ReadAsThePagesOwnScriptWritesThem) {
  using Row = nlohmann::json;  // values and the text
  const std::map<std::string, std::function<std::string(const Row&)>> functions{
      {"count", [](const Row& row) { return count_text(row[0].get<std::uint64_t>()); }},
      {"percent", [](const Row& row) { return percent_text(value_of(row[0])); }},
      {"number", [](const Row& row) { return number_text(value_of(row[0]), row[1].get<int>()); }},
      {"p",
       [](const Row& row) {
         return p_text(row[0].is_null() ? -kInfinity : row[0].get<double>() * std::numbers::ln10);
       }},
      {"time", [](const Row& row) { return time_text(value_of(row[0])); }},
      {"date", [](const Row& row) { return date_text(value_of(row[0])); }}};
  const auto text = read_file(source_folder() / "web/kit/format_vectors.json");
  ASSERT_TRUE(text.has_value()) << text.error().message;
  const auto vectors = nlohmann::json::parse(*text);
  EXPECT_EQ(vectors.size(), functions.size());
  for (const auto& [name, rows] : vectors.items()) {
    for (const Row& row : rows) EXPECT_EQ(functions.at(name)(row), row.back().get<std::string>()) << name << ' ' << row;
  }
}

TEST(Numbers, CountsAreToldWithWhatIsCounted) {
  EXPECT_EQ(count_text(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
  EXPECT_EQ(counted(1, "case", "cases"), "1 case");
  EXPECT_EQ(counted(0, "case", "cases"), "0 cases");
  EXPECT_EQ(times_text(1), "once");
  EXPECT_EQ(times_text(2), "twice");
  EXPECT_EQ(times_text(3), "3 times");
}

TEST(Numbers, LevelsAreNotRounded) {
  EXPECT_EQ(level_text(0.05), "5%");
  EXPECT_EQ(level_text(0.001), "0.1%");
}

double log_of(double mantissa, double exponent) { return std::log(mantissa) + exponent * std::numbers::ln10; }

TEST(Numbers, PValuesStandInEquations) {
  EXPECT_EQ(p_equation(log_of(3, -9)), "p = 3e-9");
  EXPECT_EQ(p_equation(-kInfinity), "p < 1e-99");
  EXPECT_EQ(p_equation(log_of(3, -5029)), "p < 1e-99");
  EXPECT_EQ(p_equation(log_of(2, -99)), "p = 2e-99");
}

RC_GTEST_PROP(Numbers, NoPValueReadsAsZeroOrAboveOne, ()) {
  const double log_p = -std::abs(*rc::gen::map(rc::gen::inRange(0, 2'000'000), [](int i) { return i / 1000.0; }));
  const std::string text = p_text(log_p);
  RC_ASSERT(text != "0");
  RC_ASSERT(text.find("10e") == std::string::npos);
  RC_ASSERT(std::strtold(text.c_str(), nullptr) <= 1.0L);
}

TEST(Numbers, TextThatWouldActOnATerminalBecomesVisible) {
  EXPECT_EQ(plain_text("a\nb\x1b[31m"), "a␊b␛[31m");
  EXPECT_EQ(plain_text("\xff\xe2\x82"), "���");
  EXPECT_EQ(plain_text("a\u202Eb\u2028c"), "a�b�c");
  EXPECT_EQ(plain_text("Zürich 東京"), "Zürich 東京");
  EXPECT_EQ(plain_text("東京都", 2), "東京…");
  EXPECT_EQ(plain_text("ab", 2), "ab");
}

}  // namespace
}  // namespace errata::report
