#pragma once

#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

struct ComparedColumns {
  const Column& label;
  const Column& prediction;
};

/// Refuses labels and predictions that have no class in common though they must be the same things in other words: one
/// holds text and the other numbers, or both have several classes; and -1 against 0, of 1. Every case would fail.
/// @param compared  whether failures follow from comparing them; else it is a warning
/// @return invalid_argument with both sets and how to map them
[[nodiscard]] Result<void> check_common_classes(const ComparedColumns& columns, std::vector<std::string> labels,
                                                std::vector<std::string> predictions, bool compared,
                                                std::vector<std::string>& warnings);

}  // namespace errata::table
