#pragma once

#include <memory>
#include <vector>

#include "errata/audit/detector.h"

namespace errata::audit {

/// Detectors that put others together. Risks of different detectors have different units, so each is replaced by its
/// rank among held-out cases: the share of them with less risk, linear between 1,024 quantiles, and beyond the least
/// and the greatest ever closer to 0 and 1, so that the order of one member is kept everywhere.
/// The members come fitted; fit() learns ranks and weights, from cases that the members were not fitted on.
using EnsembleMembers = std::vector<std::shared_ptr<const Detector>>;

/// "rank_mean": the mean of the members' ranks.
/// @param members  at least one; they can be given all cases that this is given
[[nodiscard]] std::unique_ptr<Detector> make_rank_mean(EnsembleMembers members);

/// "stack": logistic regression of failure on the normal scores Φ⁻¹(rank) of the members; the risk is the log odds.
/// Needs both outcomes.
/// @param ridge  >= 0: ½ ridge ‖w‖² beside the mean log loss
/// Reference: D. H. Wolpert, Neural Networks 5 (1992), 241–259.
[[nodiscard]] std::unique_ptr<Detector> make_stack(EnsembleMembers members, double ridge = 1e-3);

}  // namespace errata::audit
