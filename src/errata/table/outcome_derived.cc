#include "errata/table/outcome_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "errata/table/score_meaning.h"

namespace errata::table {
namespace {

/// Few whole numbers that leave out no more than they hold: {0, 1, 2, 4}, not {10, 50, 90}.
bool could_be_classes(const Column& column) {
  constexpr std::size_t kFew = 20;
  const auto values = distinct_integers(column, kFew);
  return values && !values->empty() && *values->rbegin() < 2 * static_cast<double>(values->size());
}

}  // namespace

bool OutcomeSteps::is_probability_of_label() const {
  if (log_.roles.score || !log_.roles.scores.empty() || prediction_->kind != ColumnKind::numeric) return false;
  const auto labels = distinct_integers(*label_, 2);
  if (label_->kind == ColumnKind::numeric && !(labels && std::ranges::all_of(*labels, is_probability))) return false;
  if (label_->categories.size() > 2) return false;
  const auto& values = prediction_->numbers;
  if (std::ranges::all_of(values, [](double x) { return !std::isfinite(x) || x == 0 || x == 1; })) return false;
  const bool shares = std::ranges::all_of(values, [](double x) { return std::isnan(x) || is_probability(x); });
  const bool no_labels = label_->missing == log_.rows;
  if (!shares && (could_be_classes(*prediction_) || (no_labels && holds_integers(*prediction_)))) return false;
  return shares || scale_of(std::array{prediction_}).unit == 100;
}

void OutcomeSteps::take_prediction_as_score() {
  log_.roles.score = std::exchange(log_.roles.prediction, std::nullopt);
  prediction_ = nullptr;
  std::ranges::replace(log_.roles.guessed, std::string("prediction"), std::string("score"));
}

Result<void> OutcomeSteps::derive_prediction() {
  if (label_->kind == ColumnKind::numeric && !holds_integers(*label_)) return {};
  labels_ = class_names(*label_);
  ERRATA_TRY(spell({&labels_}));
  number_classes(named_);
  if (!core_classes().empty()) ERRATA_TRY(settle_class_columns());
  ERRATA_TRY(scale_single_score());
  const bool single = log_.roles.score && pair_of_classes();
  if (log_.roles.scores.empty() && !single) {
    log_.classes.clear();
    log_.label_class.clear();
    return {};
  }
  log_.task = Task::classes;
  if (log_.roles.scores.size() > 2) return derive_largest();
  for (const char* other : {"1", "0"}) {
    const auto opposite = log_.classes.size() == 1 ? opposite_class(log_.classes.front()) : std::nullopt;
    const std::string name = opposite.value_or(other);
    const bool known = std::ranges::count(log_.classes, name) > 0;
    if (log_.classes.size() < 2 && !known) number_classes({name});
  }
  ERRATA_TRY(settle_positive());
  return derive_by_threshold();
}

Result<void> OutcomeSteps::derive_by_threshold() {
  const std::string& score = log_.roles.score ? *log_.roles.score : log_.roles.scores[positive_column()];
  derived_from_ = {log_.find(score)};
  Pair two = *pair_of_classes();
  if (log_.classes[two.positive] != *log_.positive) std::swap(two.negative, two.positive);
  const auto [negative, positive] = two;
  derived_classes_ = {log_.classes[positive], log_.classes[negative]};
  log_.predicted_class.reserve(log_.rows);
  for (const double x : derived_from_.front()->numbers)
    log_.predicted_class.push_back(!is_probability(x) ? kNoClass : x >= 0.5 ? positive : negative);
  warn(fmt::format("no column holds predicted classes: predicted is {} where {} >= {}, else {}", *log_.positive, score,
                   0.5 * log_.score_unit, log_.classes[negative]));
  return {};
}

Result<void> OutcomeSteps::derive_largest() {
  for (const std::string& name : log_.roles.scores) derived_from_.push_back(log_.find(name));
  derived_classes_ = score_classes_;
  log_.score_class = indices_of(score_classes_);
  log_.predicted_class.reserve(log_.rows);
  for (std::size_t row = 0; row < log_.rows; ++row) {
    std::size_t best = 0;
    bool known = true;
    for (std::size_t c = 0; c < derived_from_.size(); ++c) {
      known = known && is_probability(derived_from_[c]->numbers[row]);
      if (derived_from_[c]->numbers[row] > derived_from_[best]->numbers[row]) best = c;
    }
    log_.predicted_class.push_back(known ? log_.score_class[best] : kNoClass);
  }
  warn(
      fmt::format("no column holds predicted classes: predicted is the class with the largest of {}; --prediction "
                  "names a column",
                  fmt::join(log_.roles.scores, ", ")));
  return {};
}

}  // namespace errata::table
