// What failed, and how sure the model was.
//
// Problem: the roles say which columns hold label, prediction and scores, but not what they mean: 0 and 1 may be
// classes or numbers, a score the probability of one class or the confidence in whichever was predicted.
//
// Idea: decide from the values, in the open. Labels and predictions that are text, booleans or at most 100 different
// integers are classes, others numbers. A single score of a binary log is P(positive) unless the values speak against
// it: when score >= 1/2 goes with the positive prediction in nearly all rows it is P(positive), when it goes with the
// other class in nearly all rows the positive class is the other one, and otherwise, never being below 1/2, it is the
// confidence in the prediction.
#include "errata/table/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "errata/table/classes.h"
#include "errata/table/failure_rule.h"

namespace errata::table {
namespace {

constexpr double kNearlyAll = 0.98;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint32_t kNoClass = PredictionLog::kNoClass;

bool is_probability(double x) { return x >= 0 && x <= 1; }

class Outcome {
 public:
  Outcome(PredictionLog& log, const OutcomeOptions& options) : log_(log), options_(options) {}

  Result<void> settle() {
    label_ = role(log_.roles.label);
    prediction_ = role(log_.roles.prediction);
    ERRATA_TRY(settle_task());
    ERRATA_TRY(settle_scores());
    const RuleInput input{
        .options = options_, .label = label_, .prediction = prediction_, .derived_from = derived_from_};
    ERRATA_ASSIGN(judged_, apply_failure_rule(log_, input));
    return drop_unjudged();
  }

 private:
  const Column* role(const std::optional<std::string>& name) const { return name ? log_.find(*name) : nullptr; }
  void warn(std::string message) { log_.warnings.push_back(std::move(message)); }

  // --- task and classes

  Result<void> settle_task() {
    if (label_ != nullptr && prediction_ != nullptr) {
      if (label_->kind == ColumnKind::numeric && prediction_->kind == ColumnKind::numeric) {
        const auto labels = distinct_integers(*label_);
        const auto predictions = distinct_integers(*prediction_);
        if (labels && !predictions && prediction_is_probability(*labels)) return derive_prediction(true);
        std::set<double> both = labels.value_or(std::set<double>{});
        if (predictions) both.insert(predictions->begin(), predictions->end());
        log_.task = labels && predictions && both.size() <= kMaxIntegerClasses ? Task::classes : Task::numbers;
        if (settled_task() == Task::classes) ERRATA_TRY(check_classes());
        if (settled_task() != Task::unknown) log_.task = settled_task();
      } else {
        if (settled_task() == Task::numbers)
          return other_task(label_->kind == ColumnKind::numeric ? *prediction_ : *label_, "it holds no numbers");
        log_.task = Task::classes;
      }
      if (log_.task == Task::classes) settle_classes();
    } else if (label_ != nullptr && (log_.roles.score || log_.roles.scores.size() == 2) && can_be_binary(*label_)) {
      return derive_prediction(false);
    }
    return settle_positive();
  }

  // --- what another log has settled

  Task settled_task() const { return options_.settled != nullptr ? options_.settled->task : Task::unknown; }

  std::unexpected<Error> other_task(const Column& column, const std::string& what) const {
    return data_error(fmt::format(
        "{}: column {}: {}, but the log that it is compared with holds {}; name other columns with --label and "
        "--prediction",
        log_.files.empty() ? "the log" : log_.files.front(), column.name, what, name_of(settled_task())));
  }

  /// Numbers that are not whole name no classes.
  Result<void> check_classes() const {
    for (const Column* column : {label_, prediction_}) {
      const auto odd =
          std::ranges::find_if(column->numbers, [](double x) { return !std::isnan(x) && x != std::trunc(x); });
      if (odd == column->numbers.end()) continue;
      return other_task(*column, fmt::format("{} in row {} is no class", *odd, odd - column->numbers.begin() + 1));
    }
    return {};
  }

  /// Its classes are classes here too, with cases or without.
  void join_settled_classes() {
    if (options_.settled == nullptr) return;
    const auto& more = options_.settled->classes;
    log_.classes.insert(log_.classes.end(), more.begin(), more.end());
  }

  void settle_classes() {
    const bool mixed = is_boolean(*label_) != is_boolean(*prediction_) &&
                       (label_->kind == ColumnKind::numeric || prediction_->kind == ColumnKind::numeric);
    const ClassNames labels = class_names(*label_, mixed);
    const ClassNames predictions = class_names(*prediction_, mixed);
    log_.classes = labels.names;
    log_.classes.insert(log_.classes.end(), predictions.names.begin(), predictions.names.end());
    join_settled_classes();
    sort_classes(log_.classes);
    log_.label_class = renumber(labels, log_.classes);
    log_.predicted_class = renumber(predictions, log_.classes);
    warn_one_sided(log_.label_class, log_.predicted_class, "label", "never predicted");
    warn_one_sided(log_.predicted_class, log_.label_class, "prediction", "never a label");
  }

  void warn_one_sided(const std::vector<std::uint32_t>& in, const std::vector<std::uint32_t>& not_in,
                      std::string_view what, std::string_view never) {
    constexpr std::size_t kShown = 5;
    std::vector<std::size_t> a(log_.classes.size(), 0);
    std::vector<std::size_t> b(log_.classes.size(), 0);
    for (const std::uint32_t c : in) a[c == kNoClass ? 0 : c] += c == kNoClass ? 0 : 1;
    for (const std::uint32_t c : not_in) b[c == kNoClass ? 0 : c] += c == kNoClass ? 0 : 1;
    std::string names;
    std::size_t count = 0;
    for (std::size_t c = 0; c < log_.classes.size(); ++c) {
      if (a[c] == 0 || b[c] > 0) continue;
      if (++count <= kShown) names += fmt::format("{}{} ({} rows)", names.empty() ? "" : ", ", log_.classes[c], a[c]);
    }
    if (count > kShown) names += fmt::format(" and {} more", count - kShown);
    if (count > 0) warn(fmt::format("{} values that are {}: {}", what, never, names));
  }

  static bool can_be_binary(const Column& column) {
    if (column.kind == ColumnKind::categorical) return column.categories.size() <= 2;
    const auto values = distinct_integers(column);
    return values && values->size() <= 2;
  }

  bool prediction_is_probability(const std::set<double>& labels) const {
    const bool binary = std::ranges::all_of(labels, [](double x) { return x == 0 || x == 1; });
    return binary && !log_.roles.score && log_.roles.scores.empty() &&
           std::ranges::all_of(prediction_->numbers, [](double x) { return std::isnan(x) || is_probability(x); });
  }

  /// No prediction but a probability: predicted is positive where score >= 0.5.
  Result<void> derive_prediction(bool from_prediction_column) {
    if (from_prediction_column) {
      log_.roles.score = std::exchange(log_.roles.prediction, std::nullopt);
      prediction_ = nullptr;
      std::ranges::replace(log_.roles.guessed, std::string("prediction"), std::string("score"));
    }
    log_.task = Task::classes;
    const ClassNames labels = class_names(*label_, false);
    log_.classes = labels.names;
    join_settled_classes();
    sort_classes(log_.classes);
    if (log_.classes.size() > 2) log_.classes = labels.names;  // a score alone tells two classes apart
    for (const char* other : is_boolean(*label_) ? std::array{"true", "false"} : std::array{"1", "0"}) {
      const bool known = std::ranges::count(log_.classes, other) > 0;
      if (log_.classes.size() < 2 && !known) log_.classes.emplace_back(other);
    }
    sort_classes(log_.classes);
    log_.label_class = renumber(labels, log_.classes);
    ERRATA_TRY(settle_positive());
    const std::string& score = log_.roles.score ? *log_.roles.score : log_.roles.scores[positive_index()];
    derived_from_ = log_.find(score);
    log_.predicted_class.reserve(log_.rows);
    for (const double x : derived_from_->numbers) {
      const std::uint32_t predicted = x >= 0.5 ? positive_index() : 1 - positive_index();
      log_.predicted_class.push_back(is_probability(x) ? predicted : kNoClass);
    }
    warn(fmt::format("no column holds predicted classes: predicted is {} where {} >= 0.5, else {}", *log_.positive,
                     score, log_.classes[1 - positive_index()]));
    return {};
  }

  Result<void> settle_positive() {
    if (log_.classes.size() == 2) log_.positive = options_.positive.value_or(log_.classes[1]);
    const bool settled = options_.settled != nullptr && options_.settled->positive && !options_.positive;
    if (settled && std::ranges::count(log_.classes, *options_.settled->positive) > 0)
      log_.positive = options_.settled->positive;
    if (!options_.positive) return {};
    if (log_.classes.size() != 2) {
      return invalid_argument(
          fmt::format("positive class {}: the log has {} classes, not two", *options_.positive, log_.classes.size()));
    }
    if (std::ranges::find(log_.classes, *options_.positive) == log_.classes.end()) {
      return invalid_argument(fmt::format("positive class {}: the classes are {} and {}", *options_.positive,
                                          log_.classes[0], log_.classes[1]));
    }
    return {};
  }

  std::uint32_t positive_index() const {
    return static_cast<std::uint32_t>(std::ranges::find(log_.classes, *log_.positive) - log_.classes.begin());
  }

  // --- scores

  /// p_<class>, prob_<class>, …: one column for every class makes the scores, unless the user named any.
  void find_class_scores() {
    constexpr std::array<std::string_view, 8> kPrefixes{"p_",       "prob_",  "proba_",     "y_prob_",
                                                        "y_proba_", "score_", "pred_prob_", "pred_proba_"};
    const bool free = !log_.roles.score || std::ranges::count(log_.roles.guessed, "score") > 0;
    if (!free || !log_.roles.scores.empty() || log_.classes.size() < 2 || derived_from_ != nullptr) return;
    for (const std::string_view prefix : kPrefixes) {
      std::vector<std::string> names;
      for (const std::string& label : log_.classes) {
        const Column* column = log_.find(std::string(prefix) + label);
        if (column != nullptr && column->kind == ColumnKind::numeric) names.push_back(column->name);
      }
      if (names.size() != log_.classes.size()) continue;
      std::erase_if(log_.roles.features, [&](const std::string& f) { return std::ranges::count(names, f) > 0; });
      std::erase_if(log_.roles.guessed, [](const std::string& role_name) { return role_name == "score"; });
      log_.roles.guessed.emplace_back("scores");
      log_.roles.score.reset();
      log_.roles.scores = std::move(names);
      return;
    }
  }

  Result<void> settle_scores() {
    find_class_scores();
    for (const std::string& name : log_.roles.scores) warn_bad_scores(*log_.find(name));
    if (!log_.roles.scores.empty()) return settle_class_scores();
    if (!log_.roles.score) return {};
    const Column& score = *log_.find(*log_.roles.score);
    warn_bad_scores(score);
    settle_meaning(score);
    const bool positive = log_.score_meaning == ScoreMeaning::positive_class;
    log_.confidence.reserve(log_.rows);
    for (const double x : score.numbers) {
      log_.confidence.push_back(!is_probability(x) ? kNaN : positive ? std::max(x, 1 - x) : x);
    }
    if (positive && log_.positive) {
      log_.positive_score = score.numbers;
      for (double& x : log_.positive_score) x = is_probability(x) ? x : kNaN;
    }
    return {};
  }

  Result<void> settle_class_scores() {
    const std::vector<std::string>& names = log_.roles.scores;
    if (log_.task == Task::classes && names.size() != log_.classes.size()) {
      return invalid_argument(
          fmt::format("scores: {} columns are named, but the log has {} classes; name one column a "
                      "class, in the order of the sorted classes",
                      names.size(), log_.classes.size()));
    }
    log_.confidence.assign(log_.rows, -1);
    for (const std::string& name : names) {
      const std::vector<double>& values = log_.find(name)->numbers;
      for (std::size_t row = 0; row < log_.rows; ++row) {
        double& most = log_.confidence[row];
        most = is_probability(values[row]) ? std::max(most, values[row]) : kNaN;  // and NaN stays
      }
    }
    if (log_.positive) {
      log_.positive_score = log_.find(names[positive_index()])->numbers;
      for (double& x : log_.positive_score) x = is_probability(x) ? x : kNaN;
    }
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

  void settle_meaning(const Column& score) {
    if (options_.settled != nullptr && options_.settled->score_meaning != ScoreMeaning::none) {
      log_.score_meaning = options_.settled->score_meaning;
      return;
    }
    double smallest = 1;
    for (const double x : score.numbers) smallest = is_probability(x) ? std::min(smallest, x) : smallest;
    if (log_.classes.size() != 2) {
      const bool binary_without_label = log_.task == Task::unknown && smallest < 0.5;
      log_.score_meaning = binary_without_label ? ScoreMeaning::positive_class : ScoreMeaning::predicted_class;
      return;
    }
    std::size_t agree = 0;
    std::size_t known = 0;
    for (std::size_t row = 0; row < log_.rows; ++row) {
      const double x = score.numbers[row];
      if (!is_probability(x) || log_.predicted_class[row] == kNoClass) continue;
      ++known;
      agree += (x >= 0.5) == (log_.predicted_class[row] == positive_index()) ? 1U : 0U;
    }
    const double share = known == 0 ? 1 : static_cast<double>(agree) / static_cast<double>(known);
    log_.score_meaning = ScoreMeaning::positive_class;
    if (share >= kNearlyAll) return;
    if (!options_.positive && share <= 1 - kNearlyAll) {
      log_.positive = log_.classes[1 - positive_index()];
      warn(fmt::format("score column {}: it is above 0.5 where {} is predicted; taken as the probability of {}",
                       score.name, *log_.positive, *log_.positive));
    } else if (smallest >= 0.5) {
      log_.score_meaning = ScoreMeaning::predicted_class;
      warn(
          fmt::format("score column {}: it is never below 0.5; taken as the confidence in the prediction", score.name));
    } else {
      warn(
          fmt::format("score column {}: score >= 0.5 agrees with the prediction {} in {:.1f}% of rows only; taken as "
                      "the probability of {}",
                      score.name, *log_.positive, 100 * share, *log_.positive));
    }
  }

  // --- rows without a label or prediction

  template <typename T>
  void keep(std::vector<T>& values) const {
    if (values.empty()) return;
    std::size_t kept = 0;
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (judged_[row] != 0) values[kept++] = values[row];
    }
    values.resize(kept);
  }

  void keep(ListColumn& embedding) const {
    std::size_t kept = 0;
    for (std::size_t row = 0; row < embedding.rows(); ++row) {
      if (judged_[row] == 0) continue;
      std::ranges::copy(embedding.row(row), embedding.values.begin() + static_cast<std::ptrdiff_t>(kept));
      kept += embedding.width;
    }
    embedding.values.resize(kept);
  }

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
    for (Column& column : log_.columns) {
      keep(column.numbers);
      keep(column.codes);
      keep(column.micros);
      recount(column);
    }
    keep(log_.embedding);
    for (ListColumn& list : log_.lists) keep(list);
    keep(log_.failed);
    keep(log_.loss);
    keep(log_.label_class);
    keep(log_.predicted_class);
    keep(log_.confidence);
    keep(log_.positive_score);
    log_.rows = left;
    return {};
  }

  static void recount(Column& column) {
    const auto count = [](const auto& values, auto is) {
      return static_cast<std::size_t>(std::ranges::count_if(values, is));
    };
    column.infinite = count(column.numbers, [](double x) { return std::isinf(x); });
    column.missing = count(column.numbers, [](double x) { return std::isnan(x); }) +
                     count(column.codes, [](std::int32_t c) { return c == kMissingCode; }) +
                     count(column.micros, [](std::int64_t t) { return t == kMissingTime; });
    column.nan = std::min(column.nan, column.missing);
  }

  PredictionLog& log_;
  const OutcomeOptions& options_;
  const Column* label_ = nullptr;
  const Column* prediction_ = nullptr;
  const Column* derived_from_ = nullptr;
  std::vector<std::uint8_t> judged_;
};

}  // namespace

Result<void> settle_outcome(PredictionLog& log, const OutcomeOptions& options) {
  return Outcome(log, options).settle();
}

}  // namespace errata::table
