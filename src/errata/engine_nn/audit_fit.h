#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "errata/audit/audit.h"
#include "errata/audit/fit.h"
#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/engine_nn/audit_log.h"
#include "errata/table/read_log.h"

namespace errata::engine_nn {

struct AuditFitRequest {
  table::ReadOptions read;
  AuditColumns columns;
  audit::FitOptions fit;
  double test_share = 0.2;         ///< in (0, 1), without a split column
  double calibration_share = 0.2;  ///< in (0, 1), likewise; the rest trains
  bool leave_one_out = false;      ///< also an auditor a group that has not seen it
  std::string auditor{};           ///< where to write the auditor
};

/// Trains an auditor from a log on its training part, calibrates it on a second part, and measures it beside every
/// detector on a third: by the split column, else by time (the past trains, the future tests), else drawn by the seed.
/// Where there is nothing to learn no auditor is written, and the audit says so and holds the other detectors' figures.
[[nodiscard]] Result<audit::Audit> fit_audit(const AuditFitRequest& request, ThreadPool& pool,
                                             const Progress& progress = {});

struct AuditScoreRequest {
  table::ReadOptions read;
  AuditColumns columns;  ///< what is not named is taken from the auditor's file
  std::string auditor;
  std::string
      output;  ///< the log with the risk beside it: .parquet, .csv, .csv.gz, .jsonl; .npz or .npy for the risks alone
  std::string name = "auditor_risk";  ///< and NAME_unlike (0/1) where the auditor looks for cases unlike the others
};

/// What an operating point does with the cases that were scored, whatever became of them.
struct AcceptedShare {
  audit::OperatingPoint point;
  double accepted = 0, alike = 0;  ///< of all cases; and of these without the unlike
};

struct AuditScored {
  std::size_t cases = 0;
  double mean_risk = 0;
  bool looks_for_unlike = false;               ///< NAME_unlike is written
  std::size_t unlike = 0;                      ///< cases that are unlike the clean ones
  std::size_t judged = 0;                      ///< cases whose outcome is known
  std::optional<double> auroc{};               ///< among those
  std::vector<audit::RealisedPoint> points{};  ///< likewise
  std::vector<AcceptedShare> accepted{};       ///< of all cases; empty where there is none
  std::vector<std::string> warnings{};
};

/// Adds the calibrated risk of a saved auditor to a log, and whether a case is unlike the clean ones.
[[nodiscard]] Result<AuditScored> score_audit(const AuditScoreRequest& request, ThreadPool& pool,
                                              const Progress& progress = {});

}  // namespace errata::engine_nn
