#pragma once

#include <cstddef>

#include "errata/audit/audit.h"
#include "errata/audit/auditor.h"
#include "errata/audit/cases.h"
#include "errata/base/rng.h"

namespace errata::audit {

struct EvidenceOptions {
  AuditorOptions auditor;    ///< how the auditors of other seeds are trained
  std::size_t cases = 2000;  ///< >= 1, of the held-out set, the first ones
  std::size_t seeds = 3;     ///< >= 1: the auditor itself, and seeds − 1 others
  Rng rng{0};
};

/// Which blocks and which columns carry the auditor's evidence, by two measures that are computed apart:
///   permutation importance: how much AUROC is lost when the columns of a block are exchanged between the held-out
///   cases (all at once, so that what a block holds together leaves together);
///   integrated gradients of the log-odds of the risk along the line from the mean training case to each case, in 16
///   steps: |Σ| a column, as a share of the sum over all columns.
/// The stability is the mean Spearman correlation of the blocks' and columns' integrated gradients between seeds: near
/// 1 the evidence is a property of the model, near 0 of the auditor's seed. Fills audit.evidence, audit.channels (the
/// 20 columns of the largest share) and audit.evidence_stability. Cost: seeds − 1 trainings, of as many
/// epochs as read 400,000 cases, at most those of the auditor; 16 gradients and a scoring
/// a block, for each seed. References: L. Breiman, Machine Learning 45 (2001), 5–32; M. Sundararajan, A. Taly, Q. Yan,
/// ICML 2017.
[[nodiscard]] Result<void> find_evidence(const TrainingCases& training, const Auditor& auditor,
                                         const AuditCases& held_out, const EvidenceOptions& options, Audit& audit);

}  // namespace errata::audit
