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

/// Columns p_<class>, prob_<class>, … of one prefix. They are scores where their classes are exactly those that were
/// seen, or where all that were seen are among them and the columns add up to 1 (or to 100) in nearly all rows: a class
/// without cases has a probability as well. Columns numbered from 0 may also stand for as many classes in their order.
/// @param seen  sorted; empty when nothing is known about the classes
[[nodiscard]] std::optional<ClassScores> guess_class_scores(const PredictionLog& log,
                                                            const std::vector<std::string>& seen,
                                                            const ClassSpelling& spelling);

/// The classes in the names of columns: what is left without what all names begin and end with, if all that were seen
/// are among them.
///     const std::vector<std::string> columns{"p_cat", "p_dog"}, core{"cat"};
///     classes_in_names(columns, core, {});  // {"cat", "dog"}
[[nodiscard]] std::optional<std::vector<std::string>> classes_in_names(std::span<const std::string> columns,
                                                                       const std::vector<std::string>& seen,
                                                                       const ClassSpelling& spelling);

}  // namespace errata::table
