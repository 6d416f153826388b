#include "errata/engine_nn/robustness.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "errata/audit/cases.h"
#include "errata/base/cancellation.h"
#include "errata/engine/analyze.h"
#include "errata/engine_nn/audit_classes.h"
#include "errata/nn/archive.h"
#include "errata/nn/classifier.h"
#include "errata/table/settled_rule.h"

namespace errata::engine_nn {
namespace {

/// The model as a function of pixels. Where it gives probabilities, their logarithms are its logits.
/// @param place  its file, for errors
robustness::Classify classify_with(ScaledModel& model, const std::string& place, const image::ImageSet& images,
                                   ThreadPool& pool) {
  return [&](MatrixView<const float> given) -> Result<std::vector<float>> {
    const nn::ImageShape shape{.channels = images.channels, .height = images.height, .width = images.width};
    std::vector<float> pixels;
    pixels.reserve(given.rows() * given.cols());
    for (std::size_t i = 0; i < given.rows(); ++i) {
      const auto row = given.row(i);
      pixels.insert(pixels.end(), row.begin(), row.end());
    }
    audit::standardise(pixels, shape, model.scale);
    auto captured = model.model.run({pixels, given.rows(), given.cols()}, shape, {}, pool.cancellation());
    if (!captured && !captured.error().message.contains(place))
      captured.error().message = place + ": " + captured.error().message;
    if (!captured) return std::unexpected(std::move(captured).error());
    if (captured->logits.size() != given.rows() * images.classes.size()) return std::move(captured->logits);
    audit::AuditCases cases{.count = given.rows(), .logits = std::move(captured->logits), .classes = images.classes};
    take_logarithms_of_probabilities(cases);
    return std::move(cases.logits);
  };
}

Result<std::optional<ScaledModel>> open_earlier(const ModelChecklistRequest& request, const image::ImageSet& train) {
  if (request.earlier.empty()) return std::nullopt;
  ImageSubjectRequest earlier = request.subject;
  earlier.model = request.earlier;
  if (nn::kind_of_archive(earlier.model) == nn::kClassifierKind) earlier.mean = earlier.sd = {};
  ERRATA_ASSIGN(ScaledModel opened, open_scaled_model(earlier, train));
  return opened;
}

Result<table::PredictionLog> open_judged(table::ReadOptions read, const robustness::ShiftColumns& shift,
                                         const Progress& progress) {
  for (const auto& column : {shift.severity, shift.corruption})
    if (column) read.roles.others.push_back(*column);
  return engine::open_log(read, progress);
}

}  // namespace

Result<ClassifierChecklist> check_model(const ModelChecklistRequest& request, ThreadPool& pool,
                                        const Progress& progress) {
  return until_cancelled([&]() -> Result<ClassifierChecklist> {
    ERRATA_TRY(robustness::check_options(request.options));
    tell(progress, "opening the model and the images");
    ERRATA_ASSIGN(ImageSubject subject, open_image_subject(request.subject, pool));
    const image::ImageSet& images = subject.images.test;
    ERRATA_TRY(audit::check_scale(subject.scale, images));
    ERRATA_ASSIGN(std::optional<ScaledModel> earlier, open_earlier(request, subject.images.train));
    std::optional<image::ImageSplit> foreign;
    if (!request.foreign.empty()) {
      ERRATA_ASSIGN(foreign, image::open_images(request.foreign, request.subject.images, pool));
    }
    robustness::ProbeOptions probe = request.probe;
    probe.checks = request.options.checks;
    const auto model = classify_with(subject, request.subject.model, images, pool);
    const auto before = earlier ? classify_with(*earlier, request.earlier, images, pool) : robustness::Classify{};
    ERRATA_ASSIGN(robustness::Evidence evidence,
                  robustness::probe(images, model, before, foreign ? &foreign->test : nullptr, probe, pool, progress));
    evidence.subject.model = request.subject.model;
    evidence.subject.data = "the test images of " + images.name;
    evidence.subject.earlier = request.earlier;
    if (std::string words = single_output_words(subject, images); !words.empty())
      evidence.subject.notes.push_back(std::move(words));
    ERRATA_ASSIGN(robustness::Robustness made, robustness::run(evidence, request.options, pool, progress));
    return ClassifierChecklist{.made = std::move(made), .evidence = std::move(evidence)};
  });
}

Result<ClassifierChecklist> check_log(const LogChecklistRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<ClassifierChecklist> {
    ERRATA_TRY(robustness::check_options(request.options));
    table::ReadOptions read = request.read;
    read.keep_id = !request.earlier.empty();
    if (!request.earlier.empty()) read.alike = {request.earlier};
    ERRATA_ASSIGN(table::PredictionLog log, open_judged(read, request.shift, progress));
    std::optional<table::PredictionLog> earlier;
    if (!request.earlier.empty()) {
      table::ReadOptions of_earlier = read;
      of_earlier.paths = {request.earlier};
      of_earlier.alike = read.paths;
      of_earlier.settled = table::settled_rule(log);
      ERRATA_ASSIGN(earlier, engine::open_log(of_earlier, progress));
    }
    const slice::PairingOptions pairing{.mode = slice::PairingMode::paired, .by_id = read.roles.id.has_value()};
    const std::string name = read.paths.empty() ? std::string() : read.paths.front();
    ERRATA_ASSIGN(
        robustness::Evidence evidence,
        robustness::evidence_of_log(std::move(log), request.shift, earlier ? &*earlier : nullptr, pairing, progress));
    evidence.subject.model = name;
    evidence.subject.earlier = request.earlier;
    ERRATA_ASSIGN(robustness::Robustness made, robustness::run(evidence, request.options, pool, progress));
    return ClassifierChecklist{.made = std::move(made), .evidence = std::move(evidence)};
  });
}

}  // namespace errata::engine_nn
