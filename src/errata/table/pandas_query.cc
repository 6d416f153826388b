#include "errata/table/pandas_query.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "errata/base/limits.h"
#include "errata/table/time_text.h"

namespace errata::table {
namespace {

std::string python_number(double x) { return fmt::format("{}", x); }

std::string python_time(double micros) {
  const TimeText text = time_text(micros);
  return fmt::format("pd.Timestamp(\"{}{}\", tz=\"UTC\")", text.date, text.is_midnight ? "" : "T" + text.clock);
}

/// One end of a range of times.
std::string time_end(const std::string& column, double micros, const char* after, const char* from) {
  const bool next = ends_a_second(micros);
  return fmt::format("(pd.to_datetime({}, utc=True) {} {})", column, next ? from : after,
                     python_time(next ? micros + 1 : micros));
}

std::string range_query(const Predicate& p, const std::string& column) {
  std::string text;
  if (p.above != -kInfinity)
    text = p.is_time ? time_end(column, p.above, ">", ">=") : fmt::format("({} > {})", column, python_number(p.above));
  if (p.up_to != kInfinity)
    text += (text.empty() ? "" : " & ") + (p.is_time ? time_end(column, p.up_to, "<=", "<")
                                                     : fmt::format("({} <= {})", column, python_number(p.up_to)));
  return text.empty() ? column + ".notna()" : text;
}

/// An integer as it is written, however large: doubles above 2^53 are not all integers.
bool is_written_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && (text == "0" || text.front() != '0') &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// What else pandas may have made of a text; empty where it stays text.
std::string other_reading(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return "True";
  if (text == "false" || text == "False" || text == "FALSE") return "False";
  if (is_written_integer(text)) return text;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
  return is_number ? python_number(number) : std::string();
}

std::string values_query(std::span<const std::string> values, bool are_integers, const std::string& column) {
  std::string list;
  std::size_t told = 0;
  const auto add = [&](const std::string& literal) {
    list += (list.empty() ? "" : ", ") + literal;
    ++told;
  };
  for (const std::string& value : values) {
    add(are_integers ? value : python_text(value));
    if (const std::string other = are_integers ? "" : other_reading(value); !other.empty()) add(other);
  }
  return told == 1 ? fmt::format("({} == {})", column, list) : fmt::format("{}.isin([{}])", column, list);
}

std::string predicate_query(const Predicate& p) {
  const std::string column = fmt::format("df[{}]", python_text(p.feature));
  switch (p.kind) {
    case Predicate::Kind::range: return range_query(p, column);
    case Predicate::Kind::equals: return values_query({&p.value, 1}, p.value_is_integer, column);
    case Predicate::Kind::any_of: return values_query(p.values, p.value_is_integer, column);
    case Predicate::Kind::missing: return column + ".isna()";
  }
  ERRATA_CHECK(false);
  return {};
}

}  // namespace

std::string python_text(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      literal += fmt::format("\\{}", c);
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      literal += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      literal += c;
  }
  return literal + '"';
}

std::string pandas_query(std::span<const Predicate> conjunction) {
  std::string text;
  for (const Predicate& p : conjunction) text += (text.empty() ? "" : " & ") + predicate_query(p);
  return text.empty() ? "df" : "df[" + text + "]";
}

}  // namespace errata::table
