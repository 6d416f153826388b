#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/image/corruption.h"
#include "errata/image/images.h"
#include "errata/robustness/evidence.h"

namespace errata::robustness {

/// A classifier of pictures. @param images  [n, image size] in [0, 1]  @return [n, classes] finite logits
using Classify = std::function<Result<std::vector<float>>(MatrixView<const float> images)>;

struct ProbeOptions {
  std::vector<Check> checks{};                   ///< that will be measured; empty: all
  std::vector<image::Corruption> corruptions{};  ///< of the sweep; empty: default_corruptions()
  std::size_t sample = 1000;                     ///< pictures of the sweep, >= 2
  std::size_t sequences = 200;                   ///< pictures that are perturbed little by little, >= 2
  std::size_t frames = 16;                       ///< of a sequence, >= 2
  std::size_t foreign = 200;                     ///< pictures a foreign set, >= 2
  std::uint64_t seed = 1;                        ///< of what is drawn
};

/// Runs a classifier on clean, corrupted, perturbed and foreign pictures. Pictures are drawn evenly; the corruptions
/// and perturbations of one picture keep their random draws through all levels and frames.
/// @param images   that it was not trained on, with their labels
/// @param earlier  answers the clean pictures too; may be empty
/// @param foreign  pictures of something else, of any shape, beside those that are drawn; may be null
/// @return invalid_argument for options out of range; data errors: fewer than two pictures or classes, what `model`
///     gives is no row of finite logits for each picture
/// Cost: sample · (corruptions · 5 + 1) + sequences · frames · 6 + foreign · sets + clean pictures to classify.
/// References: D. Hendrycks, T. Dietterich, ICLR 2019 (corruptions, sequences).
[[nodiscard]] Result<Evidence> probe(const image::ImageSet& images, const Classify& model, const Classify& earlier,
                                     const image::ImageSet* foreign, const ProbeOptions& options, ThreadPool& pool,
                                     const Progress& progress = {});

}  // namespace errata::robustness
