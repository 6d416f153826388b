#include "near_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace errata::cli {
namespace {

/// Levenshtein distance: insertions, deletions and replacements.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view misspelt, std::span<const std::string> names) {
  const std::size_t limit = std::max<std::size_t>(2, misspelt.size() / 3);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const auto& name : names)
    if (const auto distance = edits(misspelt, name); distance <= limit) near.emplace_back(distance, "'" + name + "'");
  if (near.empty()) return "";
  std::ranges::stable_sort(near, {}, &std::pair<std::size_t, std::string>::first);
  std::vector<std::string> nearest;
  for (const auto& [distance, name] : near)
    if (distance <= near.front().first + 1 && nearest.size() < 3) nearest.push_back(name);
  return fmt::format(" (did you mean {}?)", fmt::join(nearest, " or "));
}

}  // namespace errata::cli
