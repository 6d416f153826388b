#include "errata/table/classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>

#include "errata/table/predicate.h"

namespace errata::table {
namespace {

constexpr std::uint32_t kNoClass = PredictionLog::kNoClass;

std::optional<double> as_number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return end == text.c_str() || *end != '\0' ? std::nullopt : std::optional(value);
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
  std::ranges::sort(names, [](const std::string& a, const std::string& b) {
    const std::optional<double> x = as_number(a);
    const std::optional<double> y = as_number(b);
    if (x && y && *x != *y) return *x < *y;
    if (x.has_value() != y.has_value()) return x.has_value();
    return a < b;
  });
  names.erase(std::ranges::unique(names).begin(), names.end());
}

std::vector<std::uint32_t> renumber(const ClassNames& from, const std::vector<std::string>& classes) {
  std::vector<std::uint32_t> place;
  for (const std::string& name : from.names) {
    place.push_back(static_cast<std::uint32_t>(std::ranges::find(classes, name) - classes.begin()));
  }
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
