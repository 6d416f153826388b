#pragma once

#include "errata/improve/failure_store.h"
#include "verbs.h"

namespace errata::cli {

// The verbs of this program, one file each.
[[nodiscard]] Verb audit_train_verb();
[[nodiscard]] Verb audit_fit_verb();
[[nodiscard]] Verb audit_score_verb();
[[nodiscard]] Verb audit_capture_verb();
[[nodiscard]] Verb audit_picture_verb();
[[nodiscard]] Verb improve_run_verb();
[[nodiscard]] Verb improve_step_verb(improve::Step step);
[[nodiscard]] Verb improve_pretrain_verb();
[[nodiscard]] Verb improve_fuse_verb();
[[nodiscard]] Verb allocate_verb();
[[nodiscard]] Verb checklist_verb();

}  // namespace errata::cli
