#pragma once

#include <optional>
#include <string>
#include <vector>

#include "errata/audit/audit.h"
#include "errata/audit/cases.h"
#include "errata/audit/fit.h"
#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/table/read_log.h"

namespace errata::engine_nn {

/// Which columns of a log hold what a model computed.
struct AuditColumns {
  std::vector<std::string> latents{};  ///< numbers or lists of numbers, a block each list; "h_*" for all that begin so;
                                       ///< none: the column of role embedding
  std::vector<std::string> logits{};   ///< one number a class in the order of the classes, or one list
  std::optional<std::string> group{};  ///< kind of input, e.g. its corruption: "none", "fog", "rotate+fog"
  std::optional<std::string> split{};  ///< train, calibration, test
  /// Those of an auditor, when cases are scored with it: outcomes may be missing then, and classes are its own.
  std::optional<std::vector<std::string>> known_classes{};
};

/// A log, or arrays, as cases to audit.
struct AuditLog {
  table::PredictionLog log;  ///< empty for arrays
  audit::AuditCases cases;
  std::vector<std::uint8_t> judged;  ///< [cases] 0 where the outcome is not known; empty: known of all
  std::vector<std::string> latent_columns, logit_columns;
  std::vector<std::string> split;  ///< [cases] the column's words; empty without
  bool in_time_order = false;      ///< the log has a time column: `order` is its order
  std::vector<std::size_t> order;  ///< [cases] rows by time
  std::vector<std::string> warnings;
};

/// Reads a prediction log with latents and logits (docs/formats/log.md), or arrays (engine_nn/audit_arrays.h).
/// @return data or invalid_argument errors naming file, column, row, value and limit
[[nodiscard]] Result<AuditLog> read_audit_log(const table::ReadOptions& read, const AuditColumns& columns,
                                              const Progress& progress = {});

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
  std::string name = "auditor_risk";
};

struct AuditScored {
  std::size_t cases = 0;
  double mean_risk = 0;
  std::size_t judged = 0;                      ///< cases whose outcome is known
  std::optional<double> auroc{};               ///< among those
  std::vector<audit::RealisedPoint> points{};  ///< likewise
  std::vector<std::string> warnings{};
};

/// Adds the calibrated risk of a saved auditor to a log.
[[nodiscard]] Result<AuditScored> score_audit(const AuditScoreRequest& request, ThreadPool& pool,
                                              const Progress& progress = {});

}  // namespace errata::engine_nn
