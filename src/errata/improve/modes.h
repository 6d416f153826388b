#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "errata/improve/failure_store.h"
#include "errata/improve/improvement.h"
#include "errata/improve/task.h"

namespace errata::improve {

/// What the failures of a run have in common.
struct FoundModes {
  std::vector<FailureMode> modes{};  ///< with at least one failure, most failures first
  std::vector<std::uint32_t> of{};   ///< [failures] id of the mode
  double information = kNaN;         ///< adjusted mutual information of modes and kinds of error, of wrong answers
};

/// Clusters failures by module `memory`: its embedder on the skill, the features of the question and the hidden states
/// of the answer, its failure modes on that. The embedding and the first modes come from the rounds up to the first
/// with 50 failures; later failures join modes or start new ones in their order. A mode is named by the features that
/// three in four of its failures share.
/// @param failures     in the order of rounds and places, with hidden states of one width
/// @param knows_truth  may the task be asked what is right? Else kinds of error are not told
/// @return no modes for fewer than 10 failures; data error for a failure of a skill that the task has not
/// Cost: O(failures · (width · axes + modes)).
[[nodiscard]] Result<FoundModes> find_modes(const Task& task, std::span<const StoredAnswer> failures, bool knows_truth);

/// How often each failure is drawn beside the others, so that small modes are not drowned: n^−exponent for one of a
/// mode of n failures, scaled to a mean of 1.
/// @param exponent  0: all alike; 1: every mode as often
[[nodiscard]] std::vector<double> weights_across_modes(std::span<const StoredAnswer> failures, double exponent);

/// Failures as often as their weights say, in order, as many as there were to rounding: one of weight .5 every other
/// time, one of weight 2 twice.
[[nodiscard]] std::vector<StoredAnswer> as_often_as(std::span<const StoredAnswer> failures,
                                                    std::span<const double> weights);

}  // namespace errata::improve
