#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "errata/audit/capture.h"
#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/image/images.h"
#include "errata/nn/image_model.h"

namespace errata::engine_nn {

/// A model, and images to run it on.
struct ImageSubjectRequest {
  std::string model;  ///< Errata's own classifier, an ONNX model or a TorchScript archive, which is a program and runs
  bool trusted_only = false;    ///< refuse TorchScript archives
  std::string data = "digits";  ///< as image::open_images() takes it
  image::ImageOptions images;
  /// Of the pixels in [0, 1], one or one a channel: the model gets (pixel − mean) / sd. Empty: of the data.
  std::vector<double> mean{}, sd{};
  nn::Device device{};
};

/// A model and what its pixels are standardised by.
struct ScaledModel {
  nn::ImageModel model;
  bool own = false;  ///< Errata's own classifier
  audit::PixelScale scale{};
  std::optional<std::uint64_t> fingerprint{};  ///< of an own classifier's file
  std::string scale_from{};  ///< in words: "the model's file", "--mean and --sd", "the training images of mnist"
};
struct ImageSubject : ScaledModel {
  image::ImageSplit images;
};

/// Archive::fingerprint of a classifier that Errata wrote; nothing for a file of another kind.
/// @return data error for such a file that is damaged
[[nodiscard]] Result<std::optional<std::uint64_t>> fingerprint_of_classifier(const std::filesystem::path& place);
/// How the one number an image that the model gave was taken; nothing where it gave more.
[[nodiscard]] std::string single_output_words(const ScaledModel& subject, const image::ImageSet& images);

/// Opens the model alone. @param train  the training images, for a scale that nothing else tells
/// @return as open_image_subject()
[[nodiscard]] Result<ScaledModel> open_scaled_model(const ImageSubjectRequest& request, const image::ImageSet& train);

/// Opens both; with two classes the model may give one number an image. The mean and deviation of the pixels come from
/// an own classifier's file; for another model from the request, else from the training images.
/// @return invalid_argument for means without as many deviations and for either where the file has them; data errors of
/// the model and the images
[[nodiscard]] Result<ImageSubject> open_image_subject(const ImageSubjectRequest& request, ThreadPool& pool);

}  // namespace errata::engine_nn
