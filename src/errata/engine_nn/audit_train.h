#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "errata/audit/audit.h"
#include "errata/audit/pair.h"
#include "errata/base/atomic_file.h"
#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/image/images.h"

namespace errata::engine_nn {

struct AuditTrainRequest {
  std::string data = "digits";  ///< as image::open_images() takes it
  std::string foreign{};        ///< likewise, images of other things to measure on; empty: none
  image::ImageOptions images;
  std::string output = "audit";  ///< folder for primary.pt, auditor.pt and latents.npz
  audit::PairOptions pair;
};

/// A training that is done, its files written beside their places: a folder never holds networks of two trainings.
struct AuditTrained {
  audit::Audit audit;
  std::string folder;
  std::vector<AtomicFile> files;      ///< all but the auditor
  std::optional<AtomicFile> auditor;  ///< none where there was nothing to learn

  /// Gives the files their names, the auditor last and after `reports`; the one that it replaces goes first. So at
  /// whatever moment this ends, an auditor in the folder is that of the network beside it. Where there was nothing to
  /// learn none is left. The checkpoints in the folder are removed.
  /// @param reports  gives what tells of the training its names; may be empty
  /// @return output error naming the path, or that of `reports`
  [[nodiscard]] Result<void> commit(const std::function<Result<void>()>& reports = {});
};

/// Trains the built-in pair (audit/pair.h) and writes primary.pt, auditor.pt and latents.npz, the first set that was
/// measured. Where there is nothing to learn no auditor is written, and the audit says so and holds the other
/// detectors' figures. A training that was interrupted goes on from its checkpoints in the folder with the same result;
/// checkpoints of another training are refused.
[[nodiscard]] Result<AuditTrained> train_audit(const AuditTrainRequest& request, ThreadPool& pool,
                                               const Progress& progress = {});

}  // namespace errata::engine_nn
