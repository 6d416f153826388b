#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/audit/cases.h"
#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/image/corruption.h"
#include "errata/image/images.h"
#include "errata/nn/image_model.h"
#include "errata/nn/moved_image.h"

namespace errata::audit {

/// How pixels in [0, 1] become what a model takes: (pixel − mean) / sd. One value each for all channels, or one a
/// channel.
struct PixelScale {
  std::vector<double> mean{0}, sd{1};
};
/// Mean and standard deviation of all pixels of a set, one for all channels.
[[nodiscard]] PixelScale pixel_scale(const image::ImageSet& images);
/// @return invalid_argument where there are not as many means as deviations, or neither one nor one a channel; data
/// error for a deviation that is not above 0
[[nodiscard]] Result<void> check_scale(const PixelScale& scale, const image::ImageSet& images);
/// Pixels of any number of images as a model takes them. @param pixels  [n, shape.size()]
void standardise(std::span<float> pixels, nn::ImageShape shape, const PixelScale& scale);

/// A gradient attack on clean images: one step (FGSM) or several (PGD) of size `step` along the sign of the gradient of
/// the loss, kept within `epsilon` of the image and inside [0, 1].
/// References: I. Goodfellow et al., ICLR 2015; A. Madry et al., ICLR 2018.
struct Attack {
  double epsilon = 0.3;   ///< in (0, 1], of pixels in [0, 1]
  std::size_t steps = 1;  ///< 1: FGSM
  double step = 0.3;      ///< > 0
};
[[nodiscard]] Attack fgsm(double epsilon);
[[nodiscard]] Attack pgd(double epsilon);  ///< 20 steps of epsilon / 10, from a random start

struct CaptureOptions {
  std::vector<nn::CaptureLayer> layers;  ///< blocks of the latents
  std::string penultimate{};             ///< layer of the block that the logits come from; the last block when empty
  PixelScale scale;
  image::CorruptionMix mix{.pool = {}, .probability = 0};
  nn::ImageMoves moves{};          ///< of each image, before anything else is done to it
  std::optional<Attack> attack{};  ///< instead of the mix
  std::size_t samples = 0;         ///< images drawn, each image as often as any other (±1); 0: each once, in order
  std::uint64_t seed = 0;
  std::size_t batch = 2048;  ///< >= 1: images at once
};

/// The layers of the built-in network as the source reads them: pooled conv1, pooled conv2, hidden; 224 columns.
[[nodiscard]] std::vector<nn::CaptureLayer> source_layers();
/// What the default auditor reads of a built-in network: means, maxima, deviations and maps of every layer but hidden,
/// and hidden. Maps are of 4 × 4 cells, of the residual network's last block 2 × 2.
/// @param of_model  the layers of the network, nn::ImageModel::layers()
[[nodiscard]] std::vector<nn::CaptureLayer> rich_layers(const std::vector<std::string>& of_model);
/// "conv1:mean,conv2:grid4,hidden": layers with mean, max, sd, gridN or flat; mean for a layer alone. A number behind a
/// colon and what follows two colons belong to the name.
/// @return invalid_argument naming the part that is none
[[nodiscard]] Result<std::vector<nn::CaptureLayer>> parse_layers(const std::string& text);
/// "conv2:grid4"; "hidden" for a vector or a mean.
[[nodiscard]] std::string name_of(const nn::CaptureLayer& layer);

/// Which image each case of capture() is of: every image as often as any other (±1), in random order by the seed; each
/// once, in its own order, when samples is 0. @param images  how many there are
[[nodiscard]] std::vector<std::size_t> drawn_images(std::size_t images, const CaptureOptions& options);

/// Runs a model over images, corrupted as they go, and keeps what it computed: a case an image, its failure that the
/// predicted class is not the label. The same seed gives the same corruptions on any number of threads.
/// @param keep_images  when given, is filled with the corrupted images [samples, image size] in [0, 1]
/// Memory: 4 bytes a latent, logit and (kept) pixel.
[[nodiscard]] Result<AuditCases> capture(nn::ImageModel& model, const image::ImageSet& images,
                                         const CaptureOptions& options, ThreadPool& pool, const Progress& progress = {},
                                         std::vector<float>* keep_images = nullptr);

}  // namespace errata::audit
