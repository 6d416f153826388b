// What failed, and how sure the model was.
//
// Problem: the roles say which columns hold label, prediction and scores, but not what they mean: 0 and 1 may be
// classes or numbers, a score the probability of one class or the confidence in whichever was predicted.
//
// Idea: what the user says, else decide from the values, in the open. Which integers are classes stands in task.cc,
// which names are one class in class_spelling.cc, which columns are scores of classes in class_scores.cc, and what a
// single score means in score_meaning.cc; each guess that could go the other way is a warning that names the flag.
#include "errata/table/outcome.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "errata/table/class_scores.h"
#include "errata/table/classes.h"
#include "errata/table/common_classes.h"
#include "errata/table/failure_rule.h"
#include "errata/table/judged_rows.h"
#include "errata/table/score_meaning.h"
#include "errata/table/task.h"

namespace errata::table {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kRare = 0.01, kNearlyAll = 0.98;
constexpr std::uint32_t kNoClass = PredictionLog::kNoClass;

bool is_probability(double x) { return x >= 0 && x <= 1; }

bool holds_integers(const Column& column) {
  return std::ranges::all_of(column.numbers, [](double x) { return !std::isfinite(x) || x == std::trunc(x); });
}

class Outcome {
 public:
  Outcome(PredictionLog& log, const OutcomeOptions& options) : log_(log), options_(options) {}

  Result<void> settle() {
    label_ = role(log_.roles.label);
    prediction_ = role(log_.roles.prediction);
    ERRATA_TRY(settle_task());
    ERRATA_TRY(settle_scores());
    const RuleInput input{.options = options_,
                          .label = label_,
                          .prediction = prediction_,
                          .derived_from = derived_from_,
                          .derived_classes = derived_classes_,
                          .spelling = spelling_,
                          .score_unit = unit_};
    ERRATA_ASSIGN(judged_, apply_failure_rule(log_, input));
    return drop_unjudged();
  }

 private:
  const Column* role(const std::optional<std::string>& name) const { return name ? log_.find(*name) : nullptr; }
  void warn(std::string message) { log_.warnings.push_back(std::move(message)); }
  bool is_guessed(std::string_view role_name) const { return std::ranges::count(log_.roles.guessed, role_name) > 0; }

  // --- task and classes

  Result<void> settle_task() {
    ERRATA_TRY(check_task());
    const bool settled = options_.settled != nullptr && options_.settled->roles.prediction;
    if (label_ != nullptr && prediction_ != nullptr && options_.task != Task::numbers && !settled &&
        is_probability_of_label())
      take_prediction_as_score();
    if (label_ != nullptr && prediction_ != nullptr) {
      ERRATA_TRY(check_settled_task());
      log_.task = task_of_two();
      if (log_.task == Task::classes) {
        ERRATA_TRY(settle_classes());
        ERRATA_TRY(settle_class_columns());
        complete_single_class();
      }
    } else if (label_ != nullptr && options_.task != Task::numbers) {
      return derive_prediction();
    } else if (label_ == nullptr && prediction_ != nullptr && options_.may_lack_outcomes) {
      ERRATA_TRY(take_predicted_classes());
    }
    return settle_positive();
  }

  Result<void> check_task() {
    if (options_.task != Task::numbers) return {};
    for (const auto& [what, column] : {std::pair{"label", label_}, std::pair{"prediction", prediction_}})
      if (column != nullptr && column->kind != ColumnKind::numeric)
        return invalid_argument(fmt::format("task numbers: {} column {} does not hold numbers", what, column->name));
    return {};
  }

  // --- what another log has settled

  Task settled_task() const { return options_.settled != nullptr ? options_.settled->task : Task::unknown; }

  /// Columns that cannot be what they are in the other log.
  Result<void> check_settled_task() const {
    for (const Column* column : {label_, prediction_}) {
      if (settled_task() == Task::numbers && column->kind != ColumnKind::numeric)
        return other_task(*column, "it holds no numbers");
      if (settled_task() != Task::classes) continue;
      const auto odd =
          std::ranges::find_if(column->numbers, [](double x) { return !std::isnan(x) && x != std::trunc(x); });
      if (odd != column->numbers.end())
        return other_task(*column, fmt::format("{} in row {} is no class", *odd, odd - column->numbers.begin() + 1));
    }
    return {};
  }

  std::unexpected<Error> other_task(const Column& column, const std::string& what) const {
    return data_error(fmt::format(
        "{}: column {}: {}, but the log that it is compared with holds {}; name other columns with --label and "
        "--prediction",
        log_.files.empty() ? "the log" : log_.files.front(), column.name, what, name_of(settled_task())));
  }

  Task task_of_two() {
    if (options_.task) return *options_.task;
    if (settled_task() != Task::unknown) return settled_task();
    if (label_->kind != ColumnKind::numeric || prediction_->kind != ColumnKind::numeric) return Task::classes;
    if (!holds_integers(*label_) || !holds_integers(*prediction_)) return Task::numbers;
    if (distinct_integers(*label_, 2) == distinct_integers(*prediction_, 2) && distinct_integers(*label_, 2))
      return Task::classes;
    const TaskGuess guess = guess_task(label_->numbers, prediction_->numbers);
    const std::string_view other = guess.task == Task::classes ? name_of(Task::numbers) : name_of(Task::classes);
    if (!guess.doubt.empty())
      warn(fmt::format("{} and {} are taken as {} ({}); --task {} takes them as {}", label_->name, prediction_->name,
                       name_of(guess.task), guess.doubt, other, other));
    return guess.task;
  }

  Result<void> settle_classes() {
    ClassNames labels = class_names(*label_), predictions = class_names(*prediction_);
    ERRATA_TRY(spell({&labels, &predictions}));
    const bool compared = !options_.failure && !log_.roles.loss;
    ERRATA_TRY(check_common_classes({*label_, *prediction_, labels, predictions}, compared, log_.warnings));
    labels_ = std::move(labels);
    predictions_ = std::move(predictions);
    number_classes(named_);
    warn_unnamed();
    warn_one_sided(log_.label_class, log_.predicted_class, "label", "never predicted");
    warn_one_sided(log_.predicted_class, log_.label_class, "prediction", "never a label");
    return {};
  }

  /// The truth is not known yet: predictions are classes all the same, but for numbers.
  Result<void> take_predicted_classes() {
    const bool numbers = prediction_->kind == ColumnKind::numeric && !distinct_integers(*prediction_);
    if (options_.task == Task::numbers || (numbers && options_.task != Task::classes)) return {};
    predictions_ = class_names(*prediction_);
    ERRATA_TRY(spell({&predictions_}));
    number_classes(named_);
    log_.task = Task::classes;
    ERRATA_TRY(settle_class_columns());
    complete_single_class();
    return {};
  }

  void warn_unnamed() {
    if (options_.classes.classes.empty()) return;
    std::vector<std::string> unnamed;
    for (const std::string& name : log_.classes)
      if (std::ranges::count(named_, name) == 0 && unnamed.size() < 5) unnamed.push_back(name);
    if (!unnamed.empty()) warn(fmt::format("classes that --classes does not name: {}", fmt::join(unnamed, ", ")));
  }

  /// A quiet day has no positive cases; its scores speak of them all the same.
  void complete_single_class() {
    if (log_.classes.size() != 1 || !log_.roles.score) return;
    if (const auto other = opposite_class(log_.classes.front())) number_classes({*other});
  }

  /// Settles which names are one class, and renames to classes.
  Result<void> spell(const std::vector<ClassNames*>& columns) {
    std::vector<std::string> names;
    for (const ClassNames* column : columns) names.insert(names.end(), column->names.begin(), column->names.end());
    spelling_ = ClassSpelling(names, options_.classes);
    for (ClassNames* column : columns) *column = spelling_.renamed(std::move(*column));
    const bool said = !options_.classes.classes.empty() || options_.settled == nullptr;
    for (const std::string& name : said ? options_.classes.classes : options_.settled->classes)
      named_.push_back(spelling_.class_of(name));
    constexpr std::size_t kShown = 4;
    std::vector<std::string> merged = spelling_.merged();
    const bool more = merged.size() > kShown;
    if (more) merged.resize(kShown);
    if (!merged.empty())
      warn(fmt::format("classes: {}{}; --map VALUE=CLASS names them otherwise", fmt::join(merged, ", "),
                       more ? ", …" : ""));
    if (!spelling_.unused().empty())
      warn(fmt::format("--map: no label or prediction is {}", fmt::join(spelling_.unused(), ", ")));
    return {};
  }

  /// The classes of labels, predictions and what else is known, in order, and each row's among them.
  void number_classes(const std::vector<std::string>& more) {
    log_.classes.insert(log_.classes.end(), more.begin(), more.end());
    for (const ClassNames* column : {&labels_, &predictions_})
      log_.classes.insert(log_.classes.end(), column->names.begin(), column->names.end());
    sort_classes(log_.classes);
    if (!labels_.rows.empty()) log_.label_class = renumber(labels_, log_.classes);
    if (!predictions_.rows.empty()) log_.predicted_class = renumber(predictions_, log_.classes);
  }

  void warn_one_sided(const std::vector<std::uint32_t>& in, const std::vector<std::uint32_t>& not_in,
                      std::string_view what, std::string_view never) {
    constexpr std::size_t kShown = 5;
    const auto a = counts(in), b = counts(not_in);
    std::string names;
    std::size_t count = 0;
    for (std::size_t c = 0; c < log_.classes.size(); ++c) {
      if (a[c] == 0 || b[c] > 0) continue;
      if (++count <= kShown) names += fmt::format("{}{} ({} rows)", names.empty() ? "" : ", ", log_.classes[c], a[c]);
    }
    if (count > kShown) names += fmt::format(" and {} more", count - kShown);
    if (count > 0) warn(fmt::format("{} values that are {}: {}", what, never, names));
  }

  /// Rows of each class.
  std::vector<std::size_t> counts(const std::vector<std::uint32_t>& rows) const {
    std::vector<std::size_t> counted(log_.classes.size(), 0);
    for (const std::uint32_t c : rows)
      if (c != kNoClass) ++counted[c];
    return counted;
  }

  /// The classes that a score must speak of: all that are predicted, and the labels that are not rare.
  std::vector<std::string> core_classes() const {
    const auto labelled = counts(log_.label_class), predicted = counts(log_.predicted_class);
    std::vector<std::string> core;
    for (std::size_t c = 0; c < log_.classes.size(); ++c) {
      const bool common = static_cast<double>(labelled[c]) >= kRare * static_cast<double>(log_.rows);
      if (predicted[c] > 0 || (common && labelled[c] > 0)) core.push_back(log_.classes[c]);
    }
    return core;
  }

  // --- predictions that are made from scores

  /// A label of two values, and a prediction in [0, 1] or in percent that is no class.
  bool is_probability_of_label() const {
    if (log_.roles.score || !log_.roles.scores.empty() || prediction_->kind != ColumnKind::numeric) return false;
    const auto labels = distinct_integers(*label_, 2);
    if (label_->kind == ColumnKind::numeric && !(labels && std::ranges::all_of(*labels, is_probability))) return false;
    if (label_->categories.size() > 2) return false;
    const auto& values = prediction_->numbers;
    if (std::ranges::all_of(values, [](double x) { return !std::isfinite(x) || x == 0 || x == 1; })) return false;
    const bool shares = std::ranges::all_of(values, [](double x) { return std::isnan(x) || is_probability(x); });
    return shares || scale_of(std::array{prediction_}).unit == 100;
  }

  void take_prediction_as_score() {
    log_.roles.score = std::exchange(log_.roles.prediction, std::nullopt);
    prediction_ = nullptr;
    std::ranges::replace(log_.roles.guessed, std::string("prediction"), std::string("score"));
  }

  /// No prediction: the class of the largest score, or of two the positive one where its probability is at least 0.5.
  Result<void> derive_prediction() {
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

  Result<void> derive_by_threshold() {
    const std::string& score = log_.roles.score ? *log_.roles.score : log_.roles.scores[positive_column()];
    derived_from_ = {log_.find(score)};
    Pair two = *pair_of_classes();
    if (log_.classes[two.positive] != *log_.positive) std::swap(two.negative, two.positive);
    const auto [negative, positive] = two;
    derived_classes_ = {log_.classes[positive], log_.classes[negative]};
    log_.predicted_class.reserve(log_.rows);
    for (const double x : derived_from_.front()->numbers)
      log_.predicted_class.push_back(!is_probability(x) ? kNoClass : x >= 0.5 ? positive : negative);
    warn(fmt::format("no column holds predicted classes: predicted is {} where {} >= {}, else {}", *log_.positive,
                     score, 0.5 * unit_, log_.classes[negative]));
    return {};
  }

  Result<void> derive_largest() {
    for (const std::string& name : log_.roles.scores) derived_from_.push_back(log_.find(name));
    derived_classes_ = score_classes_;
    log_.score_class = places_of(score_classes_);
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

  // --- the positive class

  struct Pair {
    std::uint32_t negative = 0, positive = 1;
  };

  std::uint32_t place_of(const std::string& name) const {
    return static_cast<std::uint32_t>(std::ranges::find(log_.classes, name) - log_.classes.begin());
  }
  std::vector<std::uint32_t> places_of(const std::vector<std::string>& names) const {
    std::vector<std::uint32_t> places;
    for (const std::string& name : names) places.push_back(place_of(name));
    return places;
  }

  /// The two classes that a single score speaks of, though a stray label may be a third one.
  std::optional<Pair> pair_of_classes() const {
    auto two = two_classes();
    const bool known = two && log_.classes.size() >= 2 && named_.size() != 2;
    if (known && is_yes(log_.classes[two->negative]) && !is_yes(log_.classes[two->positive]))
      std::swap(two->negative, two->positive);  // "Yes" comes before "no" in order
    return two;
  }

  std::optional<Pair> two_classes() const {
    if (named_.size() == 2) return Pair{.negative = place_of(named_[0]), .positive = place_of(named_[1])};
    if (score_classes_.size() == 2)
      return Pair{.negative = place_of(score_classes_[0]), .positive = place_of(score_classes_[1])};
    if (log_.classes.size() <= 2) return Pair{};
    if (log_.predicted_class.empty()) return std::nullopt;
    const auto predicted = counts(log_.predicted_class);
    std::uint32_t first = 0, second = 1;
    double all = 0;
    for (std::uint32_t c = 0; c < predicted.size(); ++c) {
      all += static_cast<double>(predicted[c]);
      if (c < 2) continue;
      std::uint32_t& least = predicted[first] < predicted[second] ? first : second;
      if (predicted[c] > predicted[least]) least = c;
    }
    if (predicted[first] == 0 || predicted[second] == 0) return std::nullopt;
    if (static_cast<double>(predicted[first] + predicted[second]) < kNearlyAll * all) return std::nullopt;
    return Pair{.negative = std::min(first, second), .positive = std::max(first, second)};
  }

  Result<void> settle_positive() {
    const auto two = log_.classes.size() >= 2 ? pair_of_classes() : std::nullopt;
    if (two && (log_.classes.size() == 2 || named_.size() == 2 || score_classes_.size() == 2))
      log_.positive = log_.classes[two->positive];
    if (two && log_.positive && options_.settled != nullptr &&
        options_.settled->positive == log_.classes[two->negative])
      log_.positive = options_.settled->positive;
    if (!options_.positive) return {};
    if (!two) {
      return invalid_argument(
          fmt::format("positive class {}: the log has {} classes, not two", *options_.positive, log_.classes.size()));
    }
    const std::string& positive = log_.classes[two->positive];
    const std::string& negative = log_.classes[two->negative];
    log_.positive = spelling_.class_of(*options_.positive);
    if (*log_.positive != positive && *log_.positive != negative) {
      return invalid_argument(fmt::format("positive class {}: the classes are {} and {}", *options_.positive,
                                          std::min(negative, positive), std::max(negative, positive)));
    }
    return {};
  }

  std::size_t positive_column() const {
    return static_cast<std::size_t>(std::ranges::find(score_classes_, *log_.positive) - score_classes_.begin());
  }

  // --- scores

  /// The single score: percents become shares.
  Result<void> scale_single_score() {
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

  /// Turns percents into shares, all columns alike.
  /// @return what is wrong with them, if anything is
  std::optional<std::string> scale(const std::vector<std::string>& names) {
    std::vector<const Column*> columns;
    for (const std::string& name : names) columns.push_back(log_.find(name));
    const ScoreScale found = scale_of(columns);
    if (!found.fault.empty()) return found.fault;
    if (found.unit == 1) return std::nullopt;
    for (const std::string& name : names)
      if (std::ranges::count(log_.roles.features, name) > 0) return "percents cannot be a score and a feature at once";
    unit_ = found.unit;
    for (Column& column : log_.columns) {
      if (std::ranges::count(names, column.name) == 0) continue;
      for (double& x : column.numbers) x /= unit_;
    }
    warn(fmt::format("score column{} {}: in percent; taken as hundredths, as 0.25 for 25", names.size() > 1 ? "s" : "",
                     fmt::join(names, ", ")));
    return std::nullopt;
  }

  /// Which columns are one score a class: those that the user named, or columns of usual names.
  Result<void> settle_class_columns() {
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

  Result<void> set_aside(const ClassScores& scores) {
    for (const std::string& name : scores.columns) {
      if (name == log_.roles.score) continue;
      log_.roles.ignored.push_back(name);
      warn(fmt::format("column {}: ignored: it is the score of a class; name it with --features to use it as a feature",
                       name));
    }
    return {};
  }

  /// The classes of columns that the user named: by their names, in the order of --classes, or in that of the classes.
  Result<void> settle_named_columns() {
    const std::vector<std::string>& names = log_.roles.scores;
    if (const auto fault = scale(names))
      return data_error(fmt::format("scores {}: {}", fmt::join(names, ", "), *fault));
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

  /// @param classes  [roles.scores]; columns are put into the order of the classes
  void take_score_classes(std::vector<std::string> classes) {
    const std::vector<std::string> columns = log_.roles.scores;
    number_classes(classes);
    score_classes_ = classes;
    sort_classes(score_classes_);
    for (std::size_t i = 0; i < classes.size(); ++i) {
      const auto at = std::ranges::find(score_classes_, classes[i]) - score_classes_.begin();
      log_.roles.scores[static_cast<std::size_t>(at)] = columns[i];
    }
  }

  Result<void> settle_scores() {
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

  void take_positive_score(const Column& score) {
    log_.positive_score = score.numbers;
    for (double& x : log_.positive_score) x = is_probability(x) ? x : kNaN;
  }

  Result<void> settle_class_scores() {
    log_.confidence.assign(log_.rows, -1);
    for (const std::string& name : log_.roles.scores) {
      const std::vector<double>& values = log_.find(name)->numbers;
      for (std::size_t row = 0; row < log_.rows; ++row) {
        double& most = log_.confidence[row];
        most = is_probability(values[row]) ? std::max(most, values[row]) : kNaN;  // and NaN stays
      }
    }
    if (log_.task != Task::classes || score_classes_.empty()) return {};
    log_.score_class = places_of(score_classes_);
    if (score_classes_.size() != 2) return {};
    if (!log_.positive) log_.positive = score_classes_.back();
    take_positive_score(*log_.find(log_.roles.scores[positive_column()]));
    return {};
  }

  void warn_bad_scores(const Column& score) {
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

  // --- what a single score means

  Result<void> settle_meaning(const Column& score) {
    const auto two = log_.task == Task::classes && log_.classes.size() >= 2 ? pair_of_classes() : std::nullopt;
    if (options_.score_means) return take_said_meaning(two);
    if (options_.settled != nullptr && options_.settled->score_meaning != ScoreMeaning::none) {
      log_.score_meaning = options_.settled->score_meaning;
      return {};
    }
    if (two && settle_meaning_of_two(score, *two)) return {};
    const auto below = [&](double bound) {
      return std::ranges::count_if(score.numbers, [&](double x) { return x >= 0 && x < bound; });
    };
    log_.score_meaning = ScoreMeaning::predicted_class;
    if (log_.task == Task::unknown && below(0.5) > 0) log_.score_meaning = ScoreMeaning::positive_class;
    if (log_.task != Task::classes) return {};
    const double least = 1 / static_cast<double>(std::max<std::size_t>(log_.classes.size(), 2));
    if (static_cast<double>(below(least - 1e-3)) <= (1 - kNearlyAll) * static_cast<double>(log_.rows)) return {};
    const bool one_class = log_.classes.size() == 1;
    if (one_class) log_.score_meaning = ScoreMeaning::positive_class;
    warn(fmt::format(
        "score column {}: it is below 1/{} in {} rows, which {}; taken as {}; --classes names all classes, "
        "--score-means says what it is",
        score.name, std::max<std::size_t>(log_.classes.size(), 2), below(least - 1e-3),
        one_class ? "the confidence in the only class is not" : "the largest of as many scores is not",
        one_class ? "the probability of a class that the log does not have" : "the confidence in the prediction"));
    return {};
  }

  Result<void> take_said_meaning(const std::optional<Pair>& two) {
    log_.score_meaning = *options_.score_means;
    if (log_.score_meaning != ScoreMeaning::positive_class || log_.task != Task::classes) return {};
    if (!two)
      return invalid_argument(
          fmt::format("score-means positive: the log has {} classes, not two; name the two with "
                      "--classes NEGATIVE,POSITIVE",
                      log_.classes.size()));
    if (!log_.positive) log_.positive = log_.classes[two->positive];
    return {};
  }

  /// @return false when only the values could say which class it speaks of, and they do not
  bool settle_meaning_of_two(const Column& score, Pair two) {
    if (log_.positive && log_.classes[two.positive] != *log_.positive) std::swap(two.negative, two.positive);
    const bool sure = log_.classes.size() > 2 && !log_.positive;
    MeaningGuess guess = guess_meaning({.name = score.name,
                                        .score = score.numbers,
                                        .predicted = log_.predicted_class,
                                        .negative = two.negative,
                                        .positive = two.positive,
                                        .sure = sure});
    using Means = MeaningGuess::Means;
    if (sure && guess.means == Means::confidence) return false;
    if (guess.means == Means::negative && options_.positive) guess.means = Means::positive;
    log_.score_meaning =
        guess.means == Means::confidence ? ScoreMeaning::predicted_class : ScoreMeaning::positive_class;
    if (guess.means == Means::positive) log_.positive = log_.classes[two.positive];
    if (guess.means == Means::negative) log_.positive = log_.classes[two.negative];
    if (guess.doubt.empty()) return true;
    const bool confidence = guess.means == Means::confidence;
    warn(fmt::format("score column {}: {}; taken as {}; --score-means {} and --positive say otherwise", score.name,
                     guess.doubt,
                     confidence ? "the confidence in the prediction" : "the probability of " + *log_.positive,
                     confidence ? "positive" : "confidence"));
    return true;
  }

  // --- rows without a label or prediction

  Result<void> drop_unjudged() {
    const std::size_t all = log_.rows;
    const auto left = static_cast<std::size_t>(std::ranges::count(judged_, std::uint8_t{1}));
    if (left == all) return {};
    if (options_.keep_unjudged) {
      log_.judged = std::move(judged_);
      return {};
    }
    if (left == 0) {
      return data_error(
          fmt::format("no row can be judged: in all {} rows the label or the prediction is missing", all));
    }
    for (std::uint32_t row = 0; row < judged_.size(); ++row)
      if (judged_[row] == 0) log_.left_out.push_back(row);
    const auto first = log_.left_out.front();
    warn(fmt::format("{} of {} rows have no label or no prediction (the first is row {}) and are left out", all - left,
                     all, first + 1));
    keep_rows(log_, judged_);
    return {};
  }

  PredictionLog& log_;
  const OutcomeOptions& options_;
  const Column* label_ = nullptr;
  const Column* prediction_ = nullptr;
  ClassSpelling spelling_;
  std::vector<std::string> named_;            ///< classes that the user named, or that another log has
  ClassNames labels_, predictions_;           ///< as classes
  std::vector<std::string> score_classes_;    ///< [roles.scores]
  double unit_ = 1;                           ///< of the scores in the file; memory holds shares
  std::vector<const Column*> derived_from_;   ///< what the prediction was made from, where no column holds it
  std::vector<std::string> derived_classes_;  ///< [derived_from_] or the positive and the negative one
  std::vector<std::uint8_t> judged_;
};

}  // namespace

Result<void> settle_outcome(PredictionLog& log, const OutcomeOptions& options) {
  return Outcome(log, options).settle();
}

}  // namespace errata::table
