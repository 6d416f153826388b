#include "errata/table/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "errata/table/classes.h"

namespace errata::table {
namespace {

// Integers that are one number and integers that are one class differ in how they are wrong. The bounds between are
// wide apart, and what lies between them, or speaks both ways, is told as a doubt.
constexpr double kClose = 0.35;       ///< errors as near as this are those of numbers
constexpr double kScattered = 0.75;   ///< errors as far as this are those of classes
constexpr double kMostlyRight = 0.5;  ///< exactly right: rare for numbers of many values
constexpr std::size_t kFewErrors = 10, kFewValues = 10;

struct Evidence {
  std::size_t rows = 0, errors = 0, values = 0;
  double agreement = 0;  ///< share of rows that are exactly right
  double shifted = 0;    ///< share of rows that are exactly one too low, or too high if these are more
  double chance = 0;     ///< the share that random pairs would have
  double closeness = 1;
};

std::vector<double> distinct_values(std::span<const double> label, std::span<const double> prediction) {
  std::vector<double> values;
  for (const auto numbers : {label, prediction})
    for (const double x : numbers)
      if (std::isfinite(x) && (values.empty() || x != values.back())) values.push_back(x);
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
  return values;
}

/// Labels and predictions of some rows, counted by the rank of their value.
struct Ranks {
  explicit Ranks(std::size_t values) : labels(values), predictions(values) {}
  std::vector<double> labels, predictions;

  /// Mean distance of two that are paired at random and differ, and the share of those that do not.
  [[nodiscard]] std::pair<double, double> random_pairs(double rows) const {
    double below_l = 0, below_p = 0, distance = 0, equal = 0;
    for (std::size_t rank = 0; rank < labels.size(); ++rank) {
      // Between this rank and the next stand all pairs with one on either side.
      below_l += labels[rank];
      below_p += predictions[rank];
      distance += below_l * (rows - below_p) + below_p * (rows - below_l);
      equal += labels[rank] * predictions[rank];
    }
    const double pairs = rows * rows;
    return {pairs > equal ? distance / (pairs - equal) : 0, equal / pairs};
  }
};

Evidence gather(std::span<const double> label, std::span<const double> prediction) {
  const std::vector<double> values = distinct_values(label, prediction);
  Evidence evidence{.values = values.size()};
  Ranks all(values.size()), wrong(values.size());
  double distance = 0, below = 0, above = 0;
  for (std::size_t row = 0; row < label.size(); ++row) {
    if (!std::isfinite(label[row]) || !std::isfinite(prediction[row])) continue;
    const auto rank_of = [&](double x) {
      return static_cast<std::size_t>(std::ranges::lower_bound(values, x) - values.begin());
    };
    below += label[row] == prediction[row] + 1 ? 1 : 0;
    above += label[row] == prediction[row] - 1 ? 1 : 0;
    const std::size_t l = rank_of(label[row]);
    const std::size_t p = label[row] == prediction[row] ? l : rank_of(prediction[row]);
    ++evidence.rows;
    all.labels[l] += 1;
    all.predictions[p] += 1;
    if (l == p) continue;
    ++evidence.errors;
    wrong.labels[l] += 1;
    wrong.predictions[p] += 1;
    distance += std::abs(static_cast<double>(l) - static_cast<double>(p));
  }
  if (evidence.rows == 0) return evidence;
  const auto rows = static_cast<double>(evidence.rows), errors = static_cast<double>(evidence.errors);
  evidence.agreement = 1 - errors / rows;
  evidence.shifted = std::max(below, above) / rows;
  evidence.chance = all.random_pairs(rows).second;
  const double expected = evidence.errors == 0 ? 0 : wrong.random_pairs(errors).first;
  if (expected > 0) evidence.closeness = distance / errors / expected;
  return evidence;
}

std::string words(const Evidence& evidence) {
  return fmt::format("{} different integers, {:.1f}% of predictions exactly right", evidence.values,
                     100 * evidence.agreement);
}

}  // namespace

TaskGuess guess_task(std::span<const double> label, std::span<const double> prediction) {
  const Evidence evidence = gather(label, prediction);
  const bool few_values = evidence.values <= kFewValues;
  const bool few_errors = evidence.errors < kFewErrors;
  const bool many_classes = evidence.values > kMaxIntegerClasses;
  const auto clear = [](Task task) { return TaskGuess{.task = task}; };
  const auto doubtful = [&](Task task) { return TaskGuess{.task = task, .doubt = words(evidence)}; };

  if (evidence.values <= 2) return clear(Task::classes);
  const bool mostly_right = evidence.agreement >= kMostlyRight;
  // Classes that one column counts from 0 and the other from 1 are wrong by exactly 1 (common_classes.h).
  if (!many_classes && evidence.shifted >= kMostlyRight && evidence.shifted > 2 * evidence.agreement)
    return doubtful(Task::classes);
  if (few_errors && mostly_right) return many_classes ? doubtful(Task::classes) : clear(Task::classes);
  if (evidence.closeness <= kClose) {
    if (few_values) return doubtful(Task::classes);
    if (mostly_right) return doubtful(many_classes ? Task::classes : Task::numbers);
    return few_errors ? doubtful(Task::numbers) : clear(Task::numbers);
  }
  if (evidence.closeness >= kScattered && evidence.agreement > 3 * evidence.chance)
    return many_classes ? doubtful(Task::classes) : clear(Task::classes);
  if (few_values && evidence.closeness >= kScattered) return clear(Task::classes);
  return doubtful(many_classes && !mostly_right ? Task::numbers : Task::classes);
}

}  // namespace errata::table
