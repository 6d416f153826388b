#include "errata/table/class_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

namespace errata::table {
namespace {

constexpr std::array<std::string_view, 12> kPrefixes{"p_",           "prob_",       "proba_",     "y_prob_",
                                                     "y_proba_",     "score_",      "pred_prob_", "pred_proba_",
                                                     "probability_", "confidence_", "softmax_",   "prob."};
constexpr double kNearlyAll = 0.98;

bool contains_all(const std::vector<std::string>& classes, const std::vector<std::string>& seen) {
  return std::ranges::all_of(seen, [&](const std::string& one) { return std::ranges::count(classes, one) > 0; });
}

bool all_different(const std::vector<std::string>& names) {
  return std::set<std::string>(names.begin(), names.end()).size() == names.size();
}

/// Columns that no other role has, but for a guessed score.
std::vector<const Column*> columns_with(const PredictionLog& log, std::string_view prefix) {
  std::vector<const Column*> found;
  for (const Column& column : log.columns) {
    const bool free = std::ranges::count(log.roles.features, column.name) > 0 || column.name == log.roles.score;
    if (!free || column.kind != ColumnKind::numeric) continue;
    if (column.name.starts_with(prefix) && column.name.size() > prefix.size()) found.push_back(&column);
  }
  return found;
}

/// Rounded to two digits, k numbers that add up to 1 are off by k half digits at most.
bool add_up(const std::vector<const Column*>& columns) {
  const std::size_t rows = columns.front()->numbers.size();
  const double slack = 0.005 * static_cast<double>(columns.size()) + 1e-6;
  std::size_t known = 0, ones = 0, hundreds = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    double sum = 0, least = 0;
    for (const Column* column : columns) {
      sum += column->numbers[row];
      least = std::min(least, column->numbers[row]);
    }
    if (!std::isfinite(sum)) continue;
    ++known;
    ones += least >= 0 && std::abs(sum - 1) <= slack ? 1U : 0U;
    hundreds += least >= 0 && std::abs(sum - 100) <= 100 * slack ? 1U : 0U;
  }
  return known > 0 && static_cast<double>(std::max(ones, hundreds)) >= kNearlyAll * static_cast<double>(known);
}

ClassScores scores_of(const std::vector<const Column*>& columns, std::vector<std::string> classes) {
  ClassScores scores{.columns = {}, .classes = std::move(classes)};
  for (const Column* column : columns) scores.columns.push_back(column->name);
  return scores;
}

/// Columns numbered from 0, in the order of the numbers; nothing for others.
std::optional<std::vector<const Column*>> numbered(const std::vector<const Column*>& columns, std::string_view prefix) {
  std::vector<const Column*> ordered;
  for (std::size_t number = 0; number < columns.size(); ++number) {
    const std::string name = fmt::format("{}{}", prefix, number);
    const auto found = std::ranges::find(columns, name, [](const Column* column) { return column->name; });
    if (found == columns.end()) return std::nullopt;
    ordered.push_back(*found);
  }
  return ordered;
}

std::optional<ClassScores> with_prefix(const PredictionLog& log, std::string_view prefix,
                                       const std::vector<std::string>& seen, const ClassSpelling& spelling) {
  const auto columns = columns_with(log, prefix);
  if (columns.size() < 2) return std::nullopt;
  std::vector<std::string> classes;
  for (const Column* column : columns) classes.push_back(spelling.class_of(column->name.substr(prefix.size())));
  if (all_different(classes) && contains_all(classes, seen) && (classes.size() == seen.size() || add_up(columns)))
    return scores_of(columns, std::move(classes));
  if (seen.size() < 2) return std::nullopt;
  if (contains_all(classes, seen)) {  // and other columns that begin so by chance: p_value
    std::vector<const Column*> own;
    for (const std::string& one : seen)
      own.push_back(columns[std::size_t(std::ranges::find(classes, one) - classes.begin())]);
    return scores_of(own, seen);
  }
  const auto ordered = numbered(columns, prefix);
  if (!ordered || ordered->size() != seen.size() || !add_up(columns)) return std::nullopt;
  ClassScores scores = scores_of(*ordered, seen);
  scores.by_place = true;
  return scores;
}

/// How many characters all names begin with.
std::size_t common_prefix(std::span<const std::string> names) {
  std::size_t length = names.front().size();
  for (const std::string& name : names)
    length = std::min(length, std::size_t(std::ranges::mismatch(name, names.front()).in1 - name.begin()));
  return length;
}

std::size_t common_suffix(std::span<const std::string> names) {
  std::vector<std::string> reversed(names.begin(), names.end());
  for (std::string& name : reversed) std::ranges::reverse(name);
  return common_prefix(reversed);
}

}  // namespace

std::optional<ClassScores> guess_class_scores(const PredictionLog& log, const std::vector<std::string>& seen,
                                              const ClassSpelling& spelling) {
  for (const std::string_view prefix : kPrefixes)
    if (auto scores = with_prefix(log, prefix, seen, spelling)) return scores;
  return std::nullopt;
}

std::optional<std::vector<std::string>> classes_in_names(std::span<const std::string> columns,
                                                         const std::vector<std::string>& seen,
                                                         const ClassSpelling& spelling) {
  if (columns.size() < 2 || seen.empty()) return std::nullopt;
  const std::size_t prefix = common_prefix(columns), suffix = common_suffix(columns);
  for (std::size_t begin = prefix + 1; begin-- > 0;) {
    for (std::size_t end = suffix + 1; end-- > 0;) {
      std::vector<std::string> classes;
      for (const std::string& name : columns)
        if (name.size() > begin + end)
          classes.push_back(spelling.class_of(name.substr(begin, name.size() - begin - end)));
      if (classes.size() == columns.size() && all_different(classes) && contains_all(classes, seen)) return classes;
    }
  }
  return std::nullopt;
}

}  // namespace errata::table
