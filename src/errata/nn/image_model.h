#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/nn/archive.h"
#include "errata/nn/runtime.h"
#include "errata/nn/single_output.h"

namespace errata::nn {

/// Images of one size: a row of a [n, channels · height · width] float32 matrix, channel by channel, row by row.
struct ImageShape {
  std::size_t channels = 1, height = 28, width = 28;
  [[nodiscard]] std::size_t size() const { return channels * height * width; }
  friend bool operator==(const ImageShape&, const ImageShape&) = default;
};

/// How a layer's activation becomes latents: a map [channels, h, w], or [channels, positions], is summarised, a vector
/// is taken as it is.
enum class Pooling : std::uint8_t {
  mean,                ///< over the positions, one a channel
  max,                 ///< over the positions, one a channel
  standard_deviation,  ///< over the positions, one a channel
  grid,  ///< means over the cells of a grid of `cells` × `cells`: channels · cells²; maps with h and w only
  flat,  ///< every value
};

/// One block of latents: a named layer and how it is pooled.
struct CaptureLayer {
  std::string layer;
  Pooling pooling = Pooling::mean;
  std::size_t cells = 4;  ///< >= 1, of a grid
};

/// What a model computed for n images.
struct Captured {
  std::vector<std::size_t> widths;  ///< of each block asked for
  std::vector<float> latents;       ///< [n, Σ widths], block after block
  std::vector<float> logits;        ///< [n, classes]
};

/// An image classifier that can be run with its inside seen: Errata's own network, any TorchScript module whose forward
/// takes [n, c, h, w] and gives [n, classes], or an ONNX model of one such input: also [n, h, w, c], [n, h, w] for one
/// channel, or [n, values]. Of an ONNX model with several outputs the first float one of two dimensions is the logits.
/// Not safe to share between threads while running.
class ImageModel {
 public:
  /// Opens a TorchScript archive, an ONNX model, or Errata's own classifier. A TorchScript archive is a program:
  /// opening and running it runs its code.
  /// @param trusted_only  refuse TorchScript archives; the others are read without running code
  /// @return data error naming the path: truncated, no archive, not trusted, newer; an ONNX model that takes something
  ///     else (its inputs are named); unavailable: an ONNX model without ONNX Runtime
  [[nodiscard]] static Result<ImageModel> open(const std::filesystem::path& place, Device device, bool trusted_only);

  ImageModel(ImageModel&&) noexcept;
  ImageModel& operator=(ImageModel&&) noexcept;
  ~ImageModel();

  /// Names of the submodules, as Python's named_modules() gives them, in order; of an ONNX model those modules that the
  /// file tells, then the names of all tensors that its nodes give.
  [[nodiscard]] std::vector<std::string> layers() const;

  /// Runs the model on images, some hundred at once, and captures layers. Of a layer that is called several times the
  /// last output counts. Errata's own network and ONNX models run on the module's threads, with the same bits on any
  /// number of them.
  /// @param images  [n, shape.size()] as the model takes them (standardised; what by is in an own file's description)
  /// @return data errors: a layer that does not exist (those that do are named), a layer that gives no tensor, a model
  ///     that throws (its words), a shape that does not fit, NaN or infinite activations (layer and image named), a
  ///     number that is no probability where those of the first run were
  /// @param cancellation  looked at between pieces of the images; unwinds with Cancelled
  [[nodiscard]] Result<Captured> run(MatrixView<const float> images, ImageShape shape,
                                     std::span<const CaptureLayer> capture, const Cancellation* cancellation = nullptr);

  /// A model of two classes may give one number an image ([n, 1] or [n]). From now on run() makes two logits of it, as
  /// nn/single_output.h says; the images of the first run tell which kind of number it is.
  void expect_two_classes();
  /// What it was in the runs so far.
  [[nodiscard]] SingleOutput single_output() const;

  /// Gradient of each image's cross-entropy with respect to its pixels. @param labels  [n]  @return [n, shape.size()]
  [[nodiscard]] Result<std::vector<float>> loss_gradients(MatrixView<const float> images, ImageShape shape,
                                                          std::span<const std::uint32_t> labels,
                                                          const Cancellation* cancellation = nullptr);

 private:
  struct State;
  explicit ImageModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The built-in networks.
enum class ClassifierNetwork : std::uint8_t {
  plain,     ///< two convolutions and a hidden layer: the source's, for drawn figures
  residual,  ///< eight convolutions, for pictures in colour (residual.h); trained on moved and mirrored images
};

struct ClassifierOptions {
  ClassifierNetwork network = ClassifierNetwork::plain;
  std::size_t classes = 10;
  std::size_t epochs = 3;
  std::size_t batch = 128;
  double learning_rate = 1e-3;  ///< Adam; the residual network: AdamW, at the height of one cycle
  double weight_decay = 0;      ///< of the residual network
  std::uint64_t seed = 0;
  Device device{};
  const Cancellation* cancellation = nullptr;         ///< looked at before each batch; unwinds with Cancelled
  double pixel_mean = 0, pixel_sd = 1;                ///< written to the file: what standardised the images
  std::optional<std::filesystem::path> checkpoint{};  ///< after each epoch; training goes on from it when there
  /// Called before each epoch with its images as a matrix that may be changed in place (augmentation); may be empty.
  std::function<void(std::size_t epoch, MatrixView<float> images)> augment{};
  std::function<void(std::size_t epoch, double loss)> on_epoch{};
};

/// How the residual network is trained by default: 24 epochs, batches of 64, up to 1e-2, weight decay 5e-2.
[[nodiscard]] ClassifierOptions residual_classifier();

/// Trains a built-in primary network. The plain one is exactly as the source describes it: twice (convolution 3×3,
/// batch normalisation, ReLU, 2×2 max-pooling; 32, then 64 channels), 128 hidden units with ReLU, logits. Layers that
/// can be captured: conv1 and conv2 (after pooling), hidden (after ReLU). Of the residual one: stem, block1, block2,
/// block3, hidden. Convolutions run channels-last, and pooling before ReLU, which gives the same values sooner. On the
/// CPU the training runs on the module's threads, with the same bits on any number of them.
/// @param images  [n, shape.size()] standardised  @param labels  [n] < classes
/// @param place   where the network is written: an archive "errata.classifier"
/// @return invalid_argument or data errors; the same seed gives the same network on the same machine
[[nodiscard]] Result<void> train_classifier(MatrixView<const float> images, ImageShape shape,
                                            std::span<const std::uint32_t> labels, const ClassifierOptions& options,
                                            const std::filesystem::path& place);

}  // namespace errata::nn
