#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/table/classes.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

/// One score column a class.
struct ClassScores {
  std::vector<std::string> columns;
  std::vector<std::string> classes;  ///< [columns] the class of each
  bool by_place = false;             ///< the columns are numbered, and the numbers are the places of the classes
};

/// What is known of the classes before the scores are.
struct KnownClasses {
  const std::vector<std::string>& seen;   ///< sorted; empty when nothing is known about the classes
  const std::vector<std::string>& named;  ///< by the user, in his order
  const ClassSpelling& spelling;
};

/// Columns p_<class>, prob_<class>, … of one prefix, or with the class anywhere in a name that speaks of probabilities,
/// in any case: Prob_Cat, cat_prob, P(cat); or called by the class alone. They are scores where their classes are
/// exactly those that were seen, or where all that were seen are among them and the columns add up to 1 (or to 100) in
/// nearly all rows: a class without cases has a probability as well. Columns that are numbered, from 0 or 1, stand for
/// as many classes in their order (those named, else those seen) if the largest goes with the predictions.
[[nodiscard]] std::optional<ClassScores> guess_class_scores(const PredictionLog& log, const KnownClasses& known);

/// Columns that must be scores of classes by their names and values (p_0 to p_3 that add up to 1), though it cannot be
/// said of which; empty where there are none.
[[nodiscard]] std::vector<std::string> nameless_class_scores(const PredictionLog& log, const KnownClasses& known);

/// A column whose name speaks of the probability of one class.
struct ScoreOfOne {
  std::string column{}, of_class{};
};
/// The only score in a log of at most two classes: prob_bad; the class may be one without cases, where one occurs.
[[nodiscard]] std::optional<ScoreOfOne> guess_score_of_one(const PredictionLog& log, const KnownClasses& known);

/// The classes in the names of columns: what is left without what all names begin and end with, if all that were seen
/// are among them.
///     const std::vector<std::string> columns{"p_cat", "p_dog"}, core{"cat"};
///     classes_in_names(columns, core, {});  // {"cat", "dog"}
[[nodiscard]] std::optional<std::vector<std::string>> classes_in_names(std::span<const std::string> columns,
                                                                       const std::vector<std::string>& seen,
                                                                       const ClassSpelling& spelling);

}  // namespace errata::table
