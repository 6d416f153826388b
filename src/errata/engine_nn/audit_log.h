#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "errata/audit/cases.h"
#include "errata/base/error.h"
#include "errata/base/progress.h"
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
  std::vector<std::string> split;        ///< [cases] the column's words; empty without
  bool in_time_order = false;            ///< the log has a time column: `order` is its order
  std::vector<std::size_t> order;        ///< [cases] rows by time
  std::optional<std::uint64_t> model{};  ///< fingerprint of the classifier that computed them, where arrays say it
  std::vector<std::string> warnings;
};

/// Reads a prediction log with latents and logits (docs/formats/log.md), or arrays (engine_nn/audit_arrays.h).
/// @return data or invalid_argument errors naming file, column, row, value and limit
[[nodiscard]] Result<AuditLog> read_audit_log(const table::ReadOptions& read, const AuditColumns& columns,
                                              const Progress& progress = {});

}  // namespace errata::engine_nn
