#include "errata/table/common_classes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace errata::table {
namespace {

std::string some_of(std::span<const std::string> names) {
  constexpr std::size_t kShown = 5;
  return fmt::format("{}{}", fmt::join(names.first(std::min(names.size(), kShown)), ", "),
                     names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : "");
}

std::vector<std::string> without(const std::vector<std::string>& names, const std::vector<std::string>& others) {
  std::vector<std::string> left;
  std::ranges::copy_if(names, std::back_inserter(left),
                       [&](const std::string& name) { return !std::ranges::binary_search(others, name); });
  return left;
}

/// Names of predictions with the label that each goes with most often, the most frequent pairs first, no label twice.
std::vector<std::pair<std::string, std::string>> most_frequent_pairs(const ComparedClasses& classes,
                                                                     const std::vector<std::string>& labels,
                                                                     const std::vector<std::string>& predictions) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> counts;
  for (std::size_t row = 0; row < classes.labels.rows.size(); ++row) {
    const std::uint32_t label = classes.labels.rows[row], predicted = classes.predictions.rows[row];
    if (label != kNoClass && predicted != kNoClass) ++counts[{label, predicted}];
  }
  std::vector<std::pair<std::size_t, std::pair<std::uint32_t, std::uint32_t>>> ordered;
  for (const auto& [pair, count] : counts) ordered.emplace_back(count, pair);
  std::ranges::stable_sort(ordered, std::greater(), [](const auto& one) { return one.first; });
  std::vector<std::pair<std::string, std::string>> pairs;
  std::set<std::string> used;
  for (const auto& [count, pair] : ordered) {
    const std::string &label = classes.labels.names[pair.first], &predicted = classes.predictions.names[pair.second];
    const bool known = std::ranges::binary_search(labels, label) && std::ranges::binary_search(predictions, predicted);
    if (!known || used.contains("l" + label) || used.contains("p" + predicted)) continue;
    used.insert({"l" + label, "p" + predicted});
    pairs.emplace_back(predicted, label);
  }
  std::ranges::sort(pairs);
  return pairs;
}

/// A list of renamings as one argument of a shell.
std::string map_flag(const std::vector<std::pair<std::string, std::string>>& pairs) {
  constexpr std::size_t kShown = 3;
  std::string list;
  for (std::size_t i = 0; i < std::min(pairs.size(), kShown); ++i)
    list += fmt::format("{}{}={}", i == 0 ? "" : ",", pairs[i].first, pairs[i].second);
  return fmt::format("--map='{}{}'", list, pairs.size() > kShown ? ",…" : "");
}

}  // namespace

Result<void> check_common_classes(const ComparedClasses& classes, bool compared, std::vector<std::string>& warnings) {
  std::vector<std::string> labels = classes.labels.names, predictions = classes.predictions.names;
  if (labels.empty() || predictions.empty()) return {};
  sort_classes(labels);
  sort_classes(predictions);
  const std::string sets = fmt::format("{} against {}", some_of(labels), some_of(predictions));
  std::ranges::sort(labels);
  std::ranges::sort(predictions);
  const auto labels_only = without(labels, predictions), predictions_only = without(predictions, labels);
  const auto numeric = [](const Column& column) { return column.kind == ColumnKind::numeric; };
  const bool kinds = numeric(classes.label) != numeric(classes.prediction);
  const bool none_shared = labels_only.size() == labels.size();
  const bool one_of_two =
      labels.size() == 2 && predictions.size() == 2 && labels_only.size() == 1 && predictions_only.size() == 1;
  const auto signs = [&](std::string_view a, std::string_view b) {
    return one_of_two && labels_only.front() == a && predictions_only.front() == b;
  };
  const bool several = labels.size() > 1 && predictions.size() > 1;
  const bool refused = none_shared ? kinds || several : one_of_two && (kinds || signs("-1", "0") || signs("0", "-1"));
  if (!refused) return {};
  auto pairs = most_frequent_pairs(classes, labels_only, predictions_only);
  if (one_of_two) pairs = {{labels_only.front(), predictions_only.front()}};
  const std::string what =
      fmt::format("{} and {} name their classes differently: {}; say which are the same, perhaps {}",
                  classes.label.name, classes.prediction.name, sets, map_flag(pairs));
  if (compared) return invalid_argument(what + ", or what fails with --failure");
  warnings.push_back(what);
  return {};
}

}  // namespace errata::table
