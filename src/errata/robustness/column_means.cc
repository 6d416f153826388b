#include "errata/robustness/column_means.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "errata/base/limits.h"
#include "errata/stats/bootstrap.h"

namespace errata::robustness {
namespace {

/// @param drawn  [subjects] how often each counts; empty: once
std::vector<double> weighted_means(std::span<const Entry> entries, std::size_t columns,
                                   std::span<const std::uint32_t> drawn) {
  std::vector<double> sums(columns), weights(columns);
  for (const Entry& entry : entries) {
    const double weight = drawn.empty() ? 1 : drawn[entry.subject];
    sums[entry.column] += weight * static_cast<double>(entry.value);
    weights[entry.column] += weight;
  }
  for (std::size_t c = 0; c < columns; ++c) sums[c] = weights[c] > 0 ? sums[c] / weights[c] : kNaN;
  return sums;
}

}  // namespace

std::size_t affordable_replicates(std::size_t asked, std::size_t values) {
  constexpr std::size_t kMostValues = 200'000'000, kFewest = 100;
  return std::min(asked, std::max(kFewest, kMostValues / std::max<std::size_t>(values, 1)));
}

std::vector<double> ColumnMeans::means() const { return weighted_means(entries_, columns_, {}); }

std::vector<std::uint64_t> ColumnMeans::counts() const {
  std::vector<std::uint64_t> counts(columns_);
  for (const Entry& entry : entries_) ++counts[entry.column];
  return counts;
}

ColumnMeans ColumnMeans::half(bool odd) const {
  std::vector<Entry> kept;
  for (const Entry& entry : entries_)
    if ((entry.subject % 2 == 1) == odd)
      kept.push_back({.subject = entry.subject / 2, .column = entry.column, .value = entry.value});
  return {std::move(kept), columns_, subjects_ / 2 + 1};
}

stats::RateInterval ColumnMeans::interval(const std::function<double(std::span<const double> means)>& figure,
                                          std::size_t replicates, const Rng& rng, const ThreadPool& pool) const {
  // Subjects without an entry would only make replicates of other sizes.
  std::vector<std::uint32_t> place(subjects_, 0);
  for (const Entry& entry : entries_) place[entry.subject] = 1;
  std::uint32_t there = 0;
  for (std::uint32_t& at : place) at = at == 1 ? there++ : 0;
  if (there == 0) return {.low = kNaN, .high = kNaN};
  std::vector<Entry> packed = entries_;
  for (Entry& entry : packed) entry.subject = place[entry.subject];
  const std::array<std::size_t, 1> sizes{there};
  const auto compute = [&](stats::Drawn drawn, std::span<double> figures) {
    figures[0] = figure(weighted_means(packed, columns_, drawn[0]));
  };
  return stats::bootstrap_intervals(sizes, 1, compute, {.replicates = affordable_replicates(replicates, packed.size())},
                                    rng, pool)[0];
}

double mean_of_known(std::span<const double> values) {
  double sum = 0;
  std::size_t known = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++known;
  }
  return known == 0 ? kNaN : sum / static_cast<double>(known);
}

}  // namespace errata::robustness
