#include "errata/report/kit/numbers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace errata::report {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Numbers, CountsHaveTheirThousandsSeparated) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(24'421), "24,421");
  EXPECT_EQ(count_text(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
  EXPECT_EQ(counted(1, "case", "cases"), "1 case");
  EXPECT_EQ(counted(0, "case", "cases"), "0 cases");
  EXPECT_EQ(times_text(1), "once");
  EXPECT_EQ(times_text(2), "twice");
  EXPECT_EQ(times_text(3), "3 times");
}

TEST(Numbers, PercentagesAreNeverRoundedOntoNothingOrAll) {
  EXPECT_EQ(percent_text(0.312), "31.2%");
  EXPECT_EQ(percent_text(0.0431), "4.3%");
  EXPECT_EQ(percent_text(0.0043), "0.43%");
  EXPECT_EQ(percent_text(0), "0%");
  EXPECT_EQ(percent_text(1), "100%");
  EXPECT_EQ(percent_text(1e-7), "<0.01%");
  EXPECT_EQ(percent_text(0.9999999), ">99.99%");
  EXPECT_EQ(percent_text(0.9996), "99.96%");
  EXPECT_EQ(percent_text(kNaN), "–");
  EXPECT_EQ(level_text(0.05), "5%");
  EXPECT_EQ(level_text(0.001), "0.1%");
}

TEST(Numbers, ValuesStandAsInTheData) {
  EXPECT_EQ(number_text(13), "13");
  EXPECT_EQ(number_text(2019), "2019");
  EXPECT_EQ(number_text(99'999), "99999");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(12.5), "12.5");
  EXPECT_EQ(number_text(1.0 / 3), "0.333333");
  EXPECT_EQ(number_text(1e300), "1e+300");
  EXPECT_EQ(number_text(kInfinity), "∞");
  EXPECT_EQ(number_text(-kInfinity), "-∞");
}

double log_of(double mantissa, double exponent) { return std::log(mantissa) + exponent * std::numbers::ln10; }

TEST(Numbers, PValuesAreReadFromTheirLogarithm) {
  EXPECT_EQ(p_text(0), "1");
  EXPECT_EQ(p_text(std::log(0.0123)), "0.012");
  EXPECT_EQ(p_text(log_of(3, -9)), "3e-9");
  EXPECT_EQ(p_text(log_of(1, -530)), "1e-530");
  EXPECT_EQ(p_text(log_of(9.7, -12)), "1e-11");
  EXPECT_EQ(p_text(-kInfinity), "<1e-9999");
  EXPECT_EQ(p_equation(log_of(3, -9)), "p = 3e-9");
  EXPECT_EQ(p_equation(-kInfinity), "p < 1e-9999");
}

RC_GTEST_PROP(Numbers, NoPValueReadsAsZeroOrAboveOne, ()) {
  const double log_p = -std::abs(*rc::gen::map(rc::gen::inRange(0, 2'000'000), [](int i) { return i / 1000.0; }));
  const std::string text = p_text(log_p);
  RC_ASSERT(text != "0");
  RC_ASSERT(text.find("10e") == std::string::npos);
  RC_ASSERT(std::strtold(text.c_str(), nullptr) <= 1.0L);
}

TEST(Numbers, TimesAreDatesWithMinutesOnlyWhereTheyMatter) {
  EXPECT_EQ(time_text(0), "1970-01-01");
  EXPECT_EQ(time_text(-1e6), "1969-12-31 23:59:59");
  EXPECT_EQ(time_text(1'772'409'600e6), "2026-03-02");
  EXPECT_EQ(time_text(1'772'409'600e6 + 14 * 3600e6 + 5 * 60e6), "2026-03-02 14:05");
  EXPECT_EQ(date_text(1'772'409'600e6 + 1), "2026-03-02");
  EXPECT_EQ(time_text(1e300), "1e+300");
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
