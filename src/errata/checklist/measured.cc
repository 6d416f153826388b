#include "errata/checklist/measured.h"

#include <algorithm>
#include <cmath>

#include "errata/base/limits.h"
#include "errata/stats/bootstrap.h"

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

}  // namespace

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

std::vector<Contender> Measured::contenders(const ThreadPool& pool) const {
  std::vector<Contender> found;
  for (const Column& column : columns_) {
    auto contender = std::ranges::find(found, column.contender, &Contender::name);
    if (contender == found.end()) contender = found.insert(found.end(), {.name = column.contender});
    std::vector<double> values = column.values;
    std::erase_if(values, [](double value) { return std::isnan(value); });
    Figure figure{.name = column.figure,
                  .cases = values.size(),
                  .mean = kNaN,
                  .low = kNaN,
                  .high = kNaN,
                  .gate = column.gate,
                  .values = column.values};
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
