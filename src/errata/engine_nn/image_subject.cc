#include "errata/engine_nn/image_subject.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/nn/archive.h"
#include "errata/nn/classifier.h"

namespace errata::engine_nn {
namespace {

/// What standardised the pixels that an own classifier was trained on.
Result<audit::PixelScale> scale_in(const nn::Archive& archive, const std::string& place) {
  try {
    const auto images = nlohmann::json::parse(archive.description).at("images");
    const double mean = images.at("pixel_mean"), sd = images.at("pixel_sd");
    if (std::isfinite(mean) && sd > 0) return audit::PixelScale{.mean = {mean}, .sd = {sd}};
    return data_error(fmt::format("{}: its pixels have mean {} and deviation {}", place, mean, sd));
  } catch (const nlohmann::json::exception& error) {
    return data_error(fmt::format("{}: its description cannot be read: {}", place, error.what()));
  }
}

Result<void> choose_scale(const ImageSubjectRequest& request, const image::ImageSet& train, ScaledModel& subject) {
  if (subject.own) {
    if (!request.mean.empty())
      return invalid_argument(fmt::format("{}: the file has its own mean and sd", request.model));
    ERRATA_ASSIGN(const nn::Archive archive,
                  nn::read_archive(request.model, nn::kClassifierKind, nn::kClassifierVersion));
    subject.fingerprint = archive.fingerprint;
    ERRATA_ASSIGN(subject.scale, scale_in(archive, request.model));
    subject.scale_from = "the model's file";
  } else if (!request.mean.empty()) {
    subject.scale = {.mean = request.mean, .sd = request.sd};
    subject.scale_from = "--mean and --sd";
  } else {
    subject.scale = audit::pixel_scale(train);
    subject.scale_from = "the training images of " + train.name;
  }
  return {};
}

/// The scale is still to be chosen.
Result<ScaledModel> open_model(const ImageSubjectRequest& request) {
  if (request.mean.size() != request.sd.size())
    return invalid_argument(
        fmt::format("mean and sd: give both, as many of one as of the other, or neither; there are "
                    "{} and {}",
                    request.mean.size(), request.sd.size()));
  for (const double mean : request.mean)
    if (!std::isfinite(mean)) return invalid_argument(fmt::format("mean {} is not a finite number", mean));
  for (const double sd : request.sd)
    if (!(sd > 0 && std::isfinite(sd))) return invalid_argument(fmt::format("sd {} is not above 0", sd));
  ERRATA_ASSIGN(nn::ImageModel model, nn::ImageModel::open(request.model, request.device, request.trusted_only));
  return ScaledModel{.model = std::move(model), .own = nn::kind_of_archive(request.model) == nn::kClassifierKind};
}

Result<void> make_ready(const ImageSubjectRequest& request, const image::ImageSet& train, ScaledModel& subject) {
  if (train.classes.size() == 2) subject.model.expect_two_classes();
  return choose_scale(request, train, subject);
}

}  // namespace

Result<std::optional<std::uint64_t>> fingerprint_of_classifier(const std::filesystem::path& place) {
  if (nn::kind_of_archive(place) != nn::kClassifierKind) return std::nullopt;
  ERRATA_ASSIGN(const nn::Archive archive, nn::read_archive(place, nn::kClassifierKind, nn::kClassifierVersion));
  return archive.fingerprint;
}

Result<ScaledModel> open_scaled_model(const ImageSubjectRequest& request, const image::ImageSet& train) {
  ERRATA_ASSIGN(ScaledModel opened, open_model(request));
  ERRATA_TRY(make_ready(request, train, opened));
  return opened;
}

Result<ImageSubject> open_image_subject(const ImageSubjectRequest& request, ThreadPool& pool) {
  ERRATA_ASSIGN(ScaledModel model, open_model(request));
  ERRATA_ASSIGN(image::ImageSplit images, image::open_images(request.data, request.images, pool));
  ERRATA_TRY(make_ready(request, images.train, model));
  return ImageSubject{{std::move(model)}, std::move(images)};
}

std::string single_output_words(const ScaledModel& subject, const image::ImageSet& images) {
  if (subject.model.single_output() == nn::SingleOutput::none) return {};
  return fmt::format("{}: the model gives {}", images.name,
                     nn::words_of_single(subject.model.single_output(), images.classes[0], images.classes[1]));
}

}  // namespace errata::engine_nn
