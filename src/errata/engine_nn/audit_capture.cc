// A model's inside as a log.
//
// The log is read back by verbs that know nothing of images, so it must say by itself which logit is of which class:
// readers take the classes that occur, in their order. Names that would come back in another order, or not all, are
// written as the classes' indices; where names are numbers in their order the two are the same.
#include "errata/engine_nn/audit_capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <numeric>

#include "errata/arrays/npz.h"
#include "errata/base/cancellation.h"
#include "errata/engine_nn/audit_classes.h"
#include "errata/engine_nn/log_columns.h"
#include "errata/table/classes.h"
#include "errata/table/write_log.h"

namespace errata::engine_nn {
namespace {

using audit::AuditCases;
using image::ImageSet;
using table::Column;

constexpr std::size_t kNamed = 100;  ///< layers that an error lists

Result<std::vector<nn::CaptureLayer>> layers_to_capture(const AuditCaptureRequest& request,
                                                        const ImageSubject& subject) {
  if (!request.layers.empty()) return audit::parse_layers(request.layers);
  std::vector<std::string> names = subject.model.layers();
  if (subject.own) return audit::rich_layers(names);
  const std::size_t all = names.size();
  if (all > kNamed) names.resize(kNamed);
  return invalid_argument(fmt::format("{}: name the layers to capture; there are {}{}", request.subject.model,
                                      names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")),
                                      all > kNamed ? fmt::format(" and {} more (--list-layers)", all - kNamed) : ""));
}

/// Layers whose columns would have one name, or that of another column of the log, cannot be told apart.
Result<void> check_names(const std::vector<nn::CaptureLayer>& layers) {
  std::vector<std::string> names{"id",         "time",     "label",      "prediction",
                                 "confidence", "severity", kLogitColumn, "corruption"};
  for (const auto& layer : layers) {
    std::string name = latent_column(audit::name_of(layer));
    if (std::ranges::find(names, name) != names.end())
      return invalid_argument(fmt::format("layers: two columns of the log would be called {}", name));
    names.push_back(std::move(name));
  }
  return {};
}

double top_probability(std::span<const float> logits) {
  const auto top = static_cast<double>(*std::ranges::max_element(logits));
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - top);
  return 1 / sum;
}

std::vector<double> confidences(const AuditCases& cases) {
  const std::size_t k = cases.classes.size();
  std::vector<double> values(cases.count);
  for (std::size_t i = 0; i < cases.count; ++i) values[i] = top_probability(std::span(cases.logits).subspan(i * k, k));
  return values;
}

/// Do the classes come back from a log in their order, and all of them?
bool names_come_back(const AuditCases& cases) {
  std::vector<std::string> sorted = cases.classes;
  table::sort_classes(sorted);
  if (sorted != cases.classes) return false;
  std::vector<std::uint8_t> occurs(cases.classes.size(), 0);
  for (const auto* indices : {&cases.predicted, &cases.labels})
    for (const std::uint32_t index : *indices) occurs[index] = 1;
  return std::ranges::all_of(occurs, [](std::uint8_t yes) { return yes == 1; });
}

Column class_column(const char* name, const std::vector<std::uint32_t>& classes, const AuditCases& cases,
                    bool as_indices) {
  if (as_indices) return number_column(name, {classes.begin(), classes.end()});
  std::vector<std::string> values;
  for (const std::uint32_t index : classes) values.push_back(cases.classes[index]);
  return text_column(name, values);
}

std::vector<std::string> corruption_words(const AuditCases& cases) {
  std::vector<std::string> values(cases.count);
  for (std::size_t i = 0; i < cases.count; ++i)
    for (const std::uint32_t group : cases.groups_of[i])
      values[i] += (values[i].empty() ? "" : "+") + cases.groups[group];
  return values;
}

std::vector<float> block_values(const AuditCases& cases, const audit::LatentBlock& block) {
  std::vector<float> values;
  values.reserve(cases.count * block.width);
  for (std::size_t i = 0; i < cases.count; ++i) {
    const auto row = std::span(cases.latents).subspan(i * cases.width() + block.first, block.width);
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

Result<void> write_table(const AuditCases& cases, const std::vector<std::size_t>& images, bool as_indices,
                         const std::string& place, const Cancellation* stop) {
  std::vector<double> time(cases.count);
  std::iota(time.begin(), time.end(), 0.0);
  const std::vector<Column> columns{number_column("id", {images.begin(), images.end()}),
                                    number_column("time", std::move(time)),
                                    class_column("label", cases.labels, cases, as_indices),
                                    class_column("prediction", cases.predicted, cases, as_indices),
                                    number_column("confidence", confidences(cases)),
                                    text_column("corruption", corruption_words(cases)),
                                    number_column("severity", cases.severity)};
  std::vector<table::ListColumn> lists{{.name = kLogitColumn, .width = cases.classes.size(), .values = cases.logits}};
  for (const auto& block : cases.blocks)
    lists.push_back({.name = latent_column(block.name), .width = block.width, .values = block_values(cases, block)});
  return table::write_columns(columns, place, lists, stop);
}

AuditCaptured summary_of(const AuditCases& cases, const ImageSubject& subject, const ImageSet& images, bool train) {
  AuditCaptured captured{.cases = cases.count,
                         .failures = static_cast<std::size_t>(std::ranges::count(cases.failed, 1)),
                         .columns = {},
                         .data = fmt::format("the {} images of {}", train ? "training" : "test", images.name),
                         .scale = subject.scale,
                         .scale_from = subject.scale_from};
  for (std::size_t i = 0; i < cases.count; ++i)
    if (!cases.is_clean(i)) ++captured.corrupted;
  for (const auto& block : cases.blocks)
    captured.columns.push_back(fmt::format("{}[{}]", latent_column(block.name), block.width));
  return captured;
}

}  // namespace

std::string latent_column(std::string_view block) {
  std::string name(block.substr(std::min(block.find_first_not_of('/'), block.size())));
  std::ranges::replace_if(name, [](char c) { return c == ':' || c == '/'; }, '_');
  return name;
}

Result<void> write_captured_arrays(const AuditCases& cases, const std::vector<std::size_t>& images,
                                   std::optional<std::uint64_t> model, const std::filesystem::path& place,
                                   const Cancellation* cancellation) {
  const std::size_t n = cases.count;
  std::vector<std::uint8_t> first(n);
  for (std::size_t i = 0; i < n; ++i) first[i] = static_cast<std::uint8_t>(cases.groups_of[i].front());
  const std::vector<std::int64_t> ids(images.begin(), images.end());
  const std::vector<float> severity(cases.severity.begin(), cases.severity.end());
  const auto array = [](const auto& values, std::vector<std::size_t> shape) {
    return arrays::npy_array(std::span(values), std::move(shape));
  };
  std::vector<std::pair<std::string, arrays::NpyArray>> arrays{
      {"id", array(ids, {n})},
      {"labels", array(cases.labels, {n})},
      {"predictions", array(cases.predicted, {n})},
      {"corruption", array(first, {n})},
      {"severity", array(severity, {n})},
      {"logits", array(cases.logits, {n, cases.classes.size()})}};
  for (const auto& block : cases.blocks)
    arrays.emplace_back("latents_" + latent_column(block.name), array(block_values(cases, block), {n, block.width}));
  if (model) arrays.emplace_back(kModelArray, array(std::vector{std::bit_cast<std::int64_t>(*model)}, {1}));
  return arrays::write_npz(place, arrays, cancellation);
}

Result<AuditCaptured> capture_log(const AuditCaptureRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<AuditCaptured> {
    audit::CaptureOptions options{.layers = {}, .penultimate = "hidden", .scale = {}};
    options.mix = request.mix;
    tell(progress, "opening the model and the images");
    ERRATA_ASSIGN(ImageSubject subject, open_image_subject(request.subject, pool));
    const ImageSet& images = request.train_part ? subject.images.train : subject.images.test;
    ERRATA_ASSIGN(options.layers, layers_to_capture(request, subject));
    ERRATA_TRY(check_names(options.layers));
    options.scale = subject.scale;
    options.samples = request.samples;
    options.seed = request.seed;
    ERRATA_ASSIGN(AuditCases cases, audit::capture(subject.model, images, options, pool, progress));
    const auto drawn = audit::drawn_images(images.count, options);
    const bool probabilities = take_logarithms_of_probabilities(cases);
    AuditCaptured captured = summary_of(cases, subject, images, request.train_part);
    captured.warnings = images.notes;
    if (std::string words = single_output_words(subject, images); !words.empty())
      captured.warnings.push_back(std::move(words));
    if (probabilities)
      captured.warnings.emplace_back(
          "the model gives probabilities and not logits: their logarithms are written as logits, and they themselves "
          "are the confidence");
    tell(progress, "writing the log");
    if (request.output.ends_with(".npz")) {
      ERRATA_TRY(write_captured_arrays(cases, drawn, subject.fingerprint, request.output, pool.cancellation()));
    } else {
      captured.classes_as_indices = !names_come_back(cases);
      ERRATA_TRY(write_table(cases, drawn, captured.classes_as_indices, request.output, pool.cancellation()));
    }
    return captured;
  });
}

Result<std::vector<std::string>> layers_of_model(const ImageSubjectRequest& request) {
  ERRATA_ASSIGN(const nn::ImageModel model, nn::ImageModel::open(request.model, request.device, request.trusted_only));
  return model.layers();
}

}  // namespace errata::engine_nn
