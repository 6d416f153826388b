#pragma once

#include <memory>

#include "errata/audit/detector.h"

namespace errata::audit {

// Detectors that read the logits alone. p is their softmax in double, p1 >= p2 its two largest entries. Differences
// from 1 are summed up from the small terms, so that the order of confident cases survives where 1 − p1 rounds to 0.
// Pages: docs/methods/detectors/NAME.md. Cost: O(classes) a case unless said otherwise.

/// "msp": 1 − p1.
[[nodiscard]] std::unique_ptr<Detector> make_msp();
/// "msp_temperature": 1 − p1 of logits/T, T > 0 by least log loss on the labels of all cases. Needs labels.
[[nodiscard]] std::unique_ptr<Detector> make_msp_temperature();
/// "entropy": −Σ p log p.
[[nodiscard]] std::unique_ptr<Detector> make_entropy();
/// "margin": 1 − (p1 − p2).
[[nodiscard]] std::unique_ptr<Detector> make_margin();
/// "max_logit": −max logit.
[[nodiscard]] std::unique_ptr<Detector> make_max_logit();
/// "p_norm_max_logit": −max z / ‖z‖_p with z = logits less their mean, p of 1 … 10 by the best AUROC on the training
/// cases (the least of equals). Needs both outcomes.
[[nodiscard]] std::unique_ptr<Detector> make_p_norm_max_logit();
/// "energy": −log Σ exp logit.
[[nodiscard]] std::unique_ptr<Detector> make_energy();
/// "doctor": (1 − Σp²)/Σp².
[[nodiscard]] std::unique_ptr<Detector> make_doctor();
/// "rel_u": pᵀDp, D = ReLU(λ E[ppᵀ | wrong] − (1 − λ) E[ppᵀ | right]) with zero diagonal and Frobenius norm 1, λ = ½;
/// 0 for every case when D is 0. Needs both outcomes. Cost: O(classes²) a case.
[[nodiscard]] std::unique_ptr<Detector> make_rel_u();

}  // namespace errata::audit
