#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "errata/base/error.h"
#include "errata/image/picture.h"
#include "errata/readers/network.h"
#include "errata/readers/quad.h"

namespace errata::readers {

/// Where a line of text stands.
struct TextRegion {
  Quad quad;         ///< in pixels of the picture
  double score = 0;  ///< mean probability of text within, in [0, 1]
};

struct TextDetectionOptions {
  std::size_t long_side = 960;  ///< pixels that a larger picture is shrunk to, in [32, 4096]; cost grows by its square
  double threshold = 0.3;       ///< of a pixel's probability that it is text, in (0, 1)
  double region_score = 0.6;    ///< regions of a smaller score are left out, in [0, 1]
  double growth = 1.6;          ///< regions are grown on each side by this · area / perimeter, in [0, 10]
  std::size_t most_regions = 1000;  ///< contours that are looked at
};

/// Finds lines of text in pictures: PP-OCRv4's detector. It gives each pixel of a shrunk picture the probability that
/// it belongs to the middle of a line; each connected piece of pixels above the threshold becomes the smallest
/// rectangle around it, turned as the line is, and is grown back to the whole line. Reference: M. Liao et al.,
/// "Real-time scene text detection with differentiable binarization", AAAI 2020.
class TextDetector {
 public:
  /// Opens the model that comes with Errata, or another of the same interface.
  /// @return unavailable where the model or ONNX Runtime is not installed; data error naming a file that is no such
  /// model
  [[nodiscard]] static Result<TextDetector> open();
  [[nodiscard]] static Result<TextDetector> open(const std::filesystem::path& model);

  /// @param picture  1 or 3 channels, at least one pixel
  /// @return regions from top to bottom; invalid_argument for options outside their ranges
  /// Cost: about 150 ms of CPU at 1024 × 704. Runs on the calling thread; several may call at once.
  [[nodiscard]] Result<std::vector<TextRegion>> find(const image::Picture& picture,
                                                     const TextDetectionOptions& options = {}) const;

 private:
  explicit TextDetector(Network network) : network_(std::move(network)) {}
  Network network_;
};

/// The regions of a map of probabilities.
/// @param probabilities  [height, width]
/// @param down, across   pixels of the picture a pixel of the map
[[nodiscard]] std::vector<TextRegion> text_regions(std::span<const float> probabilities, std::size_t height,
                                                   std::size_t width, double down, double across,
                                                   const TextDetectionOptions& options = {});

}  // namespace errata::readers
