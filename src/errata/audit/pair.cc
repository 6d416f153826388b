#include "errata/audit/pair.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "errata/audit/capture.h"
#include "errata/audit/detectors.h"
#include "errata/nn/image_model.h"
#include "errata/stats/classification.h"

namespace errata::audit {
namespace {

using image::Corruption;
using image::CorruptionMix;
using image::ImageSet;
using Network = nn::ClassifierNetwork;

// Streams of the seed.
constexpr std::uint64_t kHoldOutStream = 21, kPrimaryStream = 22, kTrainStream = 23, kCalibrationMixStream = 24,
                        kSetStream = 25, kAugmentStream = 26, kForeignStream = 90;
constexpr std::size_t kSourceSamples = 38'400;
constexpr std::size_t kMostHeldOut = 5000;    // training images, where no number is asked for
constexpr std::size_t kAttacked = 1000;       // test images that are attacked
constexpr std::size_t kLeftOutTest = 2000;    // test images of each corruption that was left out
constexpr std::size_t kCalibrationDraws = 4;  // of each image that is held out

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
  ImageSet train, calibration;
  std::optional<ImageSet> other_half{};  ///< out of fold: the auditor's, where `train` is the primary's

  [[nodiscard]] const ImageSet& of_auditor() const { return other_half ? *other_half : train; }
};

Result<Parts> parts_of(const ImageSet& images, const PairOptions& options) {
  const std::size_t held_out = options.held_out.value_or(std::clamp<std::size_t>(images.count / 10, 1, kMostHeldOut));
  if (held_out == 0 || held_out >= images.count)
    return invalid_argument(fmt::format("held-out images {} is not in 1 … {}, fewer than the {} training images",
                                        held_out, images.count - 1, images.count));
  std::vector<std::size_t> rows(images.count);
  std::iota(rows.begin(), rows.end(), 0);
  Rng(options.fit.seed).fork(kHoldOutStream).shuffle(std::span(rows));
  const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(held_out);
  std::sort(rows.begin(), middle);
  std::sort(middle, rows.end());
  const auto end = options.out_of_fold ? middle + (rows.end() - middle) / 2 : rows.end();
  Parts parts{.train = images_at(images, std::span(middle, end)),
              .calibration = images_at(images, std::span(rows.begin(), middle))};
  if (options.out_of_fold) parts.other_half = images_at(images, std::span(end, rows.end()));
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

/// Pixels in [0, 1] as the primary takes them.
auto standardised(const PixelScale& scale) {
  return [mean = static_cast<float>(scale.mean[0]), sd = static_cast<float>(scale.sd[0])](float x) {
    return (x - mean) / sd;
  };
}

/// One training of a pair: what it is given, its images, and its primary network.
class PairTraining {
 public:
  PairTraining(const ImageSet& test, Parts parts, const PairOptions& options, const PairFiles& files, ThreadPool& pool,
               const Progress& progress)
      : test_(test),
        parts_(std::move(parts)),
        options_(options),
        files_(files),
        pool_(pool),
        progress_(progress),
        scale_(pixel_scale(parts_.train)),
        network_(options.network.value_or(parts_.train.channels == 3 && !options.source ? Network::residual
                                                                                        : Network::plain)) {}

  Result<TrainedPair> run();

 private:
  [[nodiscard]] std::uint64_t seed_of(std::uint64_t stream) const { return Rng(options_.fit.seed).fork(stream).next(); }
  Result<void> train_primary();
  void augment(std::size_t epoch, MatrixView<float> images) const;
  Result<AuditCases> capture_of(const ImageSet& images, const CorruptionMix& mix, std::size_t samples,
                                std::uint64_t stream, std::optional<Attack> attack = {}, nn::ImageMoves moves = {});
  Result<AuditCases> training_cases_of(const CorruptionMix& mix, std::uint64_t stream);
  Result<std::vector<EvaluationSet>> evaluation_sets();
  Result<AuditCases> foreign_cases();
  Result<AuditCases> left_out_cases();
  Result<void> leave_out(Audit& audit);
  Result<void> describe_scores(const AuditCases& train, const FitResult& fit);
  void describe_subject(AuditSubject& subject) const;

  const ImageSet& test_;
  Parts parts_;
  const PairOptions& options_;
  const PairFiles& files_;
  ThreadPool& pool_;
  const Progress& progress_;
  PixelScale scale_;
  Network network_;
  std::optional<nn::ImageModel> primary_;
  BuiltInPair described_;
};

Result<void> PairTraining::train_primary() {
  const ImageSet& train = parts_.train;
  std::vector<float> pixels = train.pixels;
  std::ranges::transform(pixels, pixels.begin(), standardised(scale_));
  const bool residual = network_ == Network::residual;
  if (residual && options_.source) return invalid_argument("the source's protocol has the plain network");
  nn::ClassifierOptions options = residual ? nn::residual_classifier() : nn::ClassifierOptions();
  options.classes = train.classes.size();
  options.epochs = options_.primary_epochs.value_or(options.epochs);
  options.seed = seed_of(kPrimaryStream);
  options.device = options_.fit.auditor.device;
  options.cancellation = pool_.cancellation();
  options.pixel_mean = scale_.mean[0];
  options.pixel_sd = scale_.sd[0];
  options.checkpoint = files_.primary_checkpoint;
  options.on_epoch = [&](std::size_t epoch, double) {
    tell(progress_, "training the primary network", static_cast<double>(epoch) / static_cast<double>(options.epochs));
  };
  if (options_.primary_augmented)
    options.augment = [&](std::size_t epoch, MatrixView<float> images) { augment(epoch, images); };
  const nn::ImageShape shape{.channels = train.channels, .height = train.height, .width = train.width};
  tell(progress_, "training the primary network", 0);
  ERRATA_TRY(nn::train_classifier({pixels, train.count, shape.size()}, shape, train.labels, options, files_.primary));
  ERRATA_ASSIGN(primary_, nn::ImageModel::open(files_.primary, options.device, true));
  return {};
}

void PairTraining::augment(std::size_t epoch, MatrixView<float> images) const {
  const ImageSet& train = parts_.train;
  for (std::size_t i = 0; i < images.rows(); ++i) std::ranges::copy(train.view().row(i), images.row(i).begin());
  (void)image::corrupt_all(options_.mix, {.channels = train.channels, .height = train.height, .width = train.width},
                           images, Rng(options_.fit.seed).fork(kAugmentStream).fork(epoch), pool_);
  for (std::size_t i = 0; i < images.rows(); ++i)
    std::ranges::transform(images.row(i), images.row(i).begin(), standardised(scale_));
}

/// What the primary computes, each capture with its own stream of randomness.
Result<AuditCases> PairTraining::capture_of(const ImageSet& images, const CorruptionMix& mix, std::size_t samples,
                                            std::uint64_t stream, std::optional<Attack> attack, nn::ImageMoves moves) {
  CaptureOptions options{.layers = options_.source ? source_layers() : rich_layers(primary_->layers()),
                         .penultimate = "hidden",
                         .scale = scale_};
  options.mix = mix;
  options.samples = samples;
  options.seed = seed_of(stream);
  options.attack = attack;
  options.moves = moves;
  return capture(*primary_, images, options, pool_, progress_);
}

/// Pictures in colour also mirrored: there are few of them, and what they show stays what it is.
Result<AuditCases> PairTraining::training_cases_of(const CorruptionMix& mix, std::uint64_t stream) {
  const std::size_t samples = options_.source ? kSourceSamples : options_.samples;
  return capture_of(parts_.of_auditor(), mix, samples, stream, {}, {.mirror = network_ == Network::residual});
}

Result<std::vector<EvaluationSet>> PairTraining::evaluation_sets() {
  std::vector<EvaluationSet> sets;
  const auto add = [&](std::string name, std::string words, bool exchangeable, const ImageSet& images,
                       const CorruptionMix& mix, std::optional<Attack> attack = {}) -> Result<void> {
    ERRATA_ASSIGN(AuditCases cases, capture_of(images, mix, 0, kSetStream + sets.size(), attack));
    sets.push_back(
        {.name = std::move(name), .words = std::move(words), .exchangeable = exchangeable, .cases = std::move(cases)});
    return {};
  };
  const CorruptionMix nothing{.pool = {}, .probability = 0};
  const CorruptionMix& training = options_.mix;
  const bool of_source = training == image::source_mix();
  if (!of_source) ERRATA_TRY(add("held out", "the training mix on test images", true, test_, training));
  ERRATA_TRY(add(name_of_source_mix(training), words_of(image::source_mix()), of_source, test_, image::source_mix()));
  for (const auto& [name, mix] :
       {std::pair("unseen mix A", image::unseen_mix_a()), std::pair("unseen mix B", image::unseen_mix_b())})
    if (shared(mix, training) == 0) ERRATA_TRY(add(name, words_of(mix), false, test_, mix));
  ERRATA_TRY(add("clean", "test images as they are", false, test_, nothing));
  if (options_.foreign) {
    ERRATA_ASSIGN(AuditCases cases, foreign_cases());
    sets.push_back({.name = options_.foreign->name + " among clean",
                    .words = fmt::format("test images as they are, and images of {}, each of which counts as a failure",
                                         options_.foreign->name),
                    .exchangeable = false,
                    .cases = std::move(cases)});
  }
  if (!options_.adversarial) return sets;
  std::vector<std::size_t> rows(std::min(kAttacked, test_.count));
  std::iota(rows.begin(), rows.end(), 0);
  const ImageSet attacked = images_at(test_, rows);
  ERRATA_TRY(add("FGSM", "test images attacked in one step, epsilon .1", false, attacked, nothing, fgsm(0.1)));
  ERRATA_TRY(add("PGD", "test images attacked in 20 steps, epsilon .3", false, attacked, nothing, pgd(0.3)));
  return sets;
}

/// Clean test images and as many images of other things, which the primary can only be wrong about.
Result<AuditCases> PairTraining::foreign_cases() {
  const CorruptionMix nothing{.pool = {}, .probability = 0};
  ImageSet foreign = image::in_shape(*options_.foreign, test_.channels, test_.height, test_.width);
  std::vector<std::size_t> rows(std::min(test_.count, foreign.count));
  std::iota(rows.begin(), rows.end(), 0);
  foreign = images_at(foreign, rows);
  foreign.classes = test_.classes;
  std::ranges::fill(foreign.labels, 0);  // of no meaning: dropped below
  ERRATA_ASSIGN(AuditCases cases, capture_of(images_at(test_, rows), nothing, 0, kForeignStream));
  ERRATA_ASSIGN(AuditCases others, capture_of(foreign, nothing, 0, kForeignStream + 1));
  std::ranges::fill(others.failed, std::uint8_t{1});
  cases.append(others);
  cases.labels.clear();
  return cases;
}

/// A corruption each, on some test images.
Result<AuditCases> PairTraining::left_out_cases() {
  AuditCases all;
  std::vector<std::size_t> rows(std::min(kLeftOutTest, test_.count));
  std::iota(rows.begin(), rows.end(), 0);
  const ImageSet some = images_at(test_, rows);
  for (const Corruption corruption : options_.left_out) {
    ERRATA_ASSIGN(AuditCases cases, capture_of(some, {.pool = {corruption}, .probability = 1}, 0,
                                               100 + static_cast<std::uint64_t>(corruption)));
    all.append(cases);
  }
  return all;
}

Result<void> PairTraining::leave_out(Audit& audit) {
  const CorruptionMix mix = image::broad_mix(image::every_corruption());
  std::vector<std::uint32_t> groups;
  for (const Corruption corruption : options_.left_out) groups.push_back(static_cast<std::uint32_t>(corruption));
  ERRATA_ASSIGN(const AuditCases train, training_cases_of(mix, kTrainStream + 1000));
  ERRATA_ASSIGN(const AuditCases test, left_out_cases());
  AuditorOptions as_long = options_.fit.auditor;
  as_long.epochs = audit.subject.epochs;
  ERRATA_ASSIGN(audit.left_out, leave_groups_out(train, test, groups, as_long, pool_, progress_));
  for (auto& result : audit.left_out)
    result.family = image::info_of(image::corruption_named(result.group).value()).family;
  return {};
}

/// The source's own figures: both detectors on the cases that trained one of them.
Result<void> PairTraining::describe_scores(const AuditCases& train, const FitResult& fit) {
  const auto area = [&](const std::vector<double>& risk) { return stats::ranking_areas(risk, train.failed).roc_auc; };
  std::vector<std::uint8_t> clean;
  ERRATA_ASSIGN(const auto softmax, detector_named("msp"));
  ERRATA_TRY(softmax->fit(training_cases(train, clean), pool_));
  described_.auroc_on_training_cases =
      fit.fitted ? area(fit.fitted->auditor.risks(train.outputs(), pool_.cancellation())) : std::nan("");
  described_.msp_auroc_on_training_cases = area(softmax->risks(train.outputs(), pool_));
  return {};
}

void PairTraining::describe_subject(AuditSubject& subject) const {
  subject.data = test_.name;
  subject.model = "built-in";
  const std::string learned = parts_.other_half ? fmt::format("{} images train the network, {} others its auditor",
                                                              parts_.train.count, parts_.other_half->count)
                                                : fmt::format("{} images train both networks", parts_.train.count);
  subject.split = fmt::format("{}, {} calibrate, {} test; {}", learned, parts_.calibration.count, test_.count,
                              words_of(options_.mix));
}

Result<TrainedPair> PairTraining::run() {
  const Seconds primary_time;
  ERRATA_TRY(train_primary());
  described_.primary_seconds = primary_time.so_far();
  const Seconds capture_time;
  ERRATA_ASSIGN(const AuditCases train, training_cases_of(options_.mix, kTrainStream));
  described_.capture_seconds = capture_time.so_far();
  ERRATA_ASSIGN(const AuditCases calibration,
                capture_of(parts_.calibration, options_.mix, kCalibrationDraws * parts_.calibration.count,
                           kCalibrationMixStream));
  ERRATA_ASSIGN(auto sets, evaluation_sets());
  for (const EvaluationSet& set : sets)
    if (set.name == "clean")
      described_.primary_accuracy =
          1 - static_cast<double>(std::ranges::count(set.cases.failed, 1)) / static_cast<double>(set.cases.count);
  FitOptions options = options_.fit;
  options.auditor.checkpoint = files_.auditor_checkpoint;
  ERRATA_ASSIGN(FitResult fit, audit::run(train, calibration, sets, options, pool_, progress_));
  ERRATA_TRY(describe_scores(train, fit));
  fit.audit.built_in = described_;
  describe_subject(fit.audit.subject);
  if (fit.fitted) {
    fit.fitted->trained_on = parts_.train.name;
    if (!options_.left_out.empty()) ERRATA_TRY(leave_out(fit.audit));
  }
  return TrainedPair{
      .auditor = std::move(fit.fitted), .audit = std::move(fit.audit), .first_set = std::move(sets[0].cases)};
}

}  // namespace

Result<TrainedPair> train_pair(const image::ImageSplit& images, const PairOptions& options, const PairFiles& files,
                               ThreadPool& pool, const Progress& progress) {
  ERRATA_ASSIGN(Parts parts, parts_of(images.train, options));
  return PairTraining(images.test, std::move(parts), options, files, pool, progress).run();
}

}  // namespace errata::audit
