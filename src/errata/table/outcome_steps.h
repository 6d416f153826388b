#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/base/limits.h"
#include "errata/table/class_scores.h"
#include "errata/table/classes.h"
#include "errata/table/outcome.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

/// Of numbers; infinities and missing ones are passed over.
[[nodiscard]] bool holds_integers(const Column& column);

/// The steps of settle_outcome(), told by meaning in outcome_*.cc. They fill one log together: what the classes are
/// depends on the scores, and what a score means on the classes.
class OutcomeSteps {
 public:
  OutcomeSteps(PredictionLog& log, const OutcomeOptions& options) : log_(log), options_(options) {}
  Result<void> settle();

 private:
  struct Pair {
    std::uint32_t negative = 0, positive = 1;
  };

  [[nodiscard]] const Column* role(const std::optional<std::string>& name) const {
    return name ? log_.find(*name) : nullptr;
  }
  void warn(std::string message) { log_.warnings.push_back(std::move(message)); }
  [[nodiscard]] bool is_guessed(std::string_view role_name) const {
    return std::ranges::count(log_.roles.guessed, role_name) > 0;
  }
  Result<void> drop_unjudged();

  // task: outcome_task.cc

  Result<void> settle_task();
  Result<void> check_task();
  [[nodiscard]] Task settled_task() const {
    return options_.settled != nullptr ? options_.settled->task : Task::unknown;
  }
  /// Columns that cannot be what they are in the other log.
  Result<void> check_settled_task() const;
  [[nodiscard]] std::unexpected<Error> other_task(const Column& column, const std::string& what) const;
  Task task_of_two();

  // classes: outcome_classes.cc

  Result<void> settle_classes();
  /// The truth is not known yet: predictions are classes all the same, but for numbers.
  Result<void> take_predicted_classes();
  void warn_unnamed();
  /// A quiet day has no positive cases; its scores speak of them all the same.
  void complete_single_class();
  /// Settles which names are one class, and renames to classes.
  void spell(const std::vector<std::pair<ClassSide, ClassNames*>>& columns);
  [[nodiscard]] const ClassSpelling& spelling_of(ClassSide side) const {
    return side == ClassSide::label ? label_spelling_ : prediction_spelling_;
  }
  void warn_of_spelling(const std::vector<std::string>& used);
  /// Names the classes of the user, or of the log that this one is compared with if any occurs here.
  void take_named_classes(const std::vector<std::string>& names);
  /// The classes of labels, predictions and what else is known, in order, and each row's among them.
  void number_classes(const std::vector<std::string>& more);
  /// Classes that are labels and never predicted, or the other way round.
  void warn_one_sided();
  /// Classes whose names often mean a missing value, unless the user names them.
  void warn_of_missing_words(const std::vector<std::size_t>& labels, const std::vector<std::size_t>& predictions);
  [[nodiscard]] std::string names_of_one_sided(const std::vector<std::size_t>& in,
                                               const std::vector<std::size_t>& not_in) const;
  /// Rows of each class.
  [[nodiscard]] std::vector<std::size_t> counts(const std::vector<std::uint32_t>& rows) const;
  /// The classes that a score must speak of: all that are predicted, and the labels that are not rare.
  [[nodiscard]] std::vector<std::string> core_classes() const;

  // predictions that are made from scores: outcome_derived.cc

  /// A label of two values, and a prediction in [0, 1] or in percent that is no class.
  [[nodiscard]] bool is_probability_of_label() const;
  void take_prediction_as_score();
  /// No prediction: the class of the largest score, or of two the positive one where its probability is at least 0.5.
  Result<void> derive_prediction();
  Result<void> derive_by_threshold();
  Result<void> derive_largest();

  // the positive class: outcome_positive.cc

  [[nodiscard]] std::uint32_t index_of(const std::string& name) const;
  [[nodiscard]] std::vector<std::uint32_t> indices_of(const std::vector<std::string>& names) const;
  /// The two classes that a single score speaks of, though a stray label may be a third one.
  [[nodiscard]] std::optional<Pair> pair_of_classes() const;
  [[nodiscard]] std::optional<Pair> two_classes() const;
  Result<void> settle_positive();
  [[nodiscard]] std::size_t positive_column() const;

  // scores: outcome_scores.cc

  /// The single score: percents become shares.
  Result<void> scale_single_score();
  /// Scores whose values may be shares or percents, where the other log has percents in these columns.
  [[nodiscard]] bool are_percents_as_settled(const std::vector<const Column*>& columns) const;
  /// Turns percents into shares, all columns alike.
  /// @return what is wrong with them, if anything is
  std::optional<std::string> scale(const std::vector<std::string>& names);
  /// Which columns are one score a class: those that the user named, or columns of usual names.
  Result<void> settle_class_columns();
  Result<void> set_aside(const ClassScores& scores);
  void set_aside_nameless(const std::vector<std::string>& columns);
  void take_score_of_one(const std::optional<ScoreOfOne>& score);
  /// The classes of columns that the user named: by their names, in the order of --classes, or in that of the classes.
  Result<void> settle_named_columns();
  /// @param classes  [roles.scores]; columns are put into the order of the classes
  void take_score_classes(std::vector<std::string> classes);
  Result<void> settle_scores();
  void take_positive_score(const Column& score);
  Result<void> settle_class_scores();
  void warn_bad_scores(const Column& score);

  // what a single score means: outcome_meaning.cc

  Result<void> settle_meaning(const Column& score);
  Result<void> take_said_meaning(const std::optional<Pair>& two);
  /// @return false when only the values could say which class it speaks of, and they do not
  bool settle_meaning_of_two(const Column& score, Pair two);

  PredictionLog& log_;
  const OutcomeOptions& options_;
  const Column* label_ = nullptr;
  const Column* prediction_ = nullptr;
  ClassSpelling spelling_, label_spelling_, prediction_spelling_;
  bool has_other_classes_ = false;            ///< none of those of the log that this one is judged like
  std::vector<std::string> named_;            ///< classes that the user named, or that another log has
  ClassNames labels_, predictions_;           ///< as classes
  std::vector<std::string> score_classes_;    ///< [roles.scores]
  std::optional<std::string> score_of_;       ///< the class that the name of the single score speaks of
  std::vector<const Column*> derived_from_;   ///< what the prediction was made from, where no column holds it
  std::vector<std::string> derived_classes_;  ///< [derived_from_] or the positive and the negative one
  std::vector<std::uint8_t> judged_;
};

}  // namespace errata::table
