#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "errata/audit/detector.h"

namespace errata::audit {

/// Detectors that put others together. Risks of different detectors have different units, so each is replaced by its
/// rank among held-out cases: the share of them with less risk, linear between 1,024 quantiles, and beyond the least
/// and the greatest ever closer to 0 and 1, so that the order of one member is kept everywhere.
struct EnsembleOptions {
  /// True: the members were fitted before, on other cases, and all cases given to fit() are held out from them. False:
  /// fit() fits the members on the share `fit_share`, drawn by `seed`, and holds out the rest.
  bool members_are_fitted = false;
  double fit_share = 0.5;  ///< in (0, 1)
  std::uint64_t seed = 0;
  double ridge = 1e-3;  ///< >= 0, of the stack: ½ ridge ‖w‖² beside the mean log loss
};

/// A member that somebody else owns and has fitted: fit() does nothing.
/// @param detector  must outlive the member
[[nodiscard]] std::unique_ptr<Detector> member_of(const Detector& detector);

/// "rank_mean": the mean of the members' ranks.
/// @param members  at least one; fit() passes on the error of a member that cannot be fitted
[[nodiscard]] std::unique_ptr<Detector> make_rank_mean(std::vector<std::unique_ptr<Detector>> members,
                                                       EnsembleOptions options = {});

/// "stack": logistic regression of failure on the normal scores Φ⁻¹(rank) of the members; the risk is the log odds.
/// Needs both outcomes among the held-out cases.
/// Reference: D. H. Wolpert, Neural Networks 5 (1992), 241–259.
[[nodiscard]] std::unique_ptr<Detector> make_stack(std::vector<std::unique_ptr<Detector>> members,
                                                   EnsembleOptions options = {});

}  // namespace errata::audit
