#include "errata/table/outcome_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <string_view>
#include <utility>

namespace errata::table {
namespace {

constexpr std::size_t kEnough = 20;               ///< rows of the classes that are not the most frequent one
constexpr std::size_t kFewestSteps = 3;           ///< of numbers that follow numbers: a flag may go with anything
constexpr std::size_t kFirst = 1000;              ///< rows looked at first
constexpr std::size_t kFirstOfEach = 200;         ///< of a class
constexpr std::size_t kSure = 50, kPerhaps = 10;  ///< one row in so many may be off
constexpr std::size_t kTimesBetter = 4;           ///< than the model

/// n less the longest sequence in which the second never falls.
std::size_t off_by_ascent(const NumberPairs& sorted, double sign) {
  std::vector<double> last;  // of the best sequence of each length
  for (const auto& [x, y] : sorted) {
    const auto place = std::ranges::upper_bound(last, sign * y);
    if (place == last.end())
      last.push_back(sign * y);
    else
      *place = sign * y;
  }
  return sorted.size() - last.size();
}

std::vector<double> mean_ranks(const NumberPairs& pairs, double std::pair<double, double>::* of) {
  std::vector<std::uint32_t> order(pairs.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](std::uint32_t i) { return pairs[i].*of; });
  std::vector<double> ranks(pairs.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && pairs[order[end]].*of == pairs[order[begin]].*of) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end - 1) / 2;
  }
  return ranks;
}

/// How many different values one part has, and how many pairs do not have the most frequent one.
struct PartValues {
  std::size_t different = 0, besides_most_frequent = 0;
};

PartValues values_of(NumberPairs pairs, double std::pair<double, double>::* of) {
  std::ranges::sort(pairs, {}, of);
  std::size_t different = 0, most = 0;
  for (std::size_t begin = 0, end = 0; begin < pairs.size(); begin = end) {
    while (end < pairs.size() && pairs[end].*of == pairs[begin].*of) ++end;
    most = std::max(most, end - begin);
    ++different;
  }
  return {.different = different, .besides_most_frequent = pairs.size() - most};
}

/// The values beside those of a part of the outcome, in some rows (all if none are named), where both are finite.
NumberPairs pairs_of(const Numbers& values, const std::function<double(std::size_t)>& part,
                     const std::function<bool(std::size_t)>& counts, std::span<const std::uint32_t> rows) {
  NumberPairs pairs;
  const std::size_t n = rows.empty() ? values.size() : rows.size();
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t row = rows.empty() ? i : rows[i];
    if (!counts(row)) continue;
    const double x = values[row], y = part(row);
    if (std::isfinite(x) && std::isfinite(y)) pairs.emplace_back(x, y);
  }
  return pairs;
}

std::string but_for_rows(std::size_t off) {
  return off == 0 ? std::string() : fmt::format(", but for {} {}", off, off == 1 ? "row" : "rows");
}

}  // namespace

std::size_t off_by_order(NumberPairs pairs, Ties ties) {
  std::ranges::sort(pairs);
  const std::size_t up = off_by_ascent(pairs, ties == Ties::any ? 1 : -1);
  std::ranges::sort(
      pairs, [](const auto& a, const auto& b) { return a.first != b.first ? a.first < b.first : a.second > b.second; });
  return std::min(up, off_by_ascent(pairs, ties == Ties::any ? -1 : 1));
}

double rank_correlation(const NumberPairs& pairs) {
  const std::vector<double> a = mean_ranks(pairs, &std::pair<double, double>::first);
  const std::vector<double> b = mean_ranks(pairs, &std::pair<double, double>::second);
  const double mean = (static_cast<double>(pairs.size()) - 1) / 2;
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    aa += (a[i] - mean) * (a[i] - mean);
    bb += (b[i] - mean) * (b[i] - mean);
    ab += (a[i] - mean) * (b[i] - mean);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

OutcomeOrder::OutcomeOrder(const PredictionLog& log) : log_(&log) {
  if (log.task == Task::numbers && log.roles.label && log.roles.prediction) {
    of_numbers_ = true;
    for (std::uint32_t row = 0; row < log.rows && first_.size() < kFirst; ++row)
      if (is_judged(row)) first_.push_back(row);
    return;
  }
  if (log.label_class.empty() || log.predicted_class.empty()) return;
  std::vector<std::size_t> rows(log.classes.size(), 0);
  std::size_t known = 0;
  for (std::uint32_t row = 0; row < log.rows; ++row) {
    const std::uint32_t label = log.label_class[row];
    if (label == kNoClass || !is_judged(row)) continue;
    ++known;
    if (++rows[label] <= kFirstOfEach) first_.push_back(row);
    wrong_ += std::size_t{log.predicted_class[row] != label};
  }
  others_ = rows.empty() ? 0 : known - std::ranges::max(rows);
}

std::optional<Leak> OutcomeOrder::leak_in(const Column& feature) const {
  if (kPerhaps * feature.missing > log_->rows) return std::nullopt;
  if (!of_numbers_ && others_ < kEnough) return std::nullopt;
  if (feature.kind == ColumnKind::numeric) return of_numbers_ ? number_leak(feature) : class_leak(feature);
  return feature.kind == ColumnKind::categorical && !of_numbers_ ? category_leak(feature) : std::nullopt;
}

std::optional<Leak> OutcomeOrder::class_leak(const Column& feature) const {
  const auto label = [&](std::size_t row) { return static_cast<double>(log_->label_class[row]); };
  const auto counts = [&](std::size_t row) { return is_judged(row) && log_->label_class[row] != kNoClass; };
  const auto off_in = [&](std::span<const std::uint32_t> rows, std::size_t one_in) -> std::optional<std::size_t> {
    NumberPairs pairs = pairs_of(feature.numbers, label, counts, rows);
    const std::size_t explained = values_of(pairs, &std::pair<double, double>::second).besides_most_frequent;
    const std::size_t off = off_by_order(std::move(pairs), Ties::equal);
    return one_in * off <= explained ? std::optional(off) : std::nullopt;
  };
  if (!off_in(first_, kPerhaps / 2)) return std::nullopt;
  const auto off = off_in({}, kPerhaps);
  if (!off || kTimesBetter * *off > wrong_) return std::nullopt;
  const std::string_view what =
      log_->classes.size() > 2 ? "bounds on it tell the label" : "a bound on it tells the label";
  return Leak{.why = fmt::format("{}{}, and the model is wrong in {}", what, but_for_rows(*off), wrong_),
              .certain = kSure * *off <= others_};
}

std::optional<Leak> OutcomeOrder::category_leak(const Column& feature) const {
  constexpr std::size_t kRowsEach = 20, kMostCells = 100'000;
  const std::size_t values = feature.categories.size(), classes = log_->classes.size();
  if (kRowsEach * values > log_->rows || values * classes > kMostCells) return std::nullopt;
  std::vector<std::size_t> rows(values * classes, 0);
  feature.codes.visit([&](const auto& codes) {
    const std::span<const std::uint32_t> labels = log_->label_class;
    for (std::size_t row = 0; row < labels.size(); ++row) {
      const std::int32_t code = codes[row];
      if (is_judged(row) && labels[row] != kNoClass && code != kMissingCode)
        ++rows[static_cast<std::size_t>(code) * classes + labels[row]];
    }
  });
  std::size_t off = 0;
  for (auto of = rows.begin(); of != rows.end(); of += static_cast<std::ptrdiff_t>(classes)) {
    const auto end = of + static_cast<std::ptrdiff_t>(classes);
    off += std::accumulate(of, end, std::size_t{0}) - *std::max_element(of, end);
  }
  if (kPerhaps * off > others_ || kTimesBetter * off > wrong_) return std::nullopt;
  return Leak{
      .why = fmt::format("its values tell the label{}, and the model is wrong in {}", but_for_rows(off), wrong_),
      .certain = false};
}

std::optional<std::size_t> OutcomeOrder::off_in_order(const Column& feature, const ValueOf& part,
                                                      std::span<const std::uint32_t> rows) const {
  NumberPairs pairs = pairs_of(feature.numbers, part, [&](std::size_t row) { return is_judged(row); }, rows);
  const auto [values, explained] = values_of(pairs, &std::pair<double, double>::first);
  const auto least = std::min(explained, values_of(pairs, &std::pair<double, double>::second).besides_most_frequent);
  if (values < kFewestSteps || least < kEnough) return std::nullopt;
  const std::size_t off = off_by_order(std::move(pairs), Ties::any);
  return (rows.empty() ? kSure : kPerhaps) * off <= least ? std::optional(off) : std::nullopt;
}

std::optional<Leak> OutcomeOrder::number_leak(const Column& feature) const {
  const Numbers &y = numbers_of(log_->roles.label), &p = numbers_of(log_->roles.prediction);
  const std::array<std::pair<std::string_view, ValueOf>, 2> parts{{
      {"label", [&](std::size_t row) { return y[row]; }},
      {"error", [&](std::size_t row) { return p[row] - y[row]; }},
  }};
  for (const auto& [words, part] : parts) {
    if (!off_in_order(feature, part, first_)) continue;
    const auto off = off_in_order(feature, part, {});
    if (off && !is_trend(part))
      return Leak{.why = fmt::format("it is in the order of the {}, as its logarithm or rounded values would be{}",
                                     words, but_for_rows(*off))};
  }
  auto leak = near_label(feature);
  return leak && !is_trend(parts[0].second) ? std::move(leak) : std::nullopt;
}

bool OutcomeOrder::is_trend(const ValueOf& part) const {
  NumberPairs pairs;
  for (std::size_t row = 0; row < log_->rows; ++row)
    if (is_judged(row) && std::isfinite(part(row))) pairs.emplace_back(static_cast<double>(row), part(row));
  const std::size_t rows = pairs.size();
  return kPerhaps * off_by_order(std::move(pairs), Ties::any) <= rows;
}

std::optional<Leak> OutcomeOrder::near_label(const Column& feature) const {
  const Numbers &y = numbers_of(log_->roles.label), &p = numbers_of(log_->roles.prediction);
  /// [2] shares of the variance of the label's ranks that the feature leaves, and the prediction.
  const auto left_in = [&](std::span<const std::uint32_t> rows) {
    const auto counts = [&](std::size_t row) { return is_judged(row) && std::isfinite(p[row]); };
    const auto known = [&](std::size_t row) { return counts(row) && std::isfinite(feature.numbers[row]); };
    const auto left = [](const NumberPairs& pairs) {
      const double r = rank_correlation(pairs);
      return 1 - r * r;
    };
    const auto label = [&](std::size_t row) { return y[row]; };
    return std::pair(left(pairs_of(feature.numbers, label, counts, rows)), left(pairs_of(p, label, known, rows)));
  };
  constexpr double kMostLeft = 0.05, kTimesLess = 9;
  const auto [first, first_model] = left_in(first_);
  if (first > 2 * kMostLeft || kTimesLess / 2 * first > first_model) return std::nullopt;
  const auto [left, of_model] = left_in({});
  if (left > kMostLeft || kTimesLess * left > of_model) return std::nullopt;
  return Leak{
      .why = fmt::format("it goes with the label more closely than the prediction does (rank correlation {:.3f} "
                         "against {:.3f})",
                         std::sqrt(1 - left), std::sqrt(1 - of_model)),
      .certain = false};
}

}  // namespace errata::table
