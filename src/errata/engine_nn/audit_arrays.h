#pragma once

#include <span>
#include <string>

#include "errata/base/error.h"
#include "errata/engine_nn/audit_log.h"
#include "errata/table/read_log.h"

namespace errata::engine_nn {

/// Does one of these files hold arrays (.npz, .npy) and not a table?
[[nodiscard]] bool holds_arrays(std::span<const std::string> paths);

/// Cases from an .npz file, or from .npy files named after what they hold (docs/formats/log.md): `latents` [n, d] or
/// several, `latents_NAME`; `logits` [n, k]; `predictions` [n]; `labels` [n] or `failed` [n]. Other names are taken
/// from the columns and from the roles label and prediction; the group's array holds whole numbers.
/// @return data error naming file, array, place and value; invalid_argument for what only tables have
[[nodiscard]] Result<AuditLog> read_arrays(const table::ReadOptions& read, const AuditColumns& columns);

}  // namespace errata::engine_nn
