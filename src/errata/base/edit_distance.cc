#include "errata/base/edit_distance.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace errata {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1] ? 1 : 0);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

void sort_by_nearness(std::vector<std::string>& names, std::string_view wanted) {
  std::vector<std::tuple<bool, std::size_t, std::string>> ranked;
  ranked.reserve(names.size());
  for (std::string& name : names) {
    const bool apart = !name.contains(wanted) && (name.size() * 2 < wanted.size() || !wanted.contains(name));
    ranked.emplace_back(apart, edit_distance(wanted, name), std::move(name));
  }
  std::ranges::stable_sort(ranked, [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
  });
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = std::move(std::get<2>(ranked[i]));
}

}  // namespace errata
