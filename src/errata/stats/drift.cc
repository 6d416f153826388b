#include "errata/stats/drift.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "errata/base/error.h"

namespace errata::stats {

double population_stability_index(std::span<const std::uint64_t> before, std::span<const std::uint64_t> after) {
  ERRATA_CHECK(before.size() == after.size());
  double bins = 0;
  std::uint64_t total_before = 0, total_after = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    bins += before[i] + after[i] > 0;
    total_before += before[i];
    total_after += after[i];
  }
  if (total_before == 0 || total_after == 0) return 0;

  double index = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] + after[i] == 0) continue;
    const double p = (static_cast<double>(before[i]) + 0.5) / (static_cast<double>(total_before) + bins / 2);
    const double q = (static_cast<double>(after[i]) + 0.5) / (static_cast<double>(total_after) + bins / 2);
    index += (q - p) * std::log(q / p);
  }
  return index;
}

std::vector<double> decile_edges(std::span<const double> sorted) {
  std::vector<double> edges;
  if (sorted.empty()) return edges;
  for (std::size_t i = 1; i <= 9; ++i) {
    const std::size_t rank = (sorted.size() * i + 9) / 10;
    const double edge = sorted[rank - 1];
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  }
  return edges;
}

std::vector<std::uint64_t> count_between(std::span<const double> sorted, std::span<const double> edges) {
  std::vector<std::uint64_t> counts;
  auto from = sorted.begin();
  for (const double edge : edges) {
    const auto to = std::upper_bound(from, sorted.end(), edge);
    counts.push_back(static_cast<std::uint64_t>(to - from));
    from = to;
  }
  counts.push_back(static_cast<std::uint64_t>(sorted.end() - from));
  return counts;
}

}  // namespace errata::stats
