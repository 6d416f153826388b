#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

#include "errata/audit/audit.h"
#include "errata/audit/auditor_file.h"
#include "errata/audit/cases.h"
#include "errata/audit/fit.h"
#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/image/corruption_mix.h"
#include "errata/image/images.h"
#include "errata/nn/image_model.h"

namespace errata::audit {

/// How the built-in pair is trained and measured. The seed is that of `fit`.
struct PairOptions {
  std::optional<std::size_t> held_out{};  ///< training images kept from both networks, for calibration; 5,000, but at
                                          ///< most a tenth of the training images
  std::size_t samples = 200'000;          ///< corrupted images that the auditor learns from
  std::optional<nn::ClassifierNetwork> network{};  ///< residual for colour images, else plain; plain with `source`
  std::optional<std::size_t> primary_epochs{};     ///< 3 of the plain network, 24 of the residual one
  bool primary_augmented = false;  ///< the control: the primary itself is trained on the auditor's corruptions
  bool source = false;             ///< the source's layers and 38,400 samples
  bool out_of_fold = false;        ///< the control: the primary learns from one half of the images, the auditor from
                                   ///< the failures on the other
  image::CorruptionMix mix = image::broad_mix(image::training_pool());  ///< of the images that the auditor learns from
  std::vector<image::Corruption> left_out{};  ///< for each of these also an auditor that has not seen it
  std::optional<image::ImageSet> foreign{};  ///< images of other things, in any size: also measure on clean test images
                                             ///< and at most as many of these, each of which counts as a failure
  bool adversarial = true;                   ///< measure on FGSM and PGD images
  FitOptions fit{.auditor = {.epochs = 3, .heads = 2}};
};

/// Files that the training itself needs.
struct PairFiles {
  std::filesystem::path primary;             ///< where the primary network is written
  std::filesystem::path primary_checkpoint;  ///< of an interrupted training, which goes on from it
  std::filesystem::path auditor_checkpoint;  ///< likewise; each head of the auditor adds its number
};

struct TrainedPair {
  std::optional<FittedAuditor> auditor;  ///< none where there is nothing to learn: audit.no_auditor says why
  Audit audit;
  AuditCases first_set;  ///< the first of the sets that were measured, test images each once and in order
};

/// The built-in pair: trains a primary network on images and an auditor of what it computes, and measures the auditor
/// beside every detector on test images: held-out mix, the source's mix, two mixes of corruptions where it never saw
/// one of them, clean, adversarial.
/// Pictures in colour get the residual network (nn/image_model.h), others the plain one.
/// @return invalid_argument for held-out images out of range; errors of training, capture and run()
/// @throws Cancelled when pool or progress say so; the checkpoints stay, and a training that goes on from them gives
///     the same result
[[nodiscard]] Result<TrainedPair> train_pair(const image::ImageSplit& images, const PairOptions& options,
                                             const PairFiles& files, ThreadPool& pool, const Progress& progress = {});

}  // namespace errata::audit
