#pragma once

#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/classes.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

/// Label and prediction as classes.
struct ComparedClasses {
  const Column& label;
  const Column& prediction;
  const ClassNames& labels;
  const ClassNames& predictions;
  std::vector<std::string> named{};  ///< classes that the user named: they differ
};

/// Refuses labels and predictions that have no class in common though they must be the same things in other words: one
/// holds text and the other numbers, or both have several classes. So are two classes each of which one is in common,
/// where one column holds text and the other numbers, or -1 stands against 0, or where most rows agree once the other
/// two are one; and integers most of which agree once one column counts from another number: 1, 2 against 0, 1. Every
/// case would fail, or half of them.
/// @param compared  whether failures follow from comparing them; else it is a warning
/// @return invalid_argument with both sets, and how to map them: by what goes together most often
[[nodiscard]] Result<void> check_common_classes(const ComparedClasses& classes, bool compared,
                                                std::vector<std::string>& warnings);

}  // namespace errata::table
