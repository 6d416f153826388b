#include "errata/table/leaks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace errata::table {
namespace {

constexpr std::size_t kFewRows = 20;
constexpr std::size_t kFirstRows = 1000;  ///< are looked at first: they rule nearly everything out
constexpr std::size_t kEach = 5;          ///< a rule needs as many cases on either side

bool can_say(const PredictionLog& log, std::size_t row) { return log.judged.empty() || log.judged[row] != 0; }

/// A value of a column as a key that is equal for equal values; missing is a value.
std::int64_t key_at(const Column& column, std::size_t row) {
  switch (column.kind) {
    case ColumnKind::categorical: return column.codes[row];
    case ColumnKind::timestamp: return column.micros[row];
    case ColumnKind::numeric: break;
  }
  const double x = column.numbers[row] + 0.0;
  return std::isnan(x) ? std::numeric_limits<std::int64_t>::min() : std::bit_cast<std::int64_t>(x);
}

/// Two values, one for failures and one for the others.
bool is_failure_itself(const PredictionLog& log, const Column& feature) {
  std::array<std::optional<std::int64_t>, 2> value;
  std::array<std::size_t, 2> rows{};
  for (std::size_t row = 0; row < log.rows; ++row) {
    if (!can_say(log, row)) continue;
    const std::size_t failed = log.failed[row];
    const std::int64_t key = key_at(feature, row);
    if (!value[failed]) value[failed] = key;
    if (*value[failed] != key) return false;
    ++rows[failed];
  }
  return value[0] && value[1] && *value[0] != *value[1] && std::ranges::min(rows) >= kEach;
}

/// Is it missing exactly for failures, or exactly for the others?
bool is_missing_by_failure(const PredictionLog& log, const Column& feature) {
  if (feature.missing < kEach || log.rows - feature.missing < kEach) return false;
  const auto missing = [&](std::size_t row) -> std::uint8_t {
    switch (feature.kind) {
      case ColumnKind::categorical: return feature.codes[row] == kMissingCode ? 1 : 0;
      case ColumnKind::timestamp: return feature.micros[row] == kMissingTime ? 1 : 0;
      case ColumnKind::numeric: break;
    }
    return std::isnan(feature.numbers[row]) ? 1 : 0;
  };
  std::array<std::size_t, 2> rows{};
  std::optional<bool> agree;
  for (std::size_t row = 0; row < log.rows; ++row) {
    if (!can_say(log, row)) continue;
    ++rows[log.failed[row]];
    if (agree.value_or(missing(row) == log.failed[row]) != (missing(row) == log.failed[row])) return false;
    agree = missing(row) == log.failed[row];
  }
  return std::ranges::min(rows) >= kEach;
}

/// Do the first rows that failed (or did not) lie outside the range of the others?
bool are_parted(const PredictionLog& log, const Numbers& values, std::uint8_t inside, std::size_t rows) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t row = 0; row < rows; ++row) {
    if (!can_say(log, row) || log.failed[row] != inside) continue;
    low = std::min(low, values[row]);
    high = std::max(high, values[row]);
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const bool outside = can_say(log, row) && log.failed[row] != inside;
    if (outside && values[row] >= low && values[row] <= high) return false;
  }
  return true;
}

bool is_bounded_by_failure(const PredictionLog& log, const Column& feature) {
  if (feature.kind != ColumnKind::numeric || feature.missing > 0) return false;
  const auto failures = static_cast<std::size_t>(std::ranges::count(log.failed, std::uint8_t{1}));
  if (failures < kEach || log.rows - failures < kEach) return false;
  for (const std::uint8_t inside : {std::uint8_t{0}, std::uint8_t{1}})
    if (are_parted(log, feature.numbers, inside, std::min(log.rows, kFirstRows)) &&
        are_parted(log, feature.numbers, inside, log.rows))
      return true;
  return false;
}

/// Which of label and prediction a value follows from, for classes.
using KeyOf = std::function<std::uint64_t(std::size_t)>;

/// Does the feature have one value for each key, and several values in all?
bool follows_from(const PredictionLog& log, const Column& feature, const KeyOf& key_of) {
  std::map<std::uint64_t, std::int64_t> value_of;
  std::map<std::int64_t, std::size_t> rows_of;
  constexpr std::size_t kMostKeys = 10'000;
  for (std::size_t row = 0; row < log.rows; ++row) {
    if (!can_say(log, row)) continue;
    const std::int64_t value = key_at(feature, row);
    const auto [found, fresh] = value_of.try_emplace(key_of(row), value);
    if (!fresh && found->second != value) return false;
    if (value_of.size() > kMostKeys) return false;
    ++rows_of[value];
  }
  if (rows_of.size() < 2 || 4 * value_of.size() > log.rows) return false;
  std::vector<std::size_t> counts;
  for (const auto& [value, rows] : rows_of) counts.push_back(rows);
  std::ranges::sort(counts, std::greater());
  return counts[1] >= kEach;
}

std::string class_leak(const PredictionLog& log, const Column& feature) {
  if (log.label_class.empty() || log.predicted_class.empty()) return {};
  const auto label = [&](std::size_t row) -> std::uint64_t { return log.label_class[row]; };
  const auto predicted = [&](std::size_t row) -> std::uint64_t { return log.predicted_class[row]; };
  const auto both = [&](std::size_t row) { return label(row) << 32U | predicted(row); };
  if (!follows_from(log, feature, both)) return {};
  if (follows_from(log, feature, label)) return "it follows from the label";
  if (follows_from(log, feature, predicted)) return "it follows from the prediction";
  return "it follows from label and prediction";
}

/// Is x = a + b·y in all rows, with b not 0? Correlation 1 up to the precision of the numbers.
bool is_linear(const PredictionLog& log, const Column& feature, const std::function<double(std::size_t)>& y_of,
               std::size_t rows) {
  double n = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const double x = feature.numbers[row], y = y_of(row);
    if (!can_say(log, row) || !std::isfinite(y)) continue;
    if (!std::isfinite(x)) return false;
    n += 1;
    const double dx = x - mx, dy = y - my;
    mx += dx / n;
    my += dy / n;
    xx += dx * (x - mx);
    yy += dy * (y - my);
    xy += dx * (y - my);
  }
  constexpr double kSame = 1 - 1e-9;
  return xx > 0 && yy > 0 && xy * xy >= kSame * xx * yy;
}

std::string number_leak(const PredictionLog& log, const Column& feature) {
  if (log.task != Task::numbers || feature.kind != ColumnKind::numeric) return {};
  const Numbers& y = log.find(*log.roles.label)->numbers;
  const Numbers& p = log.find(*log.roles.prediction)->numbers;
  const std::array<std::pair<std::string_view, std::function<double(std::size_t)>>, 5> parts{{
      {"it is the label", [&](std::size_t row) { return y[row]; }},
      {"it is the prediction", [&](std::size_t row) { return p[row]; }},
      {"it is the error", [&](std::size_t row) { return p[row] - y[row]; }},
      {"it is the size of the error", [&](std::size_t row) { return std::abs(p[row] - y[row]); }},
      {"it is the square of the error", [&](std::size_t row) { return (p[row] - y[row]) * (p[row] - y[row]); }},
  }};
  for (const auto& [words, part] : parts)
    if (is_linear(log, feature, part, std::min(log.rows, kFirstRows)) && is_linear(log, feature, part, log.rows))
      return std::string(words) + ", perhaps in another unit";
  return {};
}

/// A score, 1 minus a score, or the confidence that follows from them.
std::string score_leak(const PredictionLog& log, const Column& feature) {
  if (feature.kind != ColumnKind::numeric) return {};
  constexpr double kRounded = 1e-6;
  const auto same = [&](const auto& scores, bool reversed) {
    std::size_t known = 0;
    for (std::size_t row = 0; row < log.rows; ++row) {
      if (std::isnan(scores[row])) continue;
      ++known;
      if (!(std::abs(feature.numbers[row] - (reversed ? 1 - scores[row] : scores[row])) <= kRounded)) return false;
    }
    return known >= kFewRows;
  };
  for (const auto* scores : {&log.positive_score, &log.confidence})
    if (!scores->empty() && (same(*scores, false) || same(*scores, true))) return "it is the score";
  for (const std::string& name : log.roles.scores)
    if (same(log.find(name)->numbers, false)) return "it is a score";
  return {};
}

}  // namespace

std::string leak_in(const PredictionLog& log, const Column& feature) {
  if (feature.name == "errata_failure" || feature.name == "auditor_risk") return "Errata wrote it";
  if (log.rows < kFewRows) return {};
  if (is_failure_itself(log, feature)) return "its two values are the failures and the others";
  if (auto words = class_leak(log, feature); !words.empty()) return words;
  if (auto words = number_leak(log, feature); !words.empty()) return words;
  if (auto words = score_leak(log, feature); !words.empty()) return words;
  if (is_missing_by_failure(log, feature)) return "whether it is missing decides what fails";
  if (is_bounded_by_failure(log, feature)) return "a bound on it decides what fails";
  return {};
}

}  // namespace errata::table
