#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/engine_nn/image_subject.h"

namespace errata::engine_nn {

struct AuditPictureRequest {
  ImageSubjectRequest subject;
  std::string auditor;  ///< of `errata audit train`, or fitted to a captured log of this model
  std::uint64_t seed = 0;
  std::string output;  ///< .png
};

/// A confident failure that the auditor flags.
struct AuditPicture {
  std::string data, truth, predicted, corruption;
  std::size_t image = 0;  ///< of the test images
  double confidence = 0, auditor_risk = 0, severity = 0;
  std::size_t cases = 0, failures = 0, flagged = 0;  ///< flagged: failures of auditor's risk above kFlagged
};

inline constexpr double kFlagged = 0.5;  ///< wrong is likelier than right

/// Runs the model on the test images under the source's mix, takes the failure with the greatest confidence among those
/// whose calibrated risk is above kFlagged, and draws it as a picture.
/// @return data error when there is none, or when the auditor reads what this model does not have
[[nodiscard]] Result<AuditPicture> take_picture(const AuditPictureRequest& request, ThreadPool& pool,
                                                const Progress& progress = {});

}  // namespace errata::engine_nn
