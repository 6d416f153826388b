/// What do the networks cost? Prints one line a question: its name, what was measured and the unit. nn_bench.py asks
/// Python's torch the same in one run and compares.
///
/// Usage: nn_bench [QUESTION]...   all of them without one
///        nn_bench capture_files SIDE IMAGES LAYERS FILE FILE   two models of coloured pictures, in turn
///        (onnx_bench.py)

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "errata/audit/auditor.h"
#include "errata/audit/capture.h"
#include "errata/audit/cases.h"
#include "errata/base/rng.h"
#include "errata/base/thread_pool.h"
#include "errata/image/corruption_mix.h"
#include "errata/image/images.h"
#include "errata/nn/archive.h"
#include "errata/nn/image_model.h"
#include "errata/nn/mlp.h"
#include "errata/nn/runtime.h"

namespace {

using errata::MatrixView;
using errata::Rng;
namespace audit = errata::audit;
namespace image = errata::image;
namespace nn = errata::nn;

std::vector<float> noise(std::size_t size) {
  Rng rng(1);
  std::vector<float> values(size);
  for (float& value : values) value = static_cast<float>(2 * rng.uniform() - 1);
  return values;
}

std::vector<std::uint32_t> labels(std::size_t n, std::uint64_t classes) {
  Rng rng(2);
  std::vector<std::uint32_t> values(n);
  for (auto& value : values) value = static_cast<std::uint32_t>(rng.below(classes));
  return values;
}

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The least of several runs, the first of which warms up.
double best_of(int runs, const std::function<void()>& work) {
  double best = 1e300;
  for (int run = 0; run < runs; ++run) best = std::min(best, seconds(work));
  return best;
}

template <typename T>
T must(errata::Result<T> result) {
  if (result) {
    if constexpr (std::is_void_v<T>)
      return;
    else
      return std::move(result).value();
  }
  fmt::print(stderr, "nn_bench: {}\n", result.error().message);
  std::exit(1);
}

std::filesystem::path network_file() { return std::filesystem::temp_directory_path() / "errata_nn_bench.pt"; }

void train_classifier(std::size_t images) {
  const auto pixels = noise(images * 784);
  const auto classes = labels(images, 10);
  std::vector<double> ends;
  const auto start = std::chrono::steady_clock::now();
  must(nn::train_classifier(MatrixView<const float>(pixels, images, 784), {}, classes,
                            {.epochs = 2,
                             .on_epoch =
                                 [&](std::size_t, double) {
                                   ends.push_back(
                                       std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
                                 }},
                            network_file()));
  const double epoch = ends[1] - ends[0];
  fmt::print("train_classifier {:.3f} ms per batch of 128 images 28 × 28\n",
             epoch * 1e3 * 128 / static_cast<double>(images));
}

void train_mlp(const std::string& name, std::size_t cases, const nn::MlpShape& shape, std::size_t batch) {
  const auto values = noise(cases * shape.inputs);
  const auto targets = labels(cases, shape.outputs == 1 ? 2 : shape.outputs);
  const double time = best_of(2, [&] {
    must(nn::Mlp::train(MatrixView<const float>(values, cases, shape.inputs), targets, {}, shape,
                        {.loss = shape.outputs == 1 ? nn::Loss::logistic : nn::Loss::cross_entropy,
                         .epochs = 1,
                         .batch = batch,
                         .weight_decay = 0.01}));
  });
  fmt::print("{} {:.3f} ms per batch of {}\n", name,
             time * 1e3 * static_cast<double>(batch) / static_cast<double>(cases), batch);
}

nn::Mlp auditor() {
  std::vector<nn::DenseLayer> layers;
  const std::size_t widths[] = {224, 128, 64, 1};
  for (std::size_t i = 0; i + 1 < std::size(widths); ++i)
    layers.push_back({.inputs = widths[i],
                      .outputs = widths[i + 1],
                      .weights = noise(widths[i] * widths[i + 1]),
                      .biases = noise(widths[i + 1])});
  return must(nn::Mlp::of(std::move(layers)));
}

void score_many() {
  constexpr std::size_t kCases = 200'000;
  const auto mlp = auditor();
  const auto latents = noise(kCases * 224);
  const double time =
      best_of(7, [&] { static_cast<void>(mlp.outputs(MatrixView<const float>(latents, kCases, 224))); });
  fmt::print("score_many {:.3f} million latents 224-128-64-1 a second\n", kCases / time / 1e6);
}

void score_one() {
  constexpr std::size_t kCalls = 20'000;
  const auto mlp = auditor();
  const auto latents = noise(64UL * 224);
  float sum = 0;
  const double time = best_of(7, [&] {
    for (std::size_t i = 0; i < kCalls; ++i) {
      float z = 0;
      mlp.output_of(std::span(latents).subspan(i % 64 * 224, 224), std::span(&z, 1));
      sum += z;
    }
  });
  fmt::print("score_one {:.3f} µs a latent 224-128-64-1{}\n", time / kCalls * 1e6, sum == 0.5F ? " " : "");
}

constexpr std::size_t kDefaultColumns = 1952;  // of the default auditor, and 10 logits

audit::AuditCases default_cases(std::size_t count) {
  audit::AuditCases cases{.count = count,
                          .latents = noise(count * kDefaultColumns),
                          .blocks = {{.name = "latents", .first = 0, .width = kDefaultColumns}},
                          .logits = noise(count * 10),
                          .classes = std::vector<std::string>(10, "class"),
                          .predicted = labels(count, 10),
                          .labels = labels(count, 10),
                          .failed = std::vector<std::uint8_t>(count, 0)};
  for (std::size_t i = 0; i < count; i += 2) cases.failed[i] = 1;
  return cases;
}

/// The auditor of `errata audit train`: two heads of 512 and 128 units on 256 axes of 1,962 columns.
audit::Auditor default_auditor() {
  const audit::AuditCases cases = default_cases(1024);
  std::vector<std::uint8_t> clean;
  return must(audit::Auditor::train(audit::training_cases(cases, clean), {.epochs = 1, .heads = 2}));
}

void score_default() {
  constexpr std::size_t kCases = 16'384;
  const auto auditor = default_auditor();
  const audit::AuditCases cases = default_cases(kCases);
  const double time = best_of(5, [&] { static_cast<void>(auditor.risks(cases.outputs())); });
  fmt::print("score_default {:.2f} thousand cases of 1,962 columns a second\n", kCases / time / 1e3);
}

void score_default_one() {
  constexpr std::size_t kCalls = 2'000;
  const auto auditor = default_auditor();
  const auto columns = noise(64 * (kDefaultColumns + 10));
  double sum = 0;
  const double time = best_of(5, [&] {
    for (std::size_t i = 0; i < kCalls; ++i)
      sum += auditor.risk_of(std::span(columns).subspan(i % 64 * (kDefaultColumns + 10), kDefaultColumns + 10), 3);
  });
  fmt::print("score_default_one {:.3f} µs a case of 1,962 columns{}\n", time / kCalls * 1e6, sum == 0.5 ? " " : "");
}

void load_archive() {
  const auto pixels = noise(128UL * 784);
  must(nn::train_classifier(MatrixView<const float>(pixels, 128, 784), {}, labels(128, 10), {.epochs = 1},
                            network_file()));
  const double time = best_of(9, [] { must(nn::ImageModel::open(network_file(), {}, true)); });
  fmt::print("load_archive {:.3f} ms for the classifier\n", time * 1e3);
}

void capture(const std::string& name, const std::vector<nn::CaptureLayer>& layers, const char* columns) {
  constexpr std::size_t kImages = 4096;
  const auto pixels = noise(kImages * 784);
  must(nn::train_classifier(MatrixView<const float>(std::span(pixels).first(128UL * 784), 128, 784), {},
                            labels(128, 10), {.epochs = 1}, network_file()));
  auto model = must(nn::ImageModel::open(network_file(), {}, true));
  const double time = best_of(5, [&] { must(model.run(MatrixView<const float>(pixels, kImages, 784), {}, layers)); });
  fmt::print("{} {:.0f} images a second with {} latents\n", name, kImages / time, columns);
}

/// Images corrupted as the source does it, run, and their latents kept: what `errata audit capture` does.
void capture_corrupted() {
  constexpr std::size_t kImages = 4096;
  image::ImageSet images{.name = "noise",
                         .count = kImages,
                         .channels = 1,
                         .height = 28,
                         .width = 28,
                         .classes = std::vector<std::string>(10, "class")};
  images.pixels = noise(kImages * 784);
  for (float& pixel : images.pixels) pixel = (pixel + 1) / 2;
  images.labels = labels(kImages, 10);
  must(nn::train_classifier({std::span(images.pixels).first(128UL * 784), 128, 784}, {},
                            std::span(images.labels).first(128), {.epochs = 1}, network_file()));
  auto model = must(nn::ImageModel::open(network_file(), {}, true));
  errata::ThreadPool pool(0);
  const audit::CaptureOptions options{
      .layers = audit::source_layers(), .scale = {.mean = {0.1307}, .sd = {0.3081}}, .mix = image::source_mix()};
  const double time = best_of(5, [&] { must(audit::capture(model, images, options, pool)); });
  fmt::print("capture_corrupted {:.0f} images a second with 224 latents, 4 of 5 corrupted\n", kImages / time);
}

/// Images a second of each of two models, asked in turn, and their ratio; the best of several runs.
int capture_files(std::span<char*> arguments) {
  if (arguments.size() != 5) return 2;
  const std::size_t side = std::stoul(arguments[0]), count = std::stoul(arguments[1]);
  const nn::ImageShape shape{.channels = 3, .height = side, .width = side};
  const auto pixels = noise(count * shape.size());
  const auto layers = must(audit::parse_layers(arguments[2]));
  std::vector<nn::ImageModel> models;
  for (const char* const file : arguments.subspan(3)) models.push_back(must(nn::ImageModel::open(file, {}, false)));
  std::vector<double> best(models.size(), 1e300);
  std::vector<nn::Captured> captured(models.size());
  for (int run = 0; run < 5; ++run)
    for (std::size_t m = 0; m < models.size(); ++m)
      best[m] = std::min(
          best[m], seconds([&] { captured[m] = must(models[m].run({pixels, count, shape.size()}, shape, layers)); }));
  double apart = 0;
  for (std::size_t i = 0; i < captured[0].latents.size(); ++i)
    apart = std::max(apart, static_cast<double>(std::abs(captured[0].latents[i] - captured[1].latents[i])));
  fmt::print("{:.0f} {:.0f} images a second, ratio {:.2f}, latents at most {:.1e} apart\n",
             static_cast<double>(count) / best[0], static_cast<double>(count) / best[1], best[0] / best[1], apart);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "capture_files") return capture_files({argv + 2, argv + argc});
  const std::vector<std::pair<std::string, std::function<void()>>> questions{
      {"train_classifier", [] { train_classifier(6400); }},
      {"train_auditor", [] { train_mlp("train_auditor", 38'400, {.inputs = 224}, 256); }},
      {"train_head", [] { train_mlp("train_head", 5'120, {.inputs = 256, .hidden = {512, 128}, .outputs = 10}, 512); }},
      {"score_many", score_many},
      {"score_one", score_one},
      {"score_default", score_default},
      {"score_default_one", score_default_one},
      {"capture", [] { capture("capture", audit::source_layers(), "224"); }},
      {"capture_default",
       [] { capture("capture_default", audit::rich_layers({"conv1", "conv2", "hidden"}), "1,952"); }},
      {"capture_corrupted", capture_corrupted},
      {"load_archive", load_archive},
  };
  fmt::print("{}\n", nn::describe_runtime({}));
  for (const auto& [name, ask] : questions) {
    bool wanted = argc == 1;
    for (int i = 1; i < argc; ++i) wanted = wanted || argv[i] == name;
    if (wanted) ask();
  }
  std::error_code ignored;
  std::filesystem::remove(network_file(), ignored);
}
