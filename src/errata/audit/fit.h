#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/audit/audit.h"
#include "errata/audit/auditor_file.h"
#include "errata/audit/cases.h"
#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"

namespace errata::audit {

/// Cases that are measured together and that nothing is fitted to.
struct EvaluationSet {
  std::string name, words;
  bool exchangeable = false;  ///< drawn as the calibration cases were
  AuditCases cases;
};

struct AskedPoint {
  OperatingRule rule = OperatingRule::sgr;
  double target = 0.05;  ///< the risk, or the coverage
  double delta = 0.05;
};

struct FitOptions {
  AuditorOptions auditor;
  bool longer = true;           ///< train for more epochs than `auditor` says where held-out cases gain by it
  bool other_question = false;  ///< ask whether the model failed, where held-out cases clearly gain by it
  bool baselines = true;        ///< compare with every detector that the cases allow
  std::vector<AskedPoint> points{{.rule = OperatingRule::sgr, .target = 0.05},
                                 {.rule = OperatingRule::ltt, .target = 0.05}};
  double unlike = 0.02;  ///< in [0, 1): share of the accepted clean cases that count as unlike the others; 0: none
  std::size_t replicates = 200;       ///< of the bootstrap intervals
  std::size_t evidence_cases = 2000;  ///< of the first set, for permutation importance
  std::size_t evidence_seeds = 3;     ///< auditors of other seeds that the evidence is compared between; 0: no evidence
  std::uint64_t seed = 0;
};

struct FitResult {
  std::optional<FittedAuditor> fitted;  ///< none where there is nothing to learn: audit.no_auditor says why
  Audit audit;
};

/// Trains the auditor on some cases, calibrates its risk and sets its thresholds on others, and measures it beside all
/// other detectors on sets that neither has seen. Without failures, without successes, or with too few of either to
/// calibrate on, there is no auditor, and the detectors that need none are measured alone.
/// @param train        cases to learn from; all detectors are fitted to them
/// @param calibration  other cases: length of the training, risk calibration and the weights of ensembles on one half,
///     operating points on the other
/// @return invalid_argument or data errors: widths that differ between parts; nothing to learn and no baselines wanted
/// Cost: training, and evidence_seeds − 1 trainings more for the stability of the evidence.
[[nodiscard]] Result<FitResult> run(const AuditCases& train, const AuditCases& calibration,
                                    std::span<const EvaluationSet> sets, const FitOptions& options, ThreadPool& pool,
                                    const Progress& progress = {});

/// For each group: an auditor that saw no case of it, on cases of that group alone. Where the cases of the other groups
/// have nothing to learn from, its figures are NaN.
/// @param groups  indices into train.groups
[[nodiscard]] Result<std::vector<LeftOutResult>> leave_groups_out(const AuditCases& train, const AuditCases& test,
                                                                  std::span<const std::uint32_t> groups,
                                                                  const AuditorOptions& options, ThreadPool& pool,
                                                                  const Progress& progress = {});

}  // namespace errata::audit
