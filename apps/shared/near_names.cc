#include "near_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "errata/base/edit_distance.h"

namespace errata::cli {

std::string did_you_mean(std::string_view misspelt, std::span<const std::string> names) {
  const std::size_t limit = std::max<std::size_t>(2, misspelt.size() / 3);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const auto& name : names)
    if (const auto distance = edit_distance(misspelt, name); distance <= limit)
      near.emplace_back(distance, "'" + name + "'");
  if (near.empty()) return "";
  std::ranges::stable_sort(near, {}, &std::pair<std::size_t, std::string>::first);
  std::vector<std::string> nearest;
  for (const auto& [distance, name] : near)
    if (distance <= near.front().first + 1 && nearest.size() < 3) nearest.push_back(name);
  return fmt::format(" (did you mean {}?)", fmt::join(nearest, " or "));
}

}  // namespace errata::cli
