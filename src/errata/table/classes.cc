#include "errata/table/classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "errata/table/predicate.h"

namespace errata::table {
namespace {

constexpr std::uint32_t kNoClass = PredictionLog::kNoClass;

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

}  // namespace

std::optional<std::set<double>> distinct_integers(const Column& column) {
  std::set<double> seen;
  double last = std::numeric_limits<double>::quiet_NaN();
  for (const double x : column.numbers) {
    if (x == last || std::isnan(x)) continue;
    if (!std::isfinite(x) || x != std::trunc(x)) return std::nullopt;
    last = x;
    seen.insert(x);
    if (seen.size() > kMaxIntegerClasses) return std::nullopt;
  }
  return seen;
}

bool is_boolean(const Column& column) { return column.source_type == "BOOLEAN"; }

ClassNames class_names(const Column& column, bool booleans_as_integers) {
  ClassNames result;
  if (column.kind == ColumnKind::categorical) {
    result.names = column.categories;
    if (booleans_as_integers && is_boolean(column)) {
      for (std::string& name : result.names) name.assign(1, name == "true" ? '1' : '0');
    }
    for (const std::int32_t c : column.codes) {
      result.rows.push_back(c == kMissingCode ? kNoClass : static_cast<std::uint32_t>(c));
    }
    return result;
  }
  std::map<double, std::uint32_t> index;
  for (const double x : column.numbers) {
    if (std::isnan(x)) {
      result.rows.push_back(kNoClass);
      continue;
    }
    const auto [found, fresh] = index.try_emplace(x + 0.0, static_cast<std::uint32_t>(index.size()));
    if (fresh) result.names.push_back(fmt::format("{}", x + 0.0));
    result.rows.push_back(found->second);
  }
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
  std::vector<std::uint32_t> place;
  for (const std::string& name : from.names) place.push_back(index.at(name));
  std::vector<std::uint32_t> rows;
  rows.reserve(from.rows.size());
  for (const std::uint32_t i : from.rows) rows.push_back(i == kNoClass ? kNoClass : place[i]);
  return rows;
}

std::string class_sql(const Column& column, const Column& other) {
  const std::string name = sql_name(column.name);
  const bool numeric = column.kind == ColumnKind::numeric;
  if (numeric == (other.kind == ColumnKind::numeric) && is_boolean(column) == is_boolean(other)) return name;
  if (is_boolean(column)) {
    return fmt::format("CAST({} AS {})", name, other.kind == ColumnKind::numeric ? "INTEGER" : "VARCHAR");
  }
  if (!numeric || is_boolean(other)) return name;
  const std::string exact = distinct_integers(column) ? fmt::format("CAST({} AS BIGINT)", name) : name;
  return fmt::format("CAST({} AS VARCHAR)", exact);
}

}  // namespace errata::table
