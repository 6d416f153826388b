#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/table/prediction_log.h"

namespace errata::table {

/// Score columns are probabilities, percents or neither, all their values together: never some rows of a column.
struct ScoreScale {
  double unit = 1;               ///< 100 for percents
  std::string fault{};           ///< why they are neither, in words; empty where they are
  bool may_be_percents = false;  ///< all are in [0, 100], so that low ones could be percents as well
};
/// Percents: all values are in [0, 100], and at least a tenth above 1; but neither where many are in (0.5, 1] and
/// hardly any in (1, 2], as shares in some rows and percents in others are. Neither: more than half of the values are
/// outside [0, 1]; or all are in [0, 100] and more than one in a hundred, but less than a tenth, is above 1, so that
/// nobody can say whether 0.7 is 70% or 0.7%. Otherwise single rows are wrong.
[[nodiscard]] ScoreScale scale_of(std::span<const Column* const> scores);

/// What speaks for the meaning of one score in a log of two classes.
struct MeaningInput {
  std::string_view name{};                   ///< of the column
  std::span<const double> score;             ///< [rows] probabilities; others are passed over
  std::span<const std::uint32_t> predicted;  ///< [rows]
  std::uint32_t negative = 0, positive = 1;  ///< the two classes
  bool sure = false;                         ///< say P(positive) or P(negative) only where the values leave no doubt
};
struct MeaningGuess {
  enum class Means : std::uint8_t { positive, negative, confidence } means = Means::positive;
  std::string doubt{};  ///< in words; empty where nobody would doubt it
};
/// A score is P(positive) where it is at least 0.5 in rows that are predicted positive and below in others, in nearly
/// all rows and in most rows of either prediction; P(negative) the other way round. Else it is the confidence where it
/// is never below 0.5. Else what the order of the scores says: P(positive) where those of the positive predictions are
/// the larger ones, whatever the threshold. A name like `confidence` decides what the values leave open.
[[nodiscard]] MeaningGuess guess_meaning(const MeaningInput& input);

}  // namespace errata::table
