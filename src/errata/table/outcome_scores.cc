#include "errata/table/outcome_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "errata/base/limits.h"
#include "errata/table/score_meaning.h"

namespace errata::table {
namespace {

/// Both classes occur, and scores of at least 0.5 go with the positive one.
bool fit_as_shares(const MeaningInput& input) {
  const auto occurs = [&](std::uint32_t c) { return std::ranges::count(input.predicted, c) > 0; };
  const MeaningGuess guess = guess_meaning(input);
  return occurs(input.negative) && occurs(input.positive) && guess.means == MeaningGuess::Means::positive &&
         guess.doubt.empty();
}

/// The mean probability of a class is about as large as the class is frequent: is that of scores in [0, 1] nearer to
/// it, as a ratio, when they are taken as percents? So it is where few rows say little.
bool is_likelier_in_percent(const std::vector<double>& scores, const std::vector<std::uint32_t>& classes,
                            std::uint32_t positive) {
  double sum = 0, rows = 0, positives = 0.5;  // half a case more, since none is no proof of never
  for (std::size_t row = 0; row < scores.size(); ++row) {
    if (std::isnan(scores[row]) || classes[row] == kNoClass) continue;
    rows += 1;
    sum += scores[row];
    positives += classes[row] == positive ? 1 : 0;
  }
  constexpr double kTooFewToTell = 100;
  if (rows < kTooFewToTell || sum <= 0) return true;
  const double share = std::log(sum / rows), percent = share - std::log(100.0);
  const double frequency = std::log(positives / (rows + 1));
  return std::abs(percent - frequency) < std::abs(share - frequency);
}

}  // namespace

Result<void> OutcomeSteps::scale_single_score() {
  if (!log_.roles.score || !derived_from_.empty()) return {};
  const std::string name = *log_.roles.score;
  const auto fault = scale({name});
  if (!fault) return {};
  if (!is_guessed("score") || (label_ != nullptr && prediction_ == nullptr))
    return data_error(fmt::format("score column {}: {}", name, *fault));
  warn(fmt::format("score column {}: {}; it is left out (--score names another)", name, *fault));
  log_.roles.score.reset();
  std::erase(log_.roles.guessed, "score");
  log_.roles.ignored.push_back(name);
  return {};
}

bool OutcomeSteps::are_percents_as_settled(const std::vector<const Column*>& columns) const {
  const SettledRule* settled = options_.settled;
  if (settled == nullptr || settled->score_unit == 1) return false;
  // Confidences and scores of all classes cannot all be below 1%.
  if (columns.size() != 1 || columns.front()->name != settled->roles.score ||
      settled->score_meaning != ScoreMeaning::positive_class)
    return false;
  const auto& classes = log_.predicted_class.empty() ? log_.label_class : log_.predicted_class;
  const auto two = classes.empty() || !settled->positive ? std::nullopt : pair_of_classes();
  if (!two) return true;
  const std::uint32_t positive = index_of(*settled->positive);
  const std::uint32_t negative = two->negative == positive ? two->positive : two->negative;
  const std::vector<double> scores = columns.front()->numbers.to_vector();
  if (fit_as_shares({.score = scores, .predicted = classes, .negative = negative, .positive = positive})) return false;
  return is_likelier_in_percent(scores, classes, positive);
}

std::optional<std::string> OutcomeSteps::scale(const std::vector<std::string>& names) {
  std::vector<const Column*> columns;
  for (const std::string& name : names) columns.push_back(log_.find(name));
  ScoreScale found = scale_of(columns);
  const bool as_settled = found.unit == 1 && found.may_be_percents && are_percents_as_settled(columns);
  if (as_settled) found = {.unit = 100};
  if (!found.fault.empty()) return found.fault;
  if (found.unit == 1) return std::nullopt;
  for (const std::string& name : names)
    if (std::ranges::count(log_.roles.features, name) > 0) return "percents cannot be a score and a feature at once";
  log_.score_unit = found.unit;
  for (Column& column : log_.columns) {
    if (std::ranges::count(names, column.name) == 0) continue;
    column.numbers.divide_by(log_.score_unit);
  }
  warn(fmt::format("score column{} {}: in percent{}; taken as hundredths, as 0.25 for 25", names.size() > 1 ? "s" : "",
                   fmt::join(names, ", "), as_settled ? " as in the log that it is compared with" : ""));
  return std::nullopt;
}

Result<void> OutcomeSteps::settle_class_columns() {
  if (!log_.roles.scores.empty()) return settle_named_columns();
  if (log_.task == Task::numbers || !derived_from_.empty()) return {};
  auto found = guess_class_scores(log_, core_classes(), spelling_);
  if (!found) return {};
  std::erase_if(log_.roles.features, [&](const std::string& f) { return std::ranges::count(found->columns, f) > 0; });
  if ((log_.roles.score && !is_guessed("score")) || scale(found->columns)) return set_aside(*found);
  std::erase(log_.roles.guessed, "score");
  log_.roles.guessed.emplace_back("scores");
  log_.roles.score.reset();
  log_.roles.scores = std::move(found->columns);
  take_score_classes(std::move(found->classes));
  if (found->by_place)
    warn(fmt::format("scores {}: taken as those of {}, in this order; --scores and --classes name others",
                     fmt::join(log_.roles.scores, ", "), fmt::join(score_classes_, ", ")));
  return {};
}

Result<void> OutcomeSteps::set_aside(const ClassScores& scores) {
  for (const std::string& name : scores.columns) {
    if (name == log_.roles.score) continue;
    log_.roles.ignored.push_back(name);
    warn(fmt::format("column {}: ignored: it is the score of a class; name it with --features to use it as a feature",
                     name));
  }
  return {};
}

Result<void> OutcomeSteps::settle_named_columns() {
  const std::vector<std::string>& names = log_.roles.scores;
  if (const auto fault = scale(names)) return data_error(fmt::format("scores {}: {}", fmt::join(names, ", "), *fault));
  if (log_.classes.empty()) return {};
  if (auto classes = classes_in_names(names, core_classes(), spelling_)) {
    take_score_classes(std::move(*classes));
  } else if (names.size() == named_.size()) {
    take_score_classes(named_);
  } else if (names.size() == log_.classes.size()) {
    take_score_classes(log_.classes);
  } else {
    return invalid_argument(
        fmt::format("scores: {} columns are named, but the log has {} classes; name one column a "
                    "class, in the order of the sorted classes, or all classes with --classes",
                    names.size(), log_.classes.size()));
  }
  return {};
}

void OutcomeSteps::take_score_classes(std::vector<std::string> classes) {
  const std::vector<std::string> columns = log_.roles.scores;
  number_classes(classes);
  score_classes_ = classes;
  sort_classes(score_classes_);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto at = std::ranges::find(score_classes_, classes[i]) - score_classes_.begin();
    log_.roles.scores[static_cast<std::size_t>(at)] = columns[i];
  }
}

Result<void> OutcomeSteps::settle_scores() {
  if (score_classes_.empty() && log_.task != Task::classes) ERRATA_TRY(settle_class_columns());
  ERRATA_TRY(scale_single_score());
  for (const std::string& name : log_.roles.scores) warn_bad_scores(*log_.find(name));
  if (!log_.roles.scores.empty()) return settle_class_scores();
  if (!log_.roles.score) return {};
  const Column& score = *log_.find(*log_.roles.score);
  warn_bad_scores(score);
  ERRATA_TRY(settle_meaning(score));
  const bool positive = log_.score_meaning == ScoreMeaning::positive_class;
  log_.confidence.reserve(log_.rows);
  for (const double x : score.numbers) {
    log_.confidence.push_back(!is_probability(x) ? kNaN : positive ? std::max(x, 1 - x) : x);
  }
  if (positive && log_.positive) take_positive_score(score);
  return {};
}

void OutcomeSteps::take_positive_score(const Column& score) {
  log_.positive_score = score.numbers.to_vector();
  for (double& x : log_.positive_score) x = is_probability(x) ? x : kNaN;
}

Result<void> OutcomeSteps::settle_class_scores() {
  log_.confidence.assign(log_.rows, -1);
  for (const std::string& name : log_.roles.scores) {
    const Numbers& values = log_.find(name)->numbers;
    for (std::size_t row = 0; row < log_.rows; ++row) {
      double& most = log_.confidence[row];
      most = is_probability(values[row]) ? std::max(most, values[row]) : kNaN;  // and NaN stays
    }
  }
  if (log_.task != Task::classes || score_classes_.empty()) return {};
  log_.score_class = indices_of(score_classes_);
  if (score_classes_.size() != 2) return {};
  if (!log_.positive) log_.positive = score_classes_.back();
  take_positive_score(*log_.find(log_.roles.scores[positive_column()]));
  return {};
}

void OutcomeSteps::warn_bad_scores(const Column& score) {
  const auto outside = [](double x) { return !std::isnan(x) && !is_probability(x); };
  const auto report = [&](std::size_t count, std::string_view what, auto is) {
    if (count == 0) return;
    const auto first = std::ranges::find_if(score.numbers, is);
    warn(
        fmt::format("score column {}: {} of {} values are {}, the first is {} in row {}; those rows have no "
                    "confidence",
                    score.name, count, log_.rows, what, *first, first - score.numbers.begin() + 1));
  };
  const auto is_nan = [](double x) { return std::isnan(x); };
  report(static_cast<std::size_t>(std::ranges::count_if(score.numbers, outside)), "not in [0, 1]", outside);
  report(score.nan, "NaN", is_nan);
  report(score.missing - score.nan, "missing", is_nan);
}

}  // namespace errata::table
