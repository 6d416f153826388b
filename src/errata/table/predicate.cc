#include "errata/table/predicate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

#include "errata/base/limits.h"
#include "errata/table/time_text.h"

namespace errata::table {
namespace {

std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result.push_back(quote);
    result.push_back(c);
  }
  result.push_back(quote);
  return result;
}

std::string sql_time(double micros) {
  const TimeText text = time_text(micros);
  return fmt::format("TIMESTAMP '{} {}'", text.date, text.clock);
}

std::string time_bound(double micros, const char* after, const char* from) {
  return ends_a_second(micros) ? fmt::format("{} {}", from, sql_time(micros + 1))
                               : fmt::format("{} {}", after, sql_time(micros));
}

std::string time_condition(const Predicate& p, const std::string& name) {
  std::string text;
  if (p.above != -kInfinity) text = fmt::format("{} {}", name, time_bound(p.above, ">", ">="));
  if (p.up_to != kInfinity)
    text += fmt::format("{}{} {}", text.empty() ? "" : " AND ", name, time_bound(p.up_to, "<=", "<"));
  return text.empty() ? name + " IS NOT NULL" : text;
}

std::string range_condition(const Predicate& p, const std::string& name) {
  if (p.is_time) return time_condition(p, name);
  std::string text;
  if (p.above != -kInfinity) text = fmt::format("{} > {}", name, sql_number(p.above));
  if (p.up_to != kInfinity)
    return fmt::format("{}{}{} <= {}", text, text.empty() ? "" : " AND ", name, sql_number(p.up_to));
  if (text.empty()) text = name + " IS NOT NULL";
  if (p.nan_is_missing) text += fmt::format(" AND {} <> 'NaN'", name);
  return text;
}

std::string condition(const Predicate& p) {
  const std::string name = sql_name(p.feature);
  const auto literal = [&](const std::string& value) { return p.value_is_integer ? value : sql_text(value); };
  switch (p.kind) {
    case Predicate::Kind::range: return range_condition(p, name);
    case Predicate::Kind::equals: return fmt::format("{} = {}", name, literal(p.value));
    case Predicate::Kind::missing:
      return p.nan_is_missing ? fmt::format("({0} IS NULL OR {0} = 'NaN')", name) : name + " IS NULL";
    case Predicate::Kind::any_of: {
      std::string list;
      for (const std::string& value : p.values) list += (list.empty() ? "" : ", ") + literal(value);
      return fmt::format("{} IN ({})", name, list);
    }
  }
  ERRATA_CHECK(false);
  return {};
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::unexpected<Error> other_kind(const Predicate& p, std::string_view wanted, const Column& column) {
  return data_error(fmt::format("column {}: the slice compares it with {}, but here it is {}", p.feature, wanted,
                                column.source_type));
}

/// Clears the rows of a range predicate's complement.
Result<void> keep_range(const Column& column, const Predicate& p, std::vector<std::uint8_t>& matched) {
  if (column.kind == ColumnKind::categorical || p.is_time != (column.kind == ColumnKind::timestamp)) {
    return other_kind(p, p.is_time ? "times" : "numbers", column);
  }
  const bool open = p.above == -kInfinity;  // then -infinity itself is in
  for (std::size_t row = 0; row < matched.size(); ++row) {
    bool in = false;
    if (p.is_time) {
      const std::int64_t micros = column.micros[row];
      const auto x = static_cast<double>(micros);
      in = micros != kMissingTime && (open || x > p.above) && x <= p.up_to;
    } else {
      const double x = column.numbers[row];
      in = (open || x > p.above) && x <= p.up_to;
    }
    matched[row] &= static_cast<std::uint8_t>(in);
  }
  return {};
}

/// Clears the rows that hold none of `values`.
Result<void> keep_values(const Column& column, const Predicate& p, std::span<const std::string> values,
                         std::vector<std::uint8_t>& matched) {
  if (column.kind == ColumnKind::timestamp) return other_kind(p, "categories", column);
  if (column.kind == ColumnKind::categorical) {
    std::vector<std::uint8_t> wanted(column.categories.size(), 0);
    for (const std::string& value : values) {
      const auto found = std::ranges::lower_bound(column.categories, value);
      if (found != column.categories.end() && *found == value) {
        wanted[static_cast<std::size_t>(found - column.categories.begin())] = 1;
      }
    }
    for (std::size_t row = 0; row < matched.size(); ++row) {
      const std::int32_t code = column.codes[row];
      matched[row] &= code == kMissingCode ? std::uint8_t{0} : wanted[static_cast<std::size_t>(code)];
    }
    return {};
  }
  std::vector<double> wanted;
  for (const std::string& value : values) {
    const std::optional<double> number = parse_number(value);
    if (!number) return other_kind(p, "the text " + sql_text(value), column);
    wanted.push_back(*number);
  }
  std::ranges::sort(wanted);
  for (std::size_t row = 0; row < matched.size(); ++row) {
    const double x = column.numbers[row];
    matched[row] &= static_cast<std::uint8_t>(!std::isnan(x) && std::ranges::binary_search(wanted, x));
  }
  return {};
}

void keep_missing(const Column& column, std::vector<std::uint8_t>& matched) {
  for (std::size_t row = 0; row < matched.size(); ++row) {
    bool missing = false;
    switch (column.kind) {
      case ColumnKind::numeric: missing = std::isnan(column.numbers[row]); break;
      case ColumnKind::categorical: missing = column.codes[row] == kMissingCode; break;
      case ColumnKind::timestamp: missing = column.micros[row] == kMissingTime; break;
    }
    matched[row] &= static_cast<std::uint8_t>(missing);
  }
}

void add_categories(const Bin& bin, std::vector<std::string>& values) {
  ERRATA_CHECK(bin.kind == Bin::Kind::category || bin.kind == Bin::Kind::other);
  if (bin.kind == Bin::Kind::category) values.push_back(bin.category);
  values.insert(values.end(), bin.members.begin(), bin.members.end());
}

}  // namespace

Predicate predicate_of(const CodedFeature& feature, Code first, Code last, std::span<const Code> also) {
  ERRATA_CHECK(first <= last && last < feature.bins.size());
  const Bin& low = feature.bins[first];
  const Bin& high = feature.bins[last];
  Predicate p{.feature = feature.name, .source = feature.source};
  p.is_time = feature.is_time;
  p.nan_is_missing = feature.nan_is_missing;
  p.value_is_integer = low.category_is_integer;
  if (low.kind == Bin::Kind::range) {
    ERRATA_CHECK(high.kind == Bin::Kind::range && also.empty());
    p.kind = Predicate::Kind::range;
    p.above = low.above;
    p.up_to = high.up_to;
    p.min = low.min;
    p.max = high.max;
  } else if (low.kind == Bin::Kind::missing) {
    ERRATA_CHECK(first == last && also.empty());
    p.kind = Predicate::Kind::missing;
  } else if (low.kind == Bin::Kind::category && first == last && also.empty()) {
    p.kind = Predicate::Kind::equals;
    p.value = low.category;
  } else {
    p.kind = Predicate::Kind::any_of;
    for (Code code = first; code <= last; ++code) add_categories(feature.bins[code], p.values);
    for (const Code code : also) add_categories(feature.bins[code], p.values);
  }
  return p;
}

std::string where_clause(std::span<const Predicate> conjunction) {
  std::string text;
  for (const Predicate& p : conjunction) text += (text.empty() ? "" : " AND ") + condition(p);
  return text.empty() ? "TRUE" : text;
}

// DuckDB takes a plain decimal for an exact DECIMAL, whose conversion to
// double is correctly rounded only up to 15 digits; an exponent makes it a double from the start.
std::string sql_number(double x) {
  std::string text = fmt::format("{}", x);
  const bool plain = text.find('e') == std::string::npos;
  const auto digits = std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (plain && x != std::trunc(x) && digits > 15) text += "e0";
  return text;
}

std::string sql_name(std::string_view name) { return quoted(name, '"'); }
std::string sql_text(std::string_view text) { return quoted(text, '\''); }

Result<std::vector<std::uint8_t>> matches(const PredictionLog& log, std::span<const Predicate> conjunction) {
  std::vector<std::uint8_t> matched(log.rows, 1);
  for (const Predicate& p : conjunction) {
    const Column* column = log.find(p.feature);
    if (column == nullptr) return data_error(fmt::format("the log has no column {}", p.feature));
    switch (p.kind) {
      case Predicate::Kind::range: ERRATA_TRY(keep_range(*column, p, matched)); break;
      case Predicate::Kind::equals: ERRATA_TRY(keep_values(*column, p, {&p.value, 1}, matched)); break;
      case Predicate::Kind::any_of: ERRATA_TRY(keep_values(*column, p, p.values, matched)); break;
      case Predicate::Kind::missing: keep_missing(*column, matched); break;
    }
  }
  return matched;
}

}  // namespace errata::table
