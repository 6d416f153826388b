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
#include <unordered_map>
#include <utility>
#include <vector>

namespace errata::table {
namespace {

constexpr std::size_t kFewRows = 20;
constexpr std::size_t kFirstRows = 1000;  ///< at least are looked at first
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

bool is_missing(const Column& column, std::size_t row) {
  switch (column.kind) {
    case ColumnKind::categorical: return column.codes[row] == kMissingCode;
    case ColumnKind::timestamp: return column.micros[row] == kMissingTime;
    case ColumnKind::numeric: break;
  }
  return std::isnan(column.numbers[row]);
}

// A leak decides nearly all: a few of its values may be missing, and a few rows be off.

/// Rows without a value are passed over where they are few; else missing is a value as any other.
bool passes_missing_over(const Column& column) { return 10 * column.missing <= rows_of(column); }

/// May so many rows be off, of a kind of which there are so many?
bool are_few(std::size_t off, std::size_t rows) { return 50 * off <= rows; }

/// The same among the first rows only: whatever could be few in the end.
bool may_be_few(std::size_t off, std::size_t rows) { return off <= 2 || 10 * off <= rows; }

std::string but_for(std::size_t off) {
  return off == 0 ? std::string() : fmt::format(", but for {} {}", off, off == 1 ? "row" : "rows");
}

/// The first rows rule nearly everything out: as many as hold some failures and some others.
std::size_t first_rows(const PredictionLog& log) {
  constexpr std::size_t kSome = 20;
  std::array<std::size_t, 2> seen{};
  std::size_t row = 0;
  for (; row < log.rows && (row < kFirstRows || std::ranges::min(seen) < kSome); ++row) ++seen[log.failed[row]];
  return row;
}

/// Rows that failed, and that did not.
struct Sides {
  std::array<std::size_t, 2> rows{};

  [[nodiscard]] std::size_t least() const { return std::ranges::min(rows); }
};

/// How many rows are off where each value stands for failures or for the others, whichever it has more of.
/// @return nothing if the values do not decide it, or are so many that they could by chance
std::optional<std::size_t> off_by_values(const PredictionLog& log, const Column& feature, std::size_t rows) {
  const bool pass_over = passes_missing_over(feature);
  const bool all = rows == log.rows;
  std::unordered_map<std::int64_t, Sides> values;
  Sides sides;
  for (std::size_t row = 0; row < rows; ++row) {
    if (!can_say(log, row) || (pass_over && is_missing(feature, row))) continue;
    ++values[key_at(feature, row)].rows[log.failed[row]];
    ++sides.rows[log.failed[row]];
    if (kEach * values.size() > rows) return std::nullopt;
  }
  std::size_t off = 0;
  for (const auto& [key, of] : values) off += of.least();
  if (!all) return sides.least() == 0 || may_be_few(off, sides.least()) ? std::optional(off) : std::nullopt;
  const bool enough = sides.least() >= kEach && kEach * values.size() <= std::max(2 * kEach, sides.least());
  return enough && values.size() > 1 && are_few(off, sides.least()) ? std::optional(off) : std::nullopt;
}

std::string values_leak(const PredictionLog& log, const Column& feature) {
  if (!off_by_values(log, feature, first_rows(log))) return {};
  const auto off = off_by_values(log, feature, log.rows);
  if (!off) return {};
  return fmt::format("its values are those of failures and of the others{}", but_for(*off));
}

/// Is it missing for failures and not for the others, or the other way round?
bool is_missing_by_failure(const PredictionLog& log, const Column& feature) {
  if (feature.missing < kEach || log.rows - feature.missing < kEach) return false;
  std::array<std::size_t, 2> off{};  ///< if missing means a failure, and if it means none
  Sides sides;
  for (std::size_t row = 0; row < log.rows; ++row) {
    if (!can_say(log, row)) continue;
    ++sides.rows[log.failed[row]];
    ++off[is_missing(feature, row) == (log.failed[row] != 0) ? 1 : 0];
    if (std::ranges::min(off) > log.rows / 50) return false;
  }
  return sides.least() >= kEach && are_few(std::ranges::min(off), sides.least());
}

/// How many of the first rows are off if those in the best interval failed, or did not, and all others the other way.
std::optional<std::size_t> off_by_interval(const PredictionLog& log, const Column& feature, std::size_t rows) {
  std::vector<std::pair<double, std::uint8_t>> values;
  Sides sides;
  for (std::size_t row = 0; row < rows; ++row) {
    const double x = feature.numbers[row];
    if (!can_say(log, row) || std::isnan(x)) continue;
    values.emplace_back(x, log.failed[row]);
    ++sides.rows[log.failed[row]];
  }
  if (rows < log.rows && sides.least() == 0) return 0;
  if (sides.least() < kEach) return std::nullopt;
  std::ranges::sort(values);
  std::size_t off = values.size();
  for (const std::uint8_t inside : {std::uint8_t{0}, std::uint8_t{1}}) {
    std::ptrdiff_t sum = 0, best = 0;  // of rows inside less the others, in the interval that ends here, and in any
    for (std::size_t begin = 0, end = 0; begin < values.size(); begin = end) {
      std::ptrdiff_t here = 0;
      for (; end < values.size() && values[end].first == values[begin].first; ++end)
        here += values[end].second == inside ? 1 : -1;
      sum = std::max<std::ptrdiff_t>(sum, 0) + here;
      best = std::max(best, sum);
    }
    off = std::min(off, sides.rows[inside] - static_cast<std::size_t>(best));
  }
  const bool few = rows < log.rows ? may_be_few(off, sides.least()) : are_few(off, sides.least());
  return few ? std::optional(off) : std::nullopt;
}

std::string interval_leak(const PredictionLog& log, const Column& feature) {
  if (feature.kind != ColumnKind::numeric || !passes_missing_over(feature)) return {};
  if (!off_by_interval(log, feature, first_rows(log))) return {};
  const auto off = off_by_interval(log, feature, log.rows);
  return off ? "a bound on it decides what fails" + but_for(*off) : std::string();
}

/// Which of label and prediction a value follows from, for classes.
using KeyOf = std::function<std::uint64_t(std::size_t)>;

/// How many rows do not have the most frequent value of their key?
/// @return nothing if the values do not follow from the keys
std::optional<std::size_t> off_by_keys(const PredictionLog& log, const Column& feature, const KeyOf& key_of,
                                       std::size_t rows) {
  constexpr std::size_t kMostKeys = 10'000;
  const bool pass_over = passes_missing_over(feature);
  struct Counts {
    std::map<std::int64_t, std::size_t> of_value;
    std::size_t largest = 0;
  };
  std::map<std::uint64_t, Counts> by_key;
  std::map<std::int64_t, std::size_t> rows_of_value;
  std::size_t known = 0, off = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    if (!can_say(log, row) || (pass_over && is_missing(feature, row))) continue;
    const std::int64_t value = key_at(feature, row);
    Counts& counts = by_key[key_of(row)];
    if (++counts.of_value[value] > counts.largest)
      ++counts.largest;
    else
      ++off;
    ++rows_of_value[value];
    ++known;
    if (by_key.size() > kMostKeys || rows_of_value.size() > kMostKeys) return std::nullopt;
    if (10 * off > known + kFirstRows) return std::nullopt;
  }
  std::size_t most = 0, second = 0;
  for (const auto& [value, count] : rows_of_value) {
    second = std::max(second, std::min(most, count));
    most = std::max(most, count);
  }
  // What is not the most frequent value says how much there is to be explained.
  if (rows < log.rows) return may_be_few(off, known - most) ? std::optional(off) : std::nullopt;
  const bool several = rows_of_value.size() > 1 && 4 * by_key.size() <= log.rows && second >= kEach;
  return several && are_few(off, known - most) ? std::optional(off) : std::nullopt;
}

std::optional<std::size_t> follows_from(const PredictionLog& log, const Column& feature, const KeyOf& key_of) {
  if (!off_by_keys(log, feature, key_of, first_rows(log))) return std::nullopt;
  return off_by_keys(log, feature, key_of, log.rows);
}

std::string class_leak(const PredictionLog& log, const Column& feature) {
  if (log.label_class.empty() || log.predicted_class.empty()) return {};
  const auto label = [&](std::size_t row) -> std::uint64_t { return log.label_class[row]; };
  const auto predicted = [&](std::size_t row) -> std::uint64_t { return log.predicted_class[row]; };
  const auto both = [&](std::size_t row) { return label(row) << 32U | predicted(row); };
  const auto off = follows_from(log, feature, both);
  if (!off) return {};
  if (const auto more = follows_from(log, feature, label)) return "it follows from the label" + but_for(*more);
  if (const auto more = follows_from(log, feature, predicted)) return "it follows from the prediction" + but_for(*more);
  return "it follows from label and prediction" + but_for(*off);
}

/// Is x = a + b·y in all rows, with b not 0? Correlation 1 up to the precision of the numbers.
bool is_linear(const PredictionLog& log, const Column& feature, const std::function<double(std::size_t)>& y_of,
               std::size_t rows) {
  double n = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const double x = feature.numbers[row], y = y_of(row);
    if (!can_say(log, row) || !std::isfinite(y) || std::isnan(x)) continue;
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

/// The largest power of ten, up to a limit, that all values are whole multiples of: rounding moves them by half of it.
double unit_of(const std::function<double(std::size_t)>& value_of, std::size_t rows, double largest) {
  double unit = largest;
  for (std::size_t row = 0; row < rows; ++row) {
    const double x = value_of(row);
    while (unit > 1e-6 && std::isfinite(x) && std::abs(x - unit * std::round(x / unit)) > 1e-9 * std::abs(x))
      unit /= 10;
  }
  return unit;
}

/// Are the feature's values those in all rows, up to the rounding of both to units up to the largest?
bool is_same(const PredictionLog& log, const Column& feature, const std::function<double(std::size_t)>& value_of,
             double largest) {
  const auto own = [&](std::size_t row) { return feature.numbers[row]; };
  const std::size_t first = std::min(log.rows, kFirstRows);
  const double slack =
      std::max(1e-6, 0.5001 * std::max(unit_of(own, first, largest), unit_of(value_of, first, largest)));
  std::size_t known = 0;
  for (std::size_t row = 0; row < log.rows; ++row) {
    const double x = own(row), y = value_of(row);
    if (std::isnan(x) || !std::isfinite(y)) continue;
    ++known;
    if (!(std::abs(x - y) <= slack)) return false;
  }
  return known >= kFewRows;
}

std::string number_leak(const PredictionLog& log, const Column& feature) {
  if (log.task != Task::numbers || feature.kind != ColumnKind::numeric || !passes_missing_over(feature)) return {};
  const Numbers& y = log.find(*log.roles.label)->numbers;
  const Numbers& p = log.find(*log.roles.prediction)->numbers;
  const std::array<std::pair<std::string_view, std::function<double(std::size_t)>>, 6> parts{{
      {"it is the label", [&](std::size_t row) { return y[row]; }},
      {"it is the prediction", [&](std::size_t row) { return p[row]; }},
      {"it is the logarithm of the prediction", [&](std::size_t row) { return std::log(p[row]); }},
      {"it is the error", [&](std::size_t row) { return p[row] - y[row]; }},
      {"it is the size of the error", [&](std::size_t row) { return std::abs(p[row] - y[row]); }},
      {"it is the square of the error", [&](std::size_t row) { return (p[row] - y[row]) * (p[row] - y[row]); }},
  }};
  for (const auto& [words, part] : parts)
    if (is_linear(log, feature, part, std::min(log.rows, kFirstRows)) && is_linear(log, feature, part, log.rows))
      return std::string(words) + ", perhaps in another unit";
  if (is_same(log, feature, [&](std::size_t row) { return p[row]; }, 1e9)) return "it is the prediction, rounded";
  return {};
}

/// Is it the logarithm of a score or of its odds, however many digits were written of either?
bool is_logarithm(const PredictionLog& log, const Column& feature, const std::function<double(std::size_t)>& score_of) {
  constexpr double kOwn = 1e-3, kOfScore = 5e-5;
  std::array<bool, 4> same{true, true, true, true};
  std::size_t known = 0;
  for (std::size_t row = 0; row < log.rows && std::ranges::count(same, true) > 0; ++row) {
    const double x = feature.numbers[row], p = score_of(row);
    if (std::isnan(x) || !(p > 0 && p < 1)) continue;
    ++known;
    const double odds = std::log(p / (1 - p)), slack = kOwn * (1 + std::abs(x)) + kOfScore / (p * (1 - p));
    const std::array<double, 4> forms{odds, -odds, std::log(p), -std::log(p)};
    for (std::size_t i = 0; i < forms.size(); ++i) same[i] = same[i] && std::abs(x - forms[i]) <= slack;
  }
  return known >= kFewRows && std::ranges::count(same, true) > 0;
}

/// A score in another form, or the confidence that follows from scores.
std::string score_leak(const PredictionLog& log, const Column& feature) {
  if (feature.kind != ColumnKind::numeric || !passes_missing_over(feature)) return {};
  const auto words_of = [&](const auto& scores, std::string_view what) -> std::string {
    const auto score = [&](std::size_t row) { return static_cast<double>(scores[row]); };
    const auto rest = [&](std::size_t row) { return 1 - score(row); };
    const auto percent = [&](std::size_t row) { return 100 * score(row); };
    constexpr double kShare = 0.1;
    if (is_same(log, feature, score, kShare) || is_same(log, feature, rest, kShare))
      return fmt::format("it is {}", what);
    if (is_same(log, feature, percent, 100 * kShare)) return fmt::format("it is {} in percent", what);
    if (is_logarithm(log, feature, score)) return fmt::format("it is the logarithm of {} or of its odds", what);
    return {};
  };
  for (const auto* scores : {&log.positive_score, &log.confidence})
    if (!scores->empty())
      if (auto words = words_of(*scores, "the score"); !words.empty()) return words;
  for (const std::string& name : log.roles.scores)
    if (auto words = words_of(log.find(name)->numbers, "a score"); !words.empty()) return words;
  return {};
}

/// What is certain by values alone.
std::string why_leak(const PredictionLog& log, const Column& feature) {
  if (feature.name == "errata_failure" || feature.name == "auditor_risk") return "Errata wrote it";
  if (log.rows < kFewRows) return {};
  if (auto words = values_leak(log, feature); !words.empty()) return words;
  if (auto words = class_leak(log, feature); !words.empty()) return words;
  if (auto words = number_leak(log, feature); !words.empty()) return words;
  if (auto words = score_leak(log, feature); !words.empty()) return words;
  if (is_missing_by_failure(log, feature)) return "whether it is missing decides what fails";
  return interval_leak(log, feature);
}

}  // namespace

std::optional<Leak> LeakSearch::leak_in(const Column& feature) const {
  if (std::string why = why_leak(*log_, feature); !why.empty()) return Leak{.why = std::move(why)};
  return order_.leak_in(feature);
}

}  // namespace errata::table
