#include "errata/slice/failure_kinds.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace errata::slice {
std::optional<BinaryErrors> binary_errors(const table::PredictionLog& log, const ClassTerms& terms,
                                          std::span<const std::uint32_t> rows) {
  if (log.classes.size() != 2 || !log.positive) return std::nullopt;
  const std::uint32_t positive = log.classes[1] == *log.positive ? 1 : 0;
  double cases[2] = {}, failures[2] = {};  // of the negative class, of the positive
  for (const std::uint32_t row : rows) {
    const double weight = terms.weight[row];
    if (!(weight > 0)) continue;
    const std::size_t side = terms.label[row] == positive ? 1 : 0;
    cases[side] += weight;
    failures[side] += terms.predicted[row] != terms.label[row] ? weight : 0;
  }
  return BinaryErrors{.positive = *log.positive,
                      .base_rate = cases[1] / (cases[0] + cases[1]),
                      .false_negative_rate = failures[1] / cases[1],
                      .false_positive_rate = failures[0] / cases[0]};
}

std::vector<Confusion> most_frequent_confusions(const ClassTerms& terms, std::span<const std::uint32_t> rows) {
  constexpr std::size_t kShown = 3;
  struct Sums {
    std::uint64_t n = 0;
    double weight = 0;
  };
  std::map<std::pair<std::size_t, std::size_t>, Sums> pairs;
  double all = 0;
  for (const std::uint32_t row : rows) {
    const double weight = terms.weight[row];
    if (!(weight > 0)) continue;
    all += weight;
    if (terms.label[row] == terms.predicted[row]) continue;
    Sums& sums = pairs[{terms.label[row], terms.predicted[row]}];
    ++sums.n;
    sums.weight += weight;
  }
  std::vector<Confusion> confusions;
  for (const auto& [pair, sums] : pairs) {
    confusions.push_back({.label = pair.first, .predicted = pair.second, .n = sums.n, .share = sums.weight / all});
  }
  std::ranges::stable_sort(confusions, std::ranges::greater{}, &Confusion::share);
  confusions.resize(std::min(confusions.size(), kShown));
  return confusions;
}

}  // namespace errata::slice
