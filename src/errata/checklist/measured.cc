#include "errata/checklist/measured.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "errata/base/limits.h"
#include "errata/stats/bootstrap.h"
#include "errata/stats/delong.h"

namespace errata::checklist {
namespace {

stats::RateInterval interval_of(const std::vector<double>& values, const ThreadPool& pool) {
  const std::vector<std::size_t> sizes{values.size()};
  const auto weigh = [&](stats::Drawn drawn, std::span<double> figures) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += drawn[0][i] * values[i];
    figures[0] = sum / static_cast<double>(values.size());
  };
  return stats::bootstrap_intervals(sizes, 1, weigh, {}, Rng(values.size()), pool).front();
}

/// Values in descending order, each with how often it counts.
struct Weighed {
  double value = 0;
  double weight = 0;
};

std::vector<Weighed> weighed(const std::vector<double>& values, const std::vector<std::uint32_t>& counts) {
  std::vector<Weighed> sorted;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (counts[i] > 0) sorted.push_back({.value = values[i], .weight = static_cast<double>(counts[i])});
  std::ranges::sort(sorted, std::greater{}, &Weighed::value);
  return sorted;
}

/// The highest threshold that 95% of `found` reach, and the share of `left` that reaches it.
double false_share(const std::vector<Weighed>& found, const std::vector<Weighed>& left) {
  constexpr double kFound = .95, kRounding = 1e-9;
  const auto total = [](const std::vector<Weighed>& of) {
    double sum = 0;
    for (const Weighed& one : of) sum += one.weight;
    return sum;
  };
  const double needed = kFound * total(found) - kRounding;
  double reached = 0, wrong = 0, threshold = 0;
  for (const Weighed& one : found) {
    if (reached >= needed) break;
    reached += one.weight;
    threshold = one.value;
  }
  for (const Weighed& one : left)
    if (one.value >= threshold) wrong += one.weight;
  return wrong / total(left);
}

Figure empty_figure(std::string name, const Scores& scores, std::optional<Gate> gate) {
  return {.name = std::move(name),
          .cases = scores.found.size() + scores.left.size(),
          .mean = kNaN,
          .low = kNaN,
          .high = kNaN,
          .gate = gate};
}

}  // namespace

Figure area_figure(std::string name, const Scores& scores, std::optional<Gate> gate) {
  Figure figure = empty_figure(std::move(name), scores, gate);
  if (scores.found.empty() || scores.left.empty()) return figure;
  std::vector<double> all = scores.found;
  all.insert(all.end(), scores.left.begin(), scores.left.end());
  std::vector<std::uint8_t> positive(all.size());
  std::fill_n(positive.begin(), scores.found.size(), std::uint8_t{1});
  const auto estimate = stats::delong_interval(all, positive);
  ERRATA_CHECK(estimate.has_value());
  figure.mean = estimate->auc;
  figure.low = estimate->interval.low;
  figure.high = estimate->interval.high;
  return figure;
}

Figure false_share_figure(std::string name, const Scores& scores, std::optional<Gate> gate, const ThreadPool& pool) {
  Figure figure = empty_figure(std::move(name), scores, gate);
  if (scores.found.empty() || scores.left.empty()) return figure;
  const std::vector<std::size_t> sizes{scores.found.size(), scores.left.size()};
  const auto once = [](std::size_t size) { return std::vector<std::uint32_t>(size, 1); };
  figure.mean = false_share(weighed(scores.found, once(sizes[0])), weighed(scores.left, once(sizes[1])));
  const auto draw = [&](stats::Drawn drawn, std::span<double> figures) {
    figures[0] = false_share(weighed(scores.found, drawn[0]), weighed(scores.left, drawn[1]));
  };
  const auto interval = stats::bootstrap_intervals(sizes, 1, draw, {}, Rng(sizes[0]), pool).front();
  figure.low = interval.low;
  figure.high = interval.high;
  return figure;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0, count = 0;
  for (const double value : values)
    if (!std::isnan(value)) sum += value, count += 1;
  return sum / count;
}

void Measured::declare(const std::string& contender, const std::string& figure, std::optional<Gate> gate) {
  columns_.push_back(
      {.contender = contender, .figure = figure, .gate = gate, .values = std::vector<double>(cases_.size(), kNaN)});
}

Measured::Column& Measured::column(std::string_view contender, std::string_view figure) {
  const auto found = std::ranges::find_if(
      columns_, [&](const Column& column) { return column.contender == contender && column.figure == figure; });
  ERRATA_CHECK(found != columns_.end());
  return *found;
}

void Measured::add(std::string_view contender, std::string_view figure, std::size_t index, double value) {
  column(contender, figure).values.at(index) = value;
}

void Measured::answered(std::string_view contender, std::size_t index, const Answer& answer) {
  asked_ = contender;
  asked_in_.at(index) = 1;
  if (!answer) bad_.push_back({.index = index, .answer = answer.error()});
}

bool Measured::failed(std::size_t index) const { return std::ranges::find(bad_, index, &Bad::index) != bad_.end(); }

std::vector<double> Measured::judged(const Column& column) const {
  std::vector<double> values = column.values;
  if (column.contender != asked_ || !column.gate) return values;
  for (const Bad& bad : bad_) {
    const bool measured = !std::isnan(values[bad.index]) || std::ranges::any_of(columns_, [&](const Column& other) {
      return other.figure == column.figure && !std::isnan(other.values[bad.index]);
    });
    if (measured) values[bad.index] = column.gate->at_least ? 0 : 1;
  }
  return values;
}

Measured::Column Measured::answers() const {
  Column column{.contender = asked_, .figure = kAnswered, .gate = Gate{.limit = 1}, .values = {}};
  for (std::size_t i = 0; i < cases_.size(); ++i) column.values.push_back(asked_in_[i] == 0 ? kNaN : failed(i) ? 0 : 1);
  return column;
}

std::vector<Finding> Measured::findings() const {
  std::vector<Finding> found;
  for (const Bad& bad : bad_) {
    auto same = std::ranges::find(found, bad.answer.fault, &Finding::fault);
    if (same == found.end())
      same = found.insert(same, {.fault = bad.answer.fault,
                                 .first = bad.answer.message,
                                 .seed = cases_[bad.index].seed,
                                 .file = cases_[bad.index].file});
    ++same->times;
  }
  return found;
}

std::vector<Contender> Measured::contenders(const ThreadPool& pool) const {
  std::vector<Contender> found;
  std::vector<Column> columns = columns_;
  if (!asked_.empty()) columns.push_back(answers());
  for (const Column& column : columns) {
    auto contender = std::ranges::find(found, column.contender, &Contender::name);
    if (contender == found.end()) contender = found.insert(found.end(), {.name = column.contender});
    const std::vector<double> all = judged(column);
    std::vector<double> values = all;
    std::erase_if(values, [](double value) { return std::isnan(value); });
    Figure figure{.name = column.figure,
                  .cases = values.size(),
                  .mean = kNaN,
                  .low = kNaN,
                  .high = kNaN,
                  .gate = column.gate,
                  .values = all};
    if (!values.empty()) {
      figure.mean = mean_of(values);
      const stats::RateInterval interval = interval_of(values, pool);
      figure.low = interval.low;
      figure.high = interval.high;
    }
    contender->figures.push_back(std::move(figure));
  }
  return found;
}

}  // namespace errata::checklist
