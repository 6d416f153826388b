#include "errata/report/kit/numbers.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <numbers>
#include <utility>

#include "errata/report/kit/utf8.h"

namespace errata::report {

namespace {

constexpr double kMicrosADay = 86'400e6;

/// Changes of writing direction: text with them reads differently from what it holds.
bool redirects_text(char32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0x200E || code == 0x200F;
}

char32_t visible(char32_t code) {
  constexpr char32_t kControlPictures = 0x2400;
  if (code < 0x20) return kControlPictures + code;
  const bool hidden = code == 0x7F || (code >= 0x80 && code < 0xA0) || code == 0x2028 || code == 0x2029;
  return hidden || redirects_text(code) ? 0xFFFD : code;
}

}  // namespace

std::string count_text(std::uint64_t count) {
  const std::string digits = fmt::format("{}", count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count_text(count), count == 1 ? one : many);
}

std::string percent_text(double share) {
  if (std::isnan(share)) return "–";
  const double percent = 100 * share;
  if (percent == 0) return "0%";
  if (percent == 100) return "100%";
  if (percent > 0 && percent < 0.01) return "<0.01%";
  if (percent > 99.99 && percent < 100) return ">99.99%";
  const bool near_an_end = (percent > 0 && percent < 1) || (percent > 99 && percent < 100);
  return fmt::format("{:.{}f}%", percent, near_an_end ? 2 : 1);
}

std::string level_text(double share) { return fmt::format("{:.6g}%", 100 * share); }

std::string times_text(std::uint64_t count) {
  if (count == 1) return "once";
  return count == 2 ? std::string("twice") : fmt::format("{} times", count_text(count));
}

std::string number_text(double value, int digits) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "-∞";
  const bool is_short = std::abs(value) < 1e15;
  std::string text = fmt::format("{:.{}g}", value, digits);
  // What stands before the point is told whole: a price is 16670, not 1.667e+04.
  const bool whole = value == std::trunc(value) || text.contains("e+");
  return is_short && whole ? fmt::format("{:.0f}", value + 0.0) : text;
}

std::string p_text(double log_p) {
  constexpr double kLeast = -99;  // nobody acts on a difference below that
  const double log10_p = log_p / std::numbers::ln10;
  if (log10_p < kLeast) return "<1e-99";
  if (log10_p >= -3) return fmt::format("{:.2g}", std::pow(10.0, log10_p));
  double exponent = std::floor(log10_p);
  double mantissa = std::round(std::pow(10.0, log10_p - exponent));
  if (mantissa >= 10) {
    mantissa = 1;
    exponent += 1;
  }
  return fmt::format("{:.0f}e{:.0f}", mantissa, exponent);
}

std::string p_equation(double log_p) {
  const std::string text = p_text(log_p);
  return text.starts_with('<') ? fmt::format("p < {}", text.substr(1)) : fmt::format("p = {}", text);
}

std::string date_text(double micros) {
  // Beyond the years of a civil calendar of four digits a date says less than the number.
  if (!(std::abs(micros) < 2.5e17)) return number_text(micros);
  const auto day = static_cast<int>(std::floor(micros / kMicrosADay));
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string time_text(double micros) {
  const std::string date = date_text(micros);
  if (!(std::abs(micros) < 2.5e17)) return date;
  const double of_day = micros - std::floor(micros / kMicrosADay) * kMicrosADay;
  const auto seconds = static_cast<int>(of_day / 1e6);
  if (of_day == 0) return date;
  const std::string minutes = fmt::format("{} {:02}:{:02}", date, seconds / 3600, seconds / 60 % 60);
  return seconds % 60 == 0 ? minutes : fmt::format("{}:{:02}", minutes, seconds % 60);
}

std::string plain_text(std::string_view text, std::size_t max_characters) {
  std::string plain;
  for (std::size_t characters = 0; !text.empty(); ++characters) {
    if (characters == max_characters) return plain + "…";
    const Utf8Character next = first_character(text);
    append_utf8(plain, visible(next.code));
    text.remove_prefix(next.bytes);
  }
  return plain;
}

}  // namespace errata::report
