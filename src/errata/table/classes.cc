#include "errata/table/classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "errata/base/limits.h"
#include "errata/table/predicate.h"

namespace errata::table {
namespace {

/// A class name and the number that it is, if it is a finite one: NaN would leave the order without sense.
struct NumberedName {
  std::optional<double> number;
  std::string text;
};

NumberedName numbered(std::string text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool is_number = end != text.c_str() && end == text.c_str() + text.size() && std::isfinite(value);
  return {.number = is_number ? std::optional(value) : std::nullopt, .text = std::move(text)};
}

/// Integers below this are written in digits, and above it with an exponent, as everywhere.
constexpr double kInDigits = 1e18;

bool in_digits(double x) { return x == std::trunc(x) && std::abs(x) < kInDigits; }

std::string number_name(double x) { return in_digits(x) ? fmt::format("{:.0f}", x) : fmt::format("{}", x); }

/// distinct_integers() of a range of numbers.
std::optional<std::set<double>> integers_of(const auto& numbers, std::size_t most) {
  std::set<double> seen;
  double last = kNaN;
  for (const double x : numbers) {
    if (x == last || !std::isfinite(x)) continue;
    if (x != std::trunc(x)) return std::nullopt;
    last = x;
    seen.insert(x);
    if (seen.size() > most) return std::nullopt;
  }
  return seen;
}

}  // namespace

std::optional<std::set<double>> distinct_integers(const Column& column, std::size_t most) {
  const Levels* levels = column.numbers.levels();
  if (levels == nullptr) return integers_of(column.numbers, most);
  const std::vector<std::uint64_t> rows = count_levels(*levels, [](std::size_t) { return true; });
  std::vector<double> values;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i] > 0) values.push_back(levels->values[i]);
  return integers_of(values, most);
}

bool is_boolean(const Column& column) { return column.source_type == "BOOLEAN"; }

ClassNames class_names(const Column& column) {
  ClassNames result;
  if (column.kind == ColumnKind::categorical) {
    result.names = column.categories;
    result.rows.reserve(column.codes.size());
    for (const std::int32_t c : column.codes) {
      result.rows.push_back(c == kMissingCode ? kNoClass : static_cast<std::uint32_t>(c));
    }
    return result;
  }
  result.rows.reserve(column.numbers.size());
  std::map<double, std::uint32_t> index;
  const auto class_of = [&](double x) {
    if (std::isnan(x)) return kNoClass;
    const auto [found, fresh] = index.try_emplace(x + 0.0, static_cast<std::uint32_t>(index.size()));
    if (fresh) result.names.push_back(number_name(x + 0.0));
    return found->second;
  };
  const Levels* levels = column.numbers.levels();
  if (levels == nullptr) {
    for (const double x : column.numbers) result.rows.push_back(class_of(x));
    return result;
  }
  constexpr std::uint32_t kUnknown = kNoClass - 1;  // no class has this number: there are fewer than rows
  std::vector<std::uint32_t> known(levels->values.size(), kUnknown);
  result.rows.resize(levels->size());
  levels->level.visit([&](const auto& level) {
    for (std::size_t row = 0; row < result.rows.size(); ++row) {
      std::uint32_t& of_level = known[level[row]];
      if (of_level == kUnknown) of_level = class_of(levels->values[level[row]]);
      result.rows[row] = of_level;
    }
  });
  return result;
}

void sort_classes(std::vector<std::string>& names) {
  std::vector<NumberedName> keyed;
  for (std::string& name : names) keyed.push_back(numbered(std::move(name)));
  std::ranges::sort(keyed, [](const NumberedName& a, const NumberedName& b) {
    if (a.number.has_value() != b.number.has_value()) return a.number.has_value();
    return std::tie(a.number, a.text) < std::tie(b.number, b.text);
  });
  names.clear();
  for (NumberedName& name : keyed) {
    if (names.empty() || names.back() != name.text) names.push_back(std::move(name.text));
  }
}

std::vector<std::uint32_t> renumber(const ClassNames& from, const std::vector<std::string>& classes) {
  std::unordered_map<std::string_view, std::uint32_t> index;
  for (const std::string& name : classes) index.emplace(name, static_cast<std::uint32_t>(index.size()));
  std::vector<std::uint32_t> index_in_all;
  for (const std::string& name : from.names) index_in_all.push_back(index.at(name));
  std::vector<std::uint32_t> rows;
  rows.reserve(from.rows.size());
  for (const std::uint32_t i : from.rows) rows.push_back(i == kNoClass ? kNoClass : index_in_all[i]);
  return rows;
}

namespace {

bool is_number_type(const Column& column) {
  constexpr std::array kTypes{"TINYINT",   "SMALLINT", "INTEGER", "BIGINT",   "HUGEINT", "UTINYINT",
                              "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT",   "DOUBLE"};
  return std::ranges::count(kTypes, column.source_type) > 0 || column.source_type.starts_with("DECIMAL");
}

bool is_fractional_type(const Column& column) {
  return column.source_type == "FLOAT" || column.source_type == "DOUBLE" || column.source_type.starts_with("DECIMAL");
}

/// What is no text, as the name that class_names() gives it.
std::string name_sql(const Column& column) {
  const std::string name = sql_name(column.name);
  if (column.kind == ColumnKind::categorical || !is_fractional_type(column))
    return column.source_type == "VARCHAR" ? name : fmt::format("CAST({} AS VARCHAR)", name);
  if (std::ranges::all_of(column.numbers, [](double x) { return std::isnan(x) || in_digits(x); })) {
    const std::string present = column.nan > 0 ? fmt::format("nullif({}, 'NaN')", name) : name;
    return fmt::format("CAST(CAST({} AS HUGEINT) AS VARCHAR)", present);
  }
  std::string sql = fmt::format("CASE CAST({} AS DOUBLE)", name);
  std::set<double> values;
  for (const double x : column.numbers)
    if (!std::isnan(x)) values.insert(x + 0.0);
  for (const double x : values) sql += fmt::format(" WHEN {} THEN {}", sql_number(x), sql_text(number_name(x)));
  return sql + " END";
}

bool keeps_names(const Column& column, const ClassSpelling& spelling) {
  if (!spelling.renames()) return true;
  return std::ranges::all_of(class_names(column).names,
                             [&](const std::string& name) { return spelling.class_of(name) == name; });
}

}  // namespace

std::string class_text_sql(const Column& column, const ClassSpelling& spelling) {
  const std::string text = name_sql(column);
  if (!spelling.renames()) return text;
  std::string renamed;
  for (const std::string& name : class_names(column).names) {
    const std::string one = spelling.class_of(name);
    if (one != name) renamed += fmt::format(" WHEN {} THEN {}", sql_text(name), sql_text(one));
  }
  return renamed.empty() ? text : fmt::format("CASE {0}{1} ELSE {0} END", text, renamed);
}

std::string class_sql(const SpelledColumn& one, const SpelledColumn& other) {
  const Column &a = one.column, &b = other.column;
  const bool both_numbers = a.kind == ColumnKind::numeric && b.kind == ColumnKind::numeric;
  const bool same_type = a.source_type == b.source_type && a.kind == b.kind;
  const bool both_text = !is_number_type(a) && !is_number_type(b) && !is_boolean(a) && !is_boolean(b);
  const bool comparable = both_numbers || same_type || both_text;
  if (comparable && keeps_names(a, one.spelling) && keeps_names(b, other.spelling)) return sql_name(a.name);
  return class_text_sql(a, one.spelling);
}

}  // namespace errata::table
