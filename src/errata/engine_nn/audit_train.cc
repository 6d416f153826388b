#include "errata/engine_nn/audit_train.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "errata/audit/auditor_file.h"
#include "errata/audit/capture.h"
#include "errata/audit/detectors.h"
#include "errata/base/cancellation.h"
#include "errata/engine_nn/audit_capture.h"
#include "errata/nn/image_model.h"
#include "errata/stats/classification.h"

namespace errata::engine_nn {
namespace {

namespace fs = std::filesystem;
using audit::AuditCases;
using audit::CaptureOptions;
using audit::EvaluationSet;
using image::Corruption;
using image::CorruptionMix;
using image::ImageSet;

// Streams of the request's seed.
constexpr std::uint64_t kHoldOutStream = 21, kPrimaryStream = 22, kTrainStream = 23, kCalibrationStream = 24,
                        kSetStream = 25, kAugmentStream = 26;
constexpr const char* kPrimaryCheckpoint = "primary.checkpoint";
constexpr const char* kAuditorCheckpoint = "auditor.checkpoint";
constexpr std::size_t kSourceSamples = 38'400;
constexpr std::size_t kAttacked = 1000;       // test images that are attacked
constexpr std::size_t kLeftOutTest = 2000;    // test images of each corruption that was left out
constexpr std::size_t kCalibrationDraws = 4;  // of each image that is held out

std::uint64_t seed_of(const AuditTrainRequest& request, std::uint64_t stream) {
  return Rng(request.fit.seed).fork(stream).next();
}

ImageSet images_at(const ImageSet& images, std::span<const std::size_t> rows) {
  ImageSet taken{.name = images.name,
                 .count = rows.size(),
                 .channels = images.channels,
                 .height = images.height,
                 .width = images.width,
                 .classes = images.classes};
  for (const std::size_t row : rows) {
    const auto pixels = images.view().row(row);
    taken.pixels.insert(taken.pixels.end(), pixels.begin(), pixels.end());
    taken.labels.push_back(images.labels[row]);
  }
  return taken;
}

/// Images that train both networks, and images that neither sees.
struct Parts {
  ImageSet train, calibration, test;
  std::optional<ImageSet> other_half{};  ///< out of fold: the auditor's, where `train` is the primary's

  [[nodiscard]] const ImageSet& of_auditor() const { return other_half ? *other_half : train; }
};

Result<Parts> parts_of(const AuditTrainRequest& request, ThreadPool& pool) {
  ERRATA_ASSIGN(image::ImageSplit split, image::open_images(request.data, request.images, pool));
  if (request.held_out == 0 || request.held_out >= split.train.count)
    return invalid_argument(fmt::format("held-out images {} is not in 1 … {}, fewer than the {} training images",
                                        request.held_out, split.train.count - 1, split.train.count));
  std::vector<std::size_t> rows(split.train.count);
  std::iota(rows.begin(), rows.end(), 0);
  Rng(request.fit.seed).fork(kHoldOutStream).shuffle(std::span(rows));
  const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(request.held_out);
  std::sort(rows.begin(), middle);
  std::sort(middle, rows.end());
  const auto end = request.out_of_fold ? middle + (rows.end() - middle) / 2 : rows.end();
  Parts parts{.train = images_at(split.train, std::span(middle, end)),
              .calibration = images_at(split.train, std::span(rows.begin(), middle)),
              .test = std::move(split.test)};
  if (request.out_of_fold) parts.other_half = images_at(split.train, std::span(end, rows.end()));
  return parts;
}

class Seconds {
 public:
  [[nodiscard]] double so_far() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

Result<nn::ImageModel> train_primary(const AuditTrainRequest& request, const Parts& parts,
                                     const audit::PixelScale& scale, ThreadPool& pool, const Progress& progress) {
  const fs::path place = fs::path(request.output) / "primary.pt";
  std::vector<float> pixels = parts.train.pixels;
  const auto mean = static_cast<float>(scale.mean[0]), sd = static_cast<float>(scale.sd[0]);
  const auto scaled = [mean, sd](float x) { return (x - mean) / sd; };
  std::ranges::transform(pixels, pixels.begin(), scaled);
  nn::ClassifierOptions options{.classes = parts.train.classes.size(),
                                .epochs = request.primary_epochs,
                                .seed = seed_of(request, kPrimaryStream),
                                .device = request.fit.auditor.device,
                                .pixel_mean = scale.mean[0],
                                .pixel_sd = scale.sd[0],
                                .checkpoint = fs::path(request.output) / kPrimaryCheckpoint};
  options.on_epoch = [&](std::size_t epoch, double) {
    tell(progress, "training the primary network",
         static_cast<double>(epoch) / static_cast<double>(request.primary_epochs));
  };
  if (request.primary_augmented)
    options.augment = [&](std::size_t epoch, MatrixView<float> images) {
      for (std::size_t i = 0; i < images.rows(); ++i)
        std::ranges::copy(parts.train.view().row(i), images.row(i).begin());
      (void)image::corrupt_all(
          request.mix, {.channels = parts.train.channels, .height = parts.train.height, .width = parts.train.width},
          images, Rng(request.fit.seed).fork(kAugmentStream).fork(epoch), pool);
      for (std::size_t i = 0; i < images.rows(); ++i)
        std::ranges::transform(images.row(i), images.row(i).begin(), scaled);
    };
  const nn::ImageShape shape{
      .channels = parts.train.channels, .height = parts.train.height, .width = parts.train.width};
  tell(progress, "training the primary network", 0);
  ERRATA_TRY(
      nn::train_classifier({pixels, parts.train.count, shape.size()}, shape, parts.train.labels, options, place));
  return nn::ImageModel::open(place, options.device, true);
}

/// One capture after the other from the same model, each with its own stream of randomness.
class Captures {
 public:
  Captures(const AuditTrainRequest& request, nn::ImageModel& model, const audit::PixelScale& scale, ThreadPool& pool,
           const Progress& progress)
      : request_(request), model_(model), pool_(pool), progress_(progress) {
    options_ = {.layers = request.source ? audit::source_layers() : audit::rich_layers(),
                .penultimate = "hidden",
                .scale = scale};
  }

  Result<AuditCases> of(const ImageSet& images, const CorruptionMix& mix, std::size_t samples, std::uint64_t stream,
                        std::optional<audit::Attack> attack = {}) {
    options_.mix = mix;
    options_.samples = samples;
    options_.seed = seed_of(request_, stream);
    options_.attack = attack;
    return audit::capture(model_, images, options_, pool_, progress_);
  }

 private:
  const AuditTrainRequest& request_;
  nn::ImageModel& model_;
  ThreadPool& pool_;
  const Progress& progress_;
  CaptureOptions options_;
};

/// Of these corruptions, how many are among those?
std::size_t shared(const CorruptionMix& these, const CorruptionMix& those) {
  return static_cast<std::size_t>(std::ranges::count_if(these.pool, [&](Corruption corruption) {
    return std::ranges::find(those.pool, corruption) != those.pool.end();
  }));
}

/// "seen mix" where all of the source's corruptions are learned from, "unseen source's mix" where none is.
std::string name_of_source_mix(const CorruptionMix& training) {
  const std::size_t seen = shared(image::source_mix(), training);
  if (seen == image::source_mix().pool.size()) return "seen mix";
  return seen == 0 ? "unseen source's mix" : "source's mix";
}

Result<std::vector<EvaluationSet>> evaluation_sets(const AuditTrainRequest& request, const ImageSet& test,
                                                   Captures& captures) {
  std::vector<EvaluationSet> sets;
  const auto add = [&](std::string name, std::string words, bool exchangeable, const ImageSet& images,
                       const CorruptionMix& mix, std::optional<audit::Attack> attack = {}) -> Result<void> {
    ERRATA_ASSIGN(AuditCases cases, captures.of(images, mix, 0, kSetStream + sets.size(), attack));
    sets.push_back(
        {.name = std::move(name), .words = std::move(words), .exchangeable = exchangeable, .cases = std::move(cases)});
    return {};
  };
  const CorruptionMix nothing{.pool = {}, .probability = 0};
  const CorruptionMix& training = request.mix;
  const bool of_source = training == image::source_mix();
  if (!of_source) ERRATA_TRY(add("held out", "the training mix on test images", true, test, training));
  ERRATA_TRY(add(name_of_source_mix(training), words_of(image::source_mix()), of_source, test, image::source_mix()));
  for (const auto& [name, mix] :
       {std::pair("unseen mix A", image::unseen_mix_a()), std::pair("unseen mix B", image::unseen_mix_b())})
    if (shared(mix, training) == 0) ERRATA_TRY(add(name, words_of(mix), false, test, mix));
  ERRATA_TRY(add("clean", "test images as they are", false, test, nothing));
  if (!request.adversarial) return sets;
  std::vector<std::size_t> rows(std::min(kAttacked, test.count));
  std::iota(rows.begin(), rows.end(), 0);
  const ImageSet attacked = images_at(test, rows);
  ERRATA_TRY(add("FGSM", "test images attacked in one step, epsilon .1", false, attacked, nothing, audit::fgsm(0.1)));
  ERRATA_TRY(add("PGD", "test images attacked in 20 steps, epsilon .3", false, attacked, nothing, audit::pgd(0.3)));
  return sets;
}

/// A corruption each, on some test images.
Result<AuditCases> left_out_cases(std::span<const Corruption> left_out, const ImageSet& test, Captures& captures) {
  AuditCases all;
  std::vector<std::size_t> rows(std::min(kLeftOutTest, test.count));
  std::iota(rows.begin(), rows.end(), 0);
  const ImageSet some = images_at(test, rows);
  for (const Corruption corruption : left_out) {
    ERRATA_ASSIGN(AuditCases cases, captures.of(some, {.pool = {corruption}, .probability = 1}, 0,
                                                100 + static_cast<std::uint64_t>(corruption)));
    all.append(cases);
  }
  return all;
}

Result<void> leave_out(const AuditTrainRequest& request, const Parts& parts, Captures& captures, ThreadPool& pool,
                       audit::Audit& audit, const Progress& progress) {
  const CorruptionMix mix = image::broad_mix(image::every_corruption());
  std::vector<std::uint32_t> groups;
  for (const Corruption corruption : request.left_out) groups.push_back(static_cast<std::uint32_t>(corruption));
  ERRATA_ASSIGN(const AuditCases train, captures.of(parts.of_auditor(), mix, request.samples, kTrainStream + 1000));
  ERRATA_ASSIGN(const AuditCases test, left_out_cases(request.left_out, parts.test, captures));
  audit::AuditorOptions options = request.fit.auditor;
  options.on_epoch = {};
  ERRATA_ASSIGN(audit.left_out, audit::leave_groups_out(train, test, groups, options, pool, progress));
  for (auto& result : audit.left_out)
    result.family = image::info_of(image::corruption_named(result.group).value()).family;
  return {};
}

/// The accuracy of the first network, and the source's own figures: both detectors on the cases that trained one of
/// them.
Result<void> describe_pair(const AuditCases& train, const std::vector<EvaluationSet>& sets, const audit::FitResult& fit,
                           audit::BuiltInPair& pair, ThreadPool& pool) {
  const auto area = [&](const std::vector<double>& risk) { return stats::ranking_areas(risk, train.failed).roc_auc; };
  std::vector<std::uint8_t> clean;
  ERRATA_ASSIGN(const auto softmax, audit::detector_named("msp"));
  ERRATA_TRY(softmax->fit(audit::training_cases(train, clean), pool));
  pair.auroc_on_training_cases = fit.fitted ? area(fit.fitted->auditor.risks(train.outputs())) : std::nan("");
  pair.msp_auroc_on_training_cases = area(softmax->risks(train.outputs(), pool));
  for (const EvaluationSet& set : sets)
    if (set.name == "clean")
      pair.primary_accuracy =
          1 - static_cast<double>(std::ranges::count(set.cases.failed, 1)) / static_cast<double>(set.cases.count);
  return {};
}

/// The first set of test images, each once and in order, as the model saw it.
Result<void> write_latents(const AuditCases& cases, const fs::path& place) {
  std::vector<std::size_t> images(cases.count);
  std::iota(images.begin(), images.end(), 0);
  return write_captured_arrays(cases, images, place);
}

/// What an interrupted training would have gone on from; another training in this folder must not find it.
void remove_checkpoints(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> spent;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name == kPrimaryCheckpoint || name.starts_with(std::string(kAuditorCheckpoint) + ".")) spent.push_back(entry);
  }
  for (const fs::path& place : spent) fs::remove(place, ignored);
}

}  // namespace

Result<audit::Audit> train_audit(const AuditTrainRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<audit::Audit> {
    std::error_code error;
    fs::create_directories(request.output, error);
    if (error) return output_error(fmt::format("{}: the folder cannot be made: {}", request.output, error.message()));
    ERRATA_ASSIGN(const Parts parts, parts_of(request, pool));
    const audit::PixelScale scale = audit::pixel_scale(parts.train);
    audit::BuiltInPair pair;
    const Seconds primary_time;
    ERRATA_ASSIGN(nn::ImageModel model, train_primary(request, parts, scale, pool, progress));
    pair.primary_seconds = primary_time.so_far();

    Captures captures(request, model, scale, pool, progress);
    const Seconds capture_time;
    const std::size_t samples = request.source ? kSourceSamples : request.samples;
    ERRATA_ASSIGN(const AuditCases train, captures.of(parts.of_auditor(), request.mix, samples, kTrainStream));
    pair.capture_seconds = capture_time.so_far();
    ERRATA_ASSIGN(
        const AuditCases calibration,
        captures.of(parts.calibration, request.mix, kCalibrationDraws * parts.calibration.count, kCalibrationStream));
    ERRATA_ASSIGN(const auto sets, evaluation_sets(request, parts.test, captures));
    audit::FitOptions options = request.fit;
    options.auditor.checkpoint = fs::path(request.output) / kAuditorCheckpoint;
    ERRATA_ASSIGN(audit::FitResult fit, audit::fit_auditor(train, calibration, sets, options, pool, progress));
    ERRATA_TRY(describe_pair(train, sets, fit, pair, pool));
    fit.audit.built_in = pair;
    fit.audit.subject.data = parts.test.name;
    fit.audit.subject.model = "built-in";
    const std::string learned = parts.other_half ? fmt::format("{} images train the network, {} others its auditor",
                                                               parts.train.count, parts.other_half->count)
                                                 : fmt::format("{} images train both networks", parts.train.count);
    fit.audit.subject.split = fmt::format("{}, {} calibrate, {} test; {}", learned, parts.calibration.count,
                                          parts.test.count, words_of(request.mix));
    const fs::path auditor_place = fs::path(request.output) / "auditor.pt";
    if (fit.fitted) {
      fit.fitted->trained_on = parts.train.name;
      for (const auto& block : fit.fitted->blocks) fit.fitted->latent_columns.push_back(latent_column(block.name));
      if (fit.fitted->auditor.reads_logits()) fit.fitted->logit_columns = {kLogitColumn};
      if (!request.left_out.empty()) ERRATA_TRY(leave_out(request, parts, captures, pool, fit.audit, progress));
      ERRATA_TRY(audit::save_auditor(auditor_place, *fit.fitted));
    } else {
      fs::remove(auditor_place, error);  // one of another training knows another network
    }
    ERRATA_TRY(write_latents(sets[0].cases, fs::path(request.output) / "latents.npz"));
    remove_checkpoints(request.output);
    return std::move(fit.audit);
  });
}

}  // namespace errata::engine_nn
