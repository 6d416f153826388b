#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "errata/base/error.h"
#include "errata/image/picture.h"
#include "errata/readers/network.h"
#include "errata/readers/quad.h"

namespace errata::readers {

/// A face, in pixels of the picture, in part outside where the picture cuts it.
struct Face {
  float left = 0, top = 0, right = 0, bottom = 0;
  std::array<Corner, 6> points{};  ///< right eye, left eye, tip of the nose, middle of the mouth, right ear, left ear
  double score = 0;                ///< in [0, 1]

  [[nodiscard]] Quad quad() const {
    return {.corners = {Corner{left, top}, Corner{right, top}, Corner{right, bottom}, Corner{left, bottom}}};
  }
};

struct FaceDetectionOptions {
  double score = 0.6;    ///< faces of a smaller one are left out, in (0, 1)
  double overlap = 0.3;  ///< boxes whose intersection by union reaches it are one face, in (0, 1]
};

/// Finds faces: BlazeFace for a camera's view of several people, on a picture shrunk or enlarged to 256 pixels with its
/// sides in proportion. Faces narrower than about a twenty-fifth of the longer side
/// are missed (drawn ones: 9 of 9 at 1/23, 7 at 1/29, 2 at 1/39), and round things with dark spots are found now and
/// then.
/// Reference: V. Bazarevsky et al., "BlazeFace: sub-millisecond neural face detection on mobile GPUs", 2019.
class FaceDetector {
 public:
  /// Opens the model that comes with Errata, or another of the same interface.
  /// @return unavailable where the model or ONNX Runtime is not installed; data error naming a file that is no such
  /// model
  [[nodiscard]] static Result<FaceDetector> open();
  [[nodiscard]] static Result<FaceDetector> open(const std::filesystem::path& model);

  /// @param picture  1 or 3 channels, at least one pixel
  /// @return faces, the surest first; invalid_argument for options outside their ranges
  /// Cost: about 10 ms of CPU. Runs on the calling thread; several may call at once.
  [[nodiscard]] Result<std::vector<Face>> find(const image::Picture& picture,
                                               const FaceDetectionOptions& options = {}) const;

 private:
  explicit FaceDetector(Network network) : network_(std::move(network)) {}
  Network network_;
};

/// Side of the model's input in pixels.
inline constexpr std::size_t kFaceInput = 256;

/// The boxes that one grid of the model stands for, in pixels of its input, those of at least the given score. A cell
/// has several anchors in its middle; a row holds box middle x, y from the anchor, width, height, and six points x, y
/// from the anchor.
/// @param logits  [cells · cells · anchors]  @param rows  [cells · cells · anchors, 16]  @param cells  a side
[[nodiscard]] std::vector<Face> faces_of_grid(std::span<const float> logits, std::span<const float> rows,
                                              std::size_t cells, std::size_t anchors, double score);

/// Boxes that overlap become one, the mean weighted by their scores, of the highest score: the surest takes its own
/// first. Steadier over frames than keeping the surest alone.
[[nodiscard]] std::vector<Face> merged_faces(std::vector<Face> faces, double overlap);

}  // namespace errata::readers
