#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "errata/table/prediction_log.h"

namespace errata::replay {

/// Cases that come more than once, in words: the memory knows the outcome of a twin, and looks better than it is. Told
/// are ids that came before, and, where no id did, rows that equal an earlier one in every column but the id, when they
/// are a twentieth of the log and a column whose values are nearly all different says that they are no mere likeness:
/// rows of a few categories are alike by chance.
/// @param order  rows of the log in the order of time
/// @return nothing where there are none
/// Cost: a hash of every value and a sort of the rows.
[[nodiscard]] std::optional<std::string> repeated_words(const table::PredictionLog& log,
                                                        std::span<const std::uint32_t> order);

}  // namespace errata::replay
