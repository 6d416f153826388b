#include "errata/table/common_classes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <system_error>
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

using NamePair = std::pair<std::string, std::string>;

/// Rows of each pair of a label and a prediction.
class PairCounts {
 public:
  explicit PairCounts(const ComparedClasses& classes) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> by_index;
    for (std::size_t row = 0; row < classes.labels.rows.size(); ++row) {
      const std::uint32_t label = classes.labels.rows[row], predicted = classes.predictions.rows[row];
      if (label == kNoClass || predicted == kNoClass) continue;
      ++by_index[{label, predicted}];
      ++rows_;
    }
    for (const auto& [pair, count] : by_index)
      counts_[{classes.labels.names[pair.first], classes.predictions.names[pair.second]}] = count;
  }

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] const std::map<NamePair, std::size_t>& counts() const { return counts_; }
  [[nodiscard]] std::size_t of(const std::string& label, const std::string& prediction) const {
    const auto found = counts_.find({label, prediction});
    return found == counts_.end() ? 0 : found->second;
  }
  /// Rows for which two that are paired so are the same.
  template <typename Same>
  [[nodiscard]] std::size_t agreeing(const Same& same) const {
    std::size_t agreed = 0;
    for (const auto& [pair, count] : counts_) agreed += same(pair.first, pair.second) ? count : 0;
    return agreed;
  }
  /// Too few rows, or too few that agree, say nothing.
  [[nodiscard]] bool are_most(std::size_t agreed) const {
    constexpr std::size_t kFewRows = 10;
    return rows_ >= kFewRows && 2 * agreed >= rows_;
  }

 private:
  std::map<NamePair, std::size_t> counts_;
  std::size_t rows_ = 0;
};

/// Names of predictions with the label that each goes with most often, the most frequent pairs first, no label twice.
std::vector<NamePair> most_frequent_pairs(const PairCounts& counts, const std::vector<std::string>& labels,
                                          const std::vector<std::string>& predictions) {
  std::vector<std::pair<std::size_t, NamePair>> ordered;
  for (const auto& [pair, count] : counts.counts()) ordered.emplace_back(count, pair);
  std::ranges::stable_sort(ordered, std::greater(), [](const auto& one) { return one.first; });
  std::vector<NamePair> pairs;
  std::set<std::string> used;
  for (const auto& [count, pair] : ordered) {
    const auto& [label, predicted] = pair;
    const bool known = std::ranges::binary_search(labels, label) && std::ranges::binary_search(predictions, predicted);
    if (!known || used.contains("l" + label) || used.contains("p" + predicted)) continue;
    used.insert({"l" + label, "p" + predicted});
    pairs.emplace_back(predicted, label);
  }
  std::ranges::sort(pairs);
  return pairs;
}

std::optional<std::int64_t> as_integer(const std::string& name) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  const bool whole = error == std::errc{} && end == name.data() + name.size();
  return whole && std::abs(value) < (std::int64_t{1} << 53) ? std::optional(value) : std::nullopt;
}

/// How much larger labels are than the predictions that they agree with, where most rows agree so and far fewer as they
/// are written; 0 where it is not so.
std::int64_t shift_of(const PairCounts& counts) {
  const auto equal = [](const std::string& label, const std::string& prediction) { return label == prediction; };
  for (const std::int64_t shift : {1, -1}) {
    const auto shifted = [&](const std::string& label, const std::string& prediction) {
      const auto a = as_integer(label), b = as_integer(prediction);
      return a && b && *a == *b + shift;
    };
    const std::size_t agreed = counts.agreeing(shifted);
    const bool several = std::ranges::count_if(counts.counts(), [&](const auto& one) {
                           return shifted(one.first.first, one.first.second);
                         }) > 1;
    if (several && counts.are_most(agreed) && agreed > 2 * counts.agreeing(equal)) return shift;
  }
  return 0;
}

/// Renames one column to the classes of the other: to those that count from 0.
std::vector<NamePair> shifted_pairs(const ComparedClasses& classes, std::int64_t shift) {
  const bool labels = std::ranges::count(classes.labels.names, "0") == 0;
  std::vector<std::string> names = labels ? classes.labels.names : classes.predictions.names;
  sort_classes(names);
  std::vector<NamePair> pairs;
  for (const std::string& name : names)
    pairs.emplace_back(fmt::format("{}:{}", name_of(labels ? ClassSide::label : ClassSide::prediction), name),
                       std::to_string(*as_integer(name) + (labels ? -shift : shift)));
  return pairs;
}

/// A list of renamings as one argument of a shell.
std::string map_flag(const std::vector<NamePair>& pairs) {
  constexpr std::size_t kShown = 3;
  std::string list;
  for (std::size_t i = 0; i < std::min(pairs.size(), kShown); ++i)
    list += fmt::format("{}{}={}", i == 0 ? "" : ",", pairs[i].first, pairs[i].second);
  return fmt::format("--map='{}{}'", list, pairs.size() > kShown ? ",…" : "");
}

/// What speaks for two sets of names of the same classes.
struct OtherNames {
  bool refused = false;
  std::vector<NamePair> pairs{};  ///< of names, or of names of one column, that are the same class
  std::string remedy{};           ///< besides --map
};

OtherNames find_other_names(const ComparedClasses& classes) {
  std::vector<std::string> labels = classes.labels.names, predictions = classes.predictions.names;
  std::ranges::sort(labels);
  std::ranges::sort(predictions);
  const auto labels_only = without(labels, predictions), predictions_only = without(predictions, labels);
  const auto numeric = [](const Column& column) { return column.kind == ColumnKind::numeric; };
  const bool kinds = numeric(classes.label) != numeric(classes.prediction);
  const bool none_shared = labels_only.size() == labels.size();
  if (labels_only.empty() && predictions_only.empty()) return {};
  const PairCounts counts(classes);
  const std::int64_t shift = shift_of(counts);
  if (shift != 0 && !none_shared)
    return {.refused = true,
            .pairs = shifted_pairs(classes, shift),
            .remedy = labels.size() > 2 ? ", or --task numbers if they are no classes" : ""};
  if (none_shared)
    return {.refused = kinds || (labels.size() > 1 && predictions.size() > 1),
            .pairs = most_frequent_pairs(counts, labels_only, predictions_only)};
  if (labels.size() != 2 || predictions.size() != 2 || labels_only.size() != 1) return {};
  const std::string &label = labels_only.front(), &prediction = predictions_only.front();
  const bool signs = (label == "-1" && prediction == "0") || (label == "0" && prediction == "-1");
  const std::size_t both = counts.of(label, prediction);
  const std::size_t agreed =
      both + counts.agreeing([](const std::string& one, const std::string& other) { return one == other; });
  return {.refused = kinds || signs || (both > 0 && counts.are_most(agreed)),
          .pairs = {{label, prediction}},
          .remedy = kinds || signs ? "" : ", or name all of them with --classes if they differ"};
}

bool are_named(const ComparedClasses& classes) {
  const auto named = [&](const std::string& name) { return std::ranges::count(classes.named, name) > 0; };
  return std::ranges::all_of(classes.labels.names, named) && std::ranges::all_of(classes.predictions.names, named);
}

}  // namespace

Result<void> check_common_classes(const ComparedClasses& classes, bool compared, std::vector<std::string>& warnings) {
  std::vector<std::string> labels = classes.labels.names, predictions = classes.predictions.names;
  if (labels.empty() || predictions.empty() || are_named(classes)) return {};
  const OtherNames found = find_other_names(classes);
  if (!found.refused) return {};
  sort_classes(labels);
  sort_classes(predictions);
  const std::string what =
      fmt::format("{} and {} name their classes differently: {} against {}; say which are the same, perhaps {}{}",
                  classes.label.name, classes.prediction.name, some_of(labels), some_of(predictions),
                  map_flag(found.pairs), found.remedy);
  if (compared) return invalid_argument(what + ", or what fails with --failure");
  warnings.push_back(what);
  return {};
}

}  // namespace errata::table
