#include "errata/audit/capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace errata::audit {
namespace {

// Streams of the seed: which images, and what happens to them.
constexpr std::uint64_t kDrawStream = 1, kCorruptStream = 2, kAttackStream = 3, kMoveStream = 4;

struct Batch {
  std::vector<float> pixels;          ///< [n, size] in [0, 1]
  std::vector<std::uint32_t> labels;  ///< [n]
};

/// Each image as a draw of the moves shows it; what comes into view is of the mean of all pixels.
void move_images(std::vector<float>& pixels, nn::ImageShape shape, const CaptureOptions& options, Rng stream,
                 std::size_t first) {
  const std::vector<float> still = pixels;
  const auto fill = static_cast<float>(options.scale.mean[0]);
  for (std::size_t i = 0; (i + 1) * shape.size() <= pixels.size(); ++i) {
    Rng rng = stream.fork(first + i);
    nn::move_image(std::span(still).subspan(i * shape.size(), shape.size()), shape, options.moves, fill, rng,
                   std::span(pixels).subspan(i * shape.size(), shape.size()));
  }
}

Result<void> attack_batch(nn::ImageModel& model, nn::ImageShape shape, const CaptureOptions& options, Batch& batch,
                          Rng rng, const Cancellation* cancellation) {
  const Attack& attack = *options.attack;
  const std::vector<float> clean = batch.pixels;
  const auto epsilon = static_cast<float>(attack.epsilon), step = static_cast<float>(attack.step);
  if (attack.steps > 1)
    for (float& x : batch.pixels) x = std::clamp(x + epsilon * static_cast<float>(2 * rng.uniform() - 1), 0.F, 1.F);
  for (std::size_t s = 0; s < attack.steps; ++s) {
    std::vector<float> scaled = batch.pixels;
    standardise(scaled, shape, options.scale);
    ERRATA_ASSIGN(const std::vector<float> gradients,
                  model.loss_gradients({scaled, batch.labels.size(), shape.size()}, shape, batch.labels, cancellation));
    for (std::size_t i = 0; i < clean.size(); ++i) {
      const float direction = gradients[i] > 0 ? 1.F : gradients[i] < 0 ? -1.F : 0.F;
      const float moved = std::clamp(batch.pixels[i] + step * direction, clean[i] - epsilon, clean[i] + epsilon);
      batch.pixels[i] = std::clamp(moved, 0.F, 1.F);
    }
  }
  return {};
}

std::vector<LatentBlock> blocks_of(const CaptureOptions& options, const std::vector<std::size_t>& widths) {
  std::vector<LatentBlock> blocks;
  std::size_t first = 0;
  for (std::size_t b = 0; b < widths.size(); ++b) {
    blocks.push_back({.name = name_of(options.layers[b]), .first = first, .width = widths[b]});
    first += widths[b];
  }
  return blocks;
}

void append_outcomes(AuditCases& cases, const nn::Captured& captured, const Batch& batch,
                     const std::vector<image::Corrupted>& corrupted) {
  const std::size_t n = batch.labels.size(), k = cases.classes.size();
  cases.latents.insert(cases.latents.end(), captured.latents.begin(), captured.latents.end());
  cases.logits.insert(cases.logits.end(), captured.logits.begin(), captured.logits.end());
  for (std::size_t i = 0; i < n; ++i) {
    const auto logits = std::span(captured.logits).subspan(i * k, k);
    const auto predicted = static_cast<std::uint32_t>(std::ranges::max_element(logits) - logits.begin());
    cases.predicted.push_back(predicted);
    cases.labels.push_back(batch.labels[i]);
    cases.failed.push_back(predicted == batch.labels[i] ? 0 : 1);
    std::vector<std::uint32_t> groups;
    for (const image::Corruption link : corrupted[i].chain) groups.push_back(static_cast<std::uint32_t>(link));
    if (groups.empty()) groups.push_back(static_cast<std::uint32_t>(image::Corruption::none));
    cases.groups_of.push_back(std::move(groups));
    cases.severity.push_back(corrupted[i].severity);
  }
  cases.count += n;
}

std::vector<std::string> group_names() {
  std::vector<std::string> names;
  for (const image::CorruptionInfo& info : image::corruptions()) names.emplace_back(info.name);
  return names;
}

Result<void> check(const image::ImageSet& images, const CaptureOptions& options) {
  if (options.layers.empty()) return invalid_argument("no layers to capture");
  if (images.count == 0) return data_error(fmt::format("{}: no images", images.name));
  ERRATA_TRY(check_scale(options.scale, images));
  if (options.attack && !(options.attack->epsilon > 0 && options.attack->epsilon <= 1))
    return invalid_argument(fmt::format("epsilon {} is not in (0, 1]", options.attack->epsilon));
  return {};
}

/// Where the pooling of "conv2:grid4" begins, npos for a name alone. Tensors of ONNX models have colons in their names:
/// "onnx::Relu_12" of PyTorch's, "block/Relu:0" of TensorFlow's.
std::size_t colon_of_pooling(std::string_view part) {
  const std::size_t colon = part.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == part.size()) return colon;
  const bool is_double = colon > 0 && part[colon - 1] == ':';
  const bool is_number = part.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
  return is_double || is_number ? std::string_view::npos : colon;
}

}  // namespace

std::vector<std::size_t> drawn_images(std::size_t images, const CaptureOptions& options) {
  Rng rng = Rng(options.seed).fork(kDrawStream);
  std::vector<std::size_t> drawn(options.samples == 0 ? images : options.samples);
  std::vector<std::size_t> round(images);
  std::iota(round.begin(), round.end(), 0);
  for (std::size_t at = 0; at < drawn.size(); at += images) {
    if (options.samples != 0) rng.shuffle(std::span(round));
    std::copy_n(round.begin(), std::min(images, drawn.size() - at), drawn.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return drawn;
}

PixelScale pixel_scale(const image::ImageSet& images) {
  double sum = 0, squares = 0;
  for (const float x : images.pixels) sum += static_cast<double>(x);
  const double mean = images.pixels.empty() ? 0 : sum / static_cast<double>(images.pixels.size());
  for (const float x : images.pixels) squares += (static_cast<double>(x) - mean) * (static_cast<double>(x) - mean);
  return {.mean = {mean},
          .sd = {images.pixels.empty() ? 0 : std::sqrt(squares / static_cast<double>(images.pixels.size()))}};
}

Result<void> check_scale(const PixelScale& scale, const image::ImageSet& images) {
  if (scale.mean.size() != scale.sd.size() || (scale.mean.size() != 1 && scale.mean.size() != images.channels))
    return invalid_argument(fmt::format("{} means and {} deviations of pixels, but the images of {} have {} channels",
                                        scale.mean.size(), scale.sd.size(), images.name, images.channels));
  if (!std::ranges::all_of(scale.sd, [](double sd) { return sd > 0; }))
    return data_error(fmt::format("{}: all pixels are equal", images.name));
  return {};
}

void standardise(std::span<float> pixels, nn::ImageShape shape, const PixelScale& scale) {
  const std::size_t plane = shape.height * shape.width;
  for (std::size_t first = 0, channel = 0; first < pixels.size(); first += plane, ++channel) {
    const std::size_t at = scale.mean.size() == 1 ? 0 : channel % shape.channels;
    const auto mean = static_cast<float>(scale.mean[at]), sd = static_cast<float>(scale.sd[at]);
    for (float& x : pixels.subspan(first, plane)) x = (x - mean) / sd;
  }
}

Attack fgsm(double epsilon) { return {.epsilon = epsilon, .steps = 1, .step = epsilon}; }
Attack pgd(double epsilon) { return {.epsilon = epsilon, .steps = 20, .step = epsilon / 10}; }

std::vector<nn::CaptureLayer> source_layers() { return {{.layer = "conv1"}, {.layer = "conv2"}, {.layer = "hidden"}}; }

std::vector<nn::CaptureLayer> rich_layers(const std::vector<std::string>& of_model) {
  std::vector<nn::CaptureLayer> layers;
  for (const auto& layer : of_model) layers.push_back({.layer = layer});
  for (const auto& layer : of_model)
    if (layer != "hidden")
      for (const auto pooling : {nn::Pooling::max, nn::Pooling::standard_deviation, nn::Pooling::grid})
        layers.push_back({.layer = layer, .pooling = pooling, .cells = layer == "block3" ? 2U : 4U});
  return layers;
}

std::string name_of(const nn::CaptureLayer& layer) {
  switch (layer.pooling) {
    case nn::Pooling::mean: return layer.layer;
    case nn::Pooling::max: return layer.layer + ":max";
    case nn::Pooling::standard_deviation: return layer.layer + ":sd";
    case nn::Pooling::grid: return fmt::format("{}:grid{}", layer.layer, layer.cells);
    case nn::Pooling::flat: return layer.layer + ":flat";
  }
  return layer.layer;
}

Result<std::vector<nn::CaptureLayer>> parse_layers(const std::string& text) {
  std::vector<nn::CaptureLayer> layers;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, end - at);
    const std::size_t colon = colon_of_pooling(part);
    const std::string pooling = colon == std::string::npos ? "mean" : part.substr(colon + 1);
    nn::CaptureLayer layer{.layer = part.substr(0, colon)};
    if (pooling == "max") {
      layer.pooling = nn::Pooling::max;
    } else if (pooling == "sd") {
      layer.pooling = nn::Pooling::standard_deviation;
    } else if (pooling == "flat") {
      layer.pooling = nn::Pooling::flat;
    } else if (pooling.starts_with("grid")) {
      layer.pooling = nn::Pooling::grid;
      const char* last = pooling.data() + pooling.size();
      if (pooling.size() == 4 || std::from_chars(pooling.data() + 4, last, layer.cells).ptr != last ||
          layer.cells < 1 || layer.cells > 64)
        return invalid_argument(fmt::format("layers: '{}': the cells of a grid are 1 to 64, as in conv2:grid4", part));
    } else if (pooling != "mean") {
      return invalid_argument(
          fmt::format("layers: '{}': pooling '{}' is not one of mean, max, sd, gridN, flat", part, pooling));
    }
    if (layer.layer.empty()) return invalid_argument(fmt::format("layers: '{}' names no layer", part));
    layers.push_back(std::move(layer));
    at = end + 1;
  }
  return layers;
}

Result<AuditCases> capture(nn::ImageModel& model, const image::ImageSet& images, const CaptureOptions& options,
                           ThreadPool& pool, const Progress& progress, std::vector<float>* keep_images) {
  ERRATA_TRY(check(images, options));
  const Rng seed(options.seed);
  const std::vector<std::size_t> drawn = drawn_images(images.count, options);
  const nn::ImageShape shape{.channels = images.channels, .height = images.height, .width = images.width};
  const std::size_t size = images.image_size();
  AuditCases cases{.classes = images.classes, .groups = group_names()};
  for (std::size_t first = 0; first < drawn.size(); first += options.batch) {
    const std::size_t n = std::min(options.batch, drawn.size() - first);
    Batch batch{.pixels = std::vector<float>(n * size), .labels = std::vector<std::uint32_t>(n)};
    for (std::size_t i = 0; i < n; ++i) {
      const auto image = images.view().row(drawn[first + i]);
      std::ranges::copy(image, batch.pixels.begin() + static_cast<std::ptrdiff_t>(i * size));
      batch.labels[i] = images.labels[drawn[first + i]];
    }
    if (options.moves.any()) move_images(batch.pixels, shape, options, seed.fork(kMoveStream), first);
    std::vector<image::Corrupted> corrupted(n);
    if (options.attack)
      ERRATA_TRY(attack_batch(model, shape, options, batch, seed.fork(kAttackStream).fork(first), pool.cancellation()));
    else
      corrupted =
          image::corrupt_all(options.mix, {.channels = shape.channels, .height = shape.height, .width = shape.width},
                             {batch.pixels, n, size}, seed.fork(kCorruptStream), pool, first);
    if (keep_images != nullptr) keep_images->insert(keep_images->end(), batch.pixels.begin(), batch.pixels.end());
    standardise(batch.pixels, shape, options.scale);
    ERRATA_ASSIGN(const nn::Captured captured,
                  model.run({batch.pixels, n, size}, shape, options.layers, pool.cancellation()));
    if (captured.logits.size() != n * images.classes.size())
      return data_error(fmt::format("the model gives {} logits an image, {} has {} classes", captured.logits.size() / n,
                                    images.name, images.classes.size()));
    if (first == 0) {
      cases.blocks = blocks_of(options, captured.widths);
      cases.latents.reserve(drawn.size() * (captured.latents.size() / n));
      cases.penultimate = cases.blocks.size() - 1;
      for (std::size_t b = 0; b < options.layers.size(); ++b)
        if (options.layers[b].layer == options.penultimate) cases.penultimate = b;
    }
    append_outcomes(cases, captured, batch, corrupted);
    tell(progress, "running the model", static_cast<double>(first + n) / static_cast<double>(drawn.size()));
  }
  return cases;
}

}  // namespace errata::audit
