#include "errata/engine_nn/audit_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "errata/audit/auditor_file.h"
#include "errata/audit/failure_picture.h"
#include "errata/base/cancellation.h"
#include "errata/engine_nn/audit_capture.h"
#include "errata/image/corruption_mix.h"
#include "errata/stats/logistic.h"

namespace errata::engine_nn {
namespace {

using audit::AuditCases;

/// The layer that a block of latents is of: "conv1:max" where the pair was trained, "conv1_max" from a captured log.
std::optional<nn::CaptureLayer> layer_of(const std::string& block, const std::vector<std::string>& known) {
  const std::string column = latent_column(block);
  for (const std::string& name : known)
    if (latent_column(name) == column) return nn::CaptureLayer{.layer = name};
  for (const std::string& name : known) {
    const std::string begin = latent_column(name) + "_";
    if (!column.starts_with(begin)) continue;
    const auto layers = audit::parse_layers(name + ":" + column.substr(begin.size()));
    if (layers && layers->size() == 1 && layers->front().layer == name) return layers->front();
  }
  return std::nullopt;
}

Result<std::vector<nn::CaptureLayer>> layers_of(const audit::FittedAuditor& fitted, const ImageSubject& subject,
                                                const AuditPictureRequest& request) {
  const auto known = subject.model.layers();
  std::vector<nn::CaptureLayer> layers;
  for (const auto& block : fitted.blocks) {
    const auto layer = layer_of(block.name, known);
    if (!layer)
      return data_error(fmt::format("{}: the auditor reads {}, which is no layer of {}; the layers are {}",
                                    request.auditor, block.name, request.subject.model, fmt::join(known, ", ")));
    layers.push_back(*layer);
  }
  return layers;
}

std::vector<double> probabilities(const AuditCases& cases, std::size_t i) {
  const std::size_t k = cases.classes.size();
  const std::span<const float> logits = std::span(cases.logits).subspan(i * k, k);
  std::vector<double> p(logits.begin(), logits.end());
  stats::softmax_in_place(std::span(p));
  return p;
}

/// The flagged failure of the greatest confidence; the first of equals.
std::optional<std::size_t> find_case(const AuditCases& cases, const std::vector<double>& risks, AuditPicture& picture) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < cases.count; ++i) {
    if (cases.failed[i] == 0) continue;
    ++picture.failures;
    if (!(risks[i] > kFlagged)) continue;
    ++picture.flagged;
    const double confidence = probabilities(cases, i)[cases.predicted[i]];
    if (best && confidence <= picture.confidence) continue;
    best = i;
    picture.confidence = confidence;
  }
  return best;
}

std::string chain_words(const AuditCases& cases, std::size_t i) {
  std::string words;
  for (const std::uint32_t group : cases.groups_of[i]) words += (words.empty() ? "" : "+") + cases.groups[group];
  return words;
}

}  // namespace

Result<AuditPicture> take_picture(const AuditPictureRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<AuditPicture> {
    ERRATA_ASSIGN(const audit::FittedAuditor fitted, audit::load_auditor(request.auditor));
    ERRATA_ASSIGN(ImageSubject subject, open_image_subject(request.subject, pool));
    if (audit::of_another_model(fitted, subject.fingerprint))
      return data_error(
          fmt::format("{}: this auditor was trained on another network than {}; take the two that one "
                      "`errata audit train` wrote into one folder",
                      request.auditor, request.subject.model));
    const image::ImageSet& images = subject.images.test;
    audit::CaptureOptions options{
        .layers = {}, .scale = subject.scale, .mix = image::source_mix(), .seed = request.seed};
    ERRATA_ASSIGN(options.layers, layers_of(fitted, subject, request));
    std::vector<float> corrupted;
    ERRATA_ASSIGN(const AuditCases cases, audit::capture(subject.model, images, options, pool, progress, &corrupted));
    ERRATA_TRY(fitted.auditor.fits(cases.outputs()));
    const std::vector<double> risks = fitted.risks(cases.outputs());
    AuditPicture picture{.data = images.name, .truth = {}, .predicted = {}, .corruption = {}, .cases = cases.count};
    const auto found = find_case(cases, risks, picture);
    if (!found)
      return data_error(
          fmt::format("{}: of {} test images {} fail, and the auditor flags none of these (risk above {})", images.name,
                      cases.count, picture.failures, kFlagged));
    const std::size_t i = *found, size = images.image_size();
    picture.image = i;
    picture.auditor_risk = risks[i];
    picture.severity = cases.severity[i];
    picture.truth = cases.classes[cases.labels[i]];
    picture.predicted = cases.classes[cases.predicted[i]];
    picture.corruption = chain_words(cases, i);
    ERRATA_TRY(
        image::write_png(request.output, audit::draw_failure({.channels = images.channels,
                                                              .height = images.height,
                                                              .width = images.width,
                                                              .clean = images.view().row(i),
                                                              .corrupted = std::span(corrupted).subspan(i * size, size),
                                                              .probabilities = probabilities(cases, i),
                                                              .classes = cases.classes,
                                                              .truth = cases.labels[i],
                                                              .predicted = cases.predicted[i],
                                                              .auditor_risk = risks[i],
                                                              .corruption = picture.corruption})));
    return picture;
  });
}

}  // namespace errata::engine_nn
