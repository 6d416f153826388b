#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "errata/audit/audit.h"
#include "errata/audit/fit.h"
#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/image/corruption_mix.h"
#include "errata/image/images.h"

namespace errata::engine_nn {

/// The built-in pair: a primary network on images, and an auditor of what it computes.
struct AuditTrainRequest {
  std::string data = "digits";  ///< as image::open_images() takes it
  image::ImageOptions images;
  std::string output = "audit";   ///< folder for primary.pt, auditor.pt, metrics.json, latents.npz and pictures
  std::size_t held_out = 5000;    ///< training images kept from both networks, for calibration
  std::size_t samples = 200'000;  ///< corrupted images that the auditor learns from
  std::size_t primary_epochs = 3;
  bool primary_augmented = false;  ///< the control: the primary itself is trained on the auditor's corruptions
  bool source = false;             ///< the source's layers and 38,400 samples
  bool out_of_fold = false;        ///< the control: the primary learns from one half of the images, the auditor from
                                   ///< the failures on the other
  image::CorruptionMix mix = image::broad_mix(image::training_pool());  ///< of the images that the auditor learns from
  std::vector<image::Corruption> left_out{};  ///< for each of these also an auditor that has not seen it
  bool adversarial = true;                    ///< measure on FGSM and PGD images
  audit::FitOptions fit{.auditor = {.epochs = 3, .heads = 2}};
};

/// Trains both, measures the auditor beside every detector on test images (held-out mix, the source's mix, two mixes of
/// corruptions where it never saw one of them, clean, adversarial), and writes primary.pt, auditor.pt and latents.npz
/// (the first of these sets). Where there is nothing to learn no auditor is written, and the audit says so and holds
/// the other detectors' figures. A training that was interrupted goes on from its checkpoints in the folder with the
/// same result; checkpoints of another training are refused, and those of a finished one are removed.
[[nodiscard]] Result<audit::Audit> train_audit(const AuditTrainRequest& request, ThreadPool& pool,
                                               const Progress& progress = {});

}  // namespace errata::engine_nn
