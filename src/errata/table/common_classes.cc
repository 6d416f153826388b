#include "errata/table/common_classes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <utility>

#include "errata/table/classes.h"

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

/// A list of renamings as one argument of a shell.
std::string map_flag(const std::vector<std::string>& from, const std::vector<std::string>& to) {
  constexpr std::size_t kShown = 3;
  std::string list;
  if (from.size() != to.size()) return "--map VALUE=CLASS,…";
  for (std::size_t i = 0; i < std::min(from.size(), kShown); ++i)
    list += fmt::format("{}{}={}", i == 0 ? "" : ",", from[i], to[i]);
  return fmt::format("for instance --map='{}{}'", list, from.size() > kShown ? ",…" : "");
}

}  // namespace

Result<void> check_common_classes(const ComparedColumns& columns, std::vector<std::string> labels,
                                  std::vector<std::string> predictions, bool compared,
                                  std::vector<std::string>& warnings) {
  if (labels.empty() || predictions.empty()) return {};
  std::vector<std::string> in_order[2] = {labels, predictions};
  for (auto& names : in_order) sort_classes(names);
  std::ranges::sort(labels);
  std::ranges::sort(predictions);
  const auto labels_only = without(labels, predictions), predictions_only = without(predictions, labels);
  const bool differ = labels_only.size() == labels.size();
  const bool kinds = (columns.label.kind == ColumnKind::numeric) != (columns.prediction.kind == ColumnKind::numeric);
  const bool several = labels.size() > 1 && predictions.size() > 1;
  const auto is = [](const std::vector<std::string>& names, std::string_view one) {
    return names.size() == 1 && names.front() == one;
  };
  const bool signs = several && ((is(labels_only, "-1") && is(predictions_only, "0")) ||
                                 (is(labels_only, "0") && is(predictions_only, "-1")));
  if (!signs && !(differ && (kinds || several))) return {};
  const std::string what =
      fmt::format("{} and {} name their classes differently: {} against {}; say which are the same with --map, {}",
                  columns.label.name, columns.prediction.name, some_of(in_order[0]), some_of(in_order[1]),
                  signs ? map_flag(labels_only, predictions_only) : map_flag(in_order[1], in_order[0]));
  if (compared) return invalid_argument(what + ", or what fails with --failure");
  warnings.push_back(what);
  return {};
}

}  // namespace errata::table
