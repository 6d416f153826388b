#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "errata/audit/audit.h"
#include "errata/audit/auditor.h"
#include "errata/audit/cases.h"
#include "errata/base/error.h"

namespace errata::audit {

struct LengthOfTraining {
  std::size_t epochs = 0, steps = 0;  ///< of the optimiser, of one head
  std::vector<TriedLength> tried{};   ///< each with what held-out cases say; one that was not compared has NaN
};

struct LongEnough {
  Auditor auditor;
  LengthOfTraining length;
};

/// Trains an auditor for as many epochs as held-out cases gain by. The epochs of `options` were made for many cases;
/// where they are few steps of the optimiser, four times as many are tried, again and again up to kMostSteps, each from
/// the beginning and with its whole schedule, until held-out cases lose by it. Of those tried the shortest is taken
/// whose loss is within one standard error (of the paired difference) of the least.
/// The loss is the log loss of the risk after Platt's calibration on the same held-out cases: two parameters for each
/// length alike, so that lengths are compared by order and shape and not by how sure of itself a network is.
/// @param held_out  cases that are not trained on, of both outcomes; nothing else may be promised of them that the
///     choice would spoil
/// @param other_question  where `options` ask for the truth and few steps are made: try the question about failures as
///     well, and take it where its loss is below by more than two standard errors. What the truth teaches holds on
///     kinds of input that were not seen, so it is kept where the two are near each other
/// @param on_epoch  epochs done, of how many
/// @return errors of Auditor::train()
/// Cost: at most four thirds of kMostSteps for the question asked, and for the other where its shortest training is
/// better than the best of the first.
/// References: L. Prechelt, in Neural Networks: Tricks of the Trade (1998), 55–69; L. Breiman et al., Classification
/// and Regression Trees (1984), 3.4.3 (the rule of one standard error).
[[nodiscard]] Result<LongEnough> train_long_enough(const TrainingCases& training, const AuditCases& held_out,
                                                   const AuditorOptions& options, bool other_question = false,
                                                   const std::function<void(std::size_t, std::size_t)>& on_epoch = {});

/// The epochs of `options` and no others.
[[nodiscard]] Result<LongEnough> train_as_asked(const TrainingCases& training, const AuditorOptions& options,
                                                const std::function<void(std::size_t, std::size_t)>& on_epoch = {});

inline constexpr std::size_t kMostSteps = 400;  ///< of a length that is tried without having been asked for

}  // namespace errata::audit
