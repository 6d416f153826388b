#pragma once

#include <cstddef>
#include <memory>

#include "errata/audit/detector.h"

namespace errata::audit {

// Detectors that compare the penultimate block of the latents, h of width d, with clean training cases. Where labels
// are absent, a class is the predicted class of the cases that did not fail. The risk of a case does not depend on the
// cases that are scored with it. Score other cases than those fitted on: a case of the bank is its own neighbour.
// Pages: docs/methods/detectors/NAME.md.

struct NeighbourOptions {
  std::size_t neighbour = 50;  ///< >= 1; the farthest one when the bank has fewer cases
  std::size_t bank = 10'000;   ///< >= 1: at most so many clean cases, at even steps
};

/// "knn": Euclidean distance of h/‖h‖ to its 50th nearest among those of clean cases.
/// Cost: O(bank · d) a case; 10,000 cases against 10,000 at d = 128 in about a second of one core.
[[nodiscard]] std::unique_ptr<Detector> make_knn(NeighbourOptions options = {});

/// "trust_score": a/(a + b), a the distance to the nearest clean case of the predicted class and b to the nearest of
/// another class. It has the order of the negated trust score b/a and stays finite. 1 when the bank has no case of the
/// predicted class, ½ when a = b = 0. Cost: as knn.
[[nodiscard]] std::unique_ptr<Detector> make_trust_score(NeighbourOptions options = {});

// The three Mahalanobis detectors share class means μ_c and a pooled within-class covariance with the shrinkage of
// Ledoit and Wolf towards a multiple of the identity, at least 1e-6 of it: d_c² = (h − μ_c)ᵀ Σ⁻¹ (h − μ_c).
// Cost: O(d²) a case; O(n d² + d³) to fit.

/// "mahalanobis_predicted": d² to the predicted class; to the farthest class when no clean case is of the predicted.
[[nodiscard]] std::unique_ptr<Detector> make_mahalanobis_predicted();
/// "mahalanobis_nearest": the least d_c².
[[nodiscard]] std::unique_ptr<Detector> make_mahalanobis_nearest();
/// "mahalanobis_relative": the least d_c², less the d² to one normal distribution of all classes (shrunk the same way).
[[nodiscard]] std::unique_ptr<Detector> make_mahalanobis_relative();

/// "vim": α‖(h − u)N‖ − log Σ exp logit. u = −W⁺b, with W, b the least squares of logits on h over the clean cases; N
/// spans what the ⌊d/2⌋ principal directions of h − u leave; α = mean of the largest logit / mean of the norm, over the
/// clean cases (1 where the norm is 0). Cost: O(d²) a case.
[[nodiscard]] std::unique_ptr<Detector> make_vim();

}  // namespace errata::audit
