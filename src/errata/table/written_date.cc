#include "errata/table/written_date.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <string>

namespace errata::table {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A text that is read from its front.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  struct Number {
    int value = 0;
    std::size_t digits = 0;
  };
  /// As many digits as there are; none and more than `most` are no number.
  std::optional<Number> number(std::size_t least, std::size_t most) {
    Number number;
    while (number.digits < rest_.size() && is_digit(rest_[number.digits])) ++number.digits;
    if (number.digits < least || number.digits > most) return std::nullopt;
    for (std::size_t i = 0; i < std::min<std::size_t>(number.digits, 9); ++i)
      number.value = 10 * number.value + (rest_[i] - '0');
    rest_.remove_prefix(number.digits);
    return number;
  }
  std::string word() {
    std::string word;
    while (!rest_.empty() && std::isalpha(static_cast<unsigned char>(rest_.front())) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(rest_.front())));
      rest_.remove_prefix(1);
    }
    return word;
  }
  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip_blanks() {
    const std::size_t before = rest_.size();
    while (skip(' ')) {
    }
    return rest_.size() < before;
  }
  [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool exists(int year, int month, int day) {
  using namespace std::chrono;
  if (year < 1 || month < 1 || day < 1) return false;
  return year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                        std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

/// The month of an English name or its first three letters; 0 for other words.
int month_of(std::string_view word) {
  constexpr std::array<std::string_view, 12> kMonths{"january",   "february", "march",    "april",
                                                     "may",       "june",     "july",     "august",
                                                     "september", "october",  "november", "december"};
  for (std::size_t m = 0; m < kMonths.size(); ++m)
    if (word == kMonths[m] || (word.size() == 3 && kMonths[m].starts_with(word))) return static_cast<int>(m) + 1;
  return 0;
}

/// ":30", ":30:15", ":30:15.250" behind the hour.
bool skip_minutes(Reader& reader) {
  if (!reader.skip(':')) return false;
  const auto minute = reader.number(2, 2);
  if (!minute || minute->value > 59) return false;
  if (!reader.skip(':')) return true;
  const auto second = reader.number(2, 2);
  if (!second || second->value > 59) return false;
  return !reader.skip('.') || reader.number(1, 9);
}

/// "Z", "+02", "+02:00", "+0200", " UTC", or nothing.
bool skip_zone(Reader& reader) {
  reader.skip_blanks();
  if (reader.at_end()) return true;
  if (reader.skip('+') || reader.skip('-')) {
    const auto hours = reader.number(2, 4);
    if (!hours || hours->digits == 3) return false;
    return !reader.skip(':') || reader.number(2, 2);
  }
  const std::string word = reader.word();
  return word == "z" || word == "utc";
}

/// What stands behind a date: nothing, or a time of day.
/// @param zone  a zone may follow the time
bool take_time(Reader& reader, bool zone, bool& time_of_day) {
  if (reader.at_end()) return true;
  if (!reader.skip('T') && !reader.skip_blanks()) return false;
  const auto hour = reader.number(1, 2);
  if (!hour || hour->value > 23 || !skip_minutes(reader)) return false;
  time_of_day = true;
  if (zone) return skip_zone(reader) && reader.at_end();
  if (reader.at_end()) return true;
  if (!reader.skip(' ')) return false;
  const std::string half = reader.word();
  return (half == "am" || half == "pm") && hour->value >= 1 && hour->value <= 12 && reader.at_end();
}

std::optional<WrittenDate> with_year_first(Reader reader) {
  WrittenDate date;
  const auto year = reader.number(4, 4);
  const char separator = reader.front();
  if (!year || (separator != '-' && separator != '/' && separator != '.')) return std::nullopt;
  reader.skip(separator);
  date.points = separator == '.';
  const auto month = reader.number(1, 2);
  if (!month) return std::nullopt;
  if (reader.at_end()) {
    const bool plausible = year->value >= 1900 && year->value <= 2100 && month->value >= 1 && month->value <= 12;
    if (date.points || month->digits != 2 || !plausible) return std::nullopt;
    date.form = WrittenDate::Form::month_alone;
    return date;
  }
  if (!reader.skip(separator)) return std::nullopt;
  const auto day = reader.number(1, 2);
  if (!day || !exists(year->value, month->value, day->value)) return std::nullopt;
  if (!take_time(reader, true, date.time_of_day)) return std::nullopt;
  return date;
}

std::optional<WrittenDate> with_year_last(Reader reader) {
  WrittenDate date{.form = WrittenDate::Form::year_last};
  const auto first = reader.number(1, 2);
  const char separator = reader.front();
  if (!first || (separator != '-' && separator != '/' && separator != '.')) return std::nullopt;
  reader.skip(separator);
  date.points = separator == '.';
  const auto second = reader.number(1, 2);
  if (!second || !reader.skip(separator)) return std::nullopt;
  const auto year = reader.number(4, 4);
  if (!year || !take_time(reader, false, date.time_of_day)) return std::nullopt;
  date.day_first = exists(year->value, second->value, first->value);
  date.month_first = exists(year->value, first->value, second->value);
  return date.day_first || date.month_first ? std::optional(date) : std::nullopt;
}

std::optional<WrittenDate> with_named_month(Reader reader) {
  WrittenDate date{.form = WrittenDate::Form::named_month};
  auto day = reader.number(1, 2);
  const char separator = day ? reader.front() : ' ';
  if (day && !reader.skip(separator == '-' ? '-' : ' ')) return std::nullopt;
  const int month = month_of(reader.word());
  if (month == 0 || !reader.skip(separator == '-' ? '-' : ' ')) return std::nullopt;
  if (!day) {
    day = reader.number(1, 2);
    reader.skip(',');
    if (!day || !reader.skip(' ')) return std::nullopt;
  }
  const auto year = reader.number(4, 4);
  if (!year || !exists(year->value, month, day->value)) return std::nullopt;
  return take_time(reader, false, date.time_of_day) ? std::optional(date) : std::nullopt;
}

}  // namespace

std::optional<WrittenDate> written_date(std::string_view text) {
  if (text.size() < 7 || text.size() > 40) return std::nullopt;
  if (auto date = with_year_first(Reader(text))) return date;
  if (auto date = with_year_last(Reader(text))) return date;
  return with_named_month(Reader(text));
}

}  // namespace errata::table
