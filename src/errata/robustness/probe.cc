#include "errata/robustness/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "errata/audit/detectors.h"
#include "errata/base/rng.h"
#include "errata/robustness/foreign_pictures.h"
#include "errata/robustness/perturb.h"
#include "errata/robustness/picture_log.h"

namespace errata::robustness {
namespace {

using image::ImageSet;

// Streams of the seed.
constexpr std::uint64_t kSampleStream = 1, kSweepStream = 2, kSequenceStream = 3, kForeignStream = 4;
constexpr std::size_t kFloatsAtOnce = std::size_t{1} << 23, kImagesAtOnce = 2048;
/// What a user can have of any model without training anything, and the audit's detectors call so.
constexpr std::array kSimpleScores{"msp", "entropy", "margin", "max_logit", "energy", "doctor"};

/// What a model answered to some pictures.
struct Answers {
  std::vector<float> logits;  ///< [n, classes]
  std::vector<std::uint32_t> predicted;
  std::vector<float> confidence;
};

struct Probing {
  const ImageSet& images;
  const ProbeOptions& options;
  ThreadPool& pool;
  const Progress& progress;

  [[nodiscard]] image::ImageSize size() const {
    return {.channels = images.channels, .height = images.height, .width = images.width};
  }
  [[nodiscard]] bool asks_for(Check check) const {
    return options.checks.empty() || std::ranges::find(options.checks, check) != options.checks.end();
  }
};

void take_answer(std::span<const float> logits, Answers& answers) {
  const auto top = std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - static_cast<double>(*top));
  answers.predicted.push_back(static_cast<std::uint32_t>(top - logits.begin()));
  answers.confidence.push_back(static_cast<float>(1 / sum));
}

/// @param fill  writes picture i, already filled with nothing in particular; called from several threads
Result<Answers> answer(const Classify& model, std::size_t count, const Probing& probing,
                       const std::function<void(std::size_t i, std::span<float> pixels)>& fill) {
  const std::size_t size = probing.images.image_size(), classes = probing.images.classes.size();
  const std::size_t at_once = std::clamp<std::size_t>(kFloatsAtOnce / size, 1, kImagesAtOnce);
  Answers answers;
  answers.logits.reserve(count * classes);
  for (std::size_t first = 0; first < count; first += at_once) {
    const std::size_t n = std::min(at_once, count - first);
    std::vector<float> pixels(n * size);
    probing.pool.parallel_for(
        n, [&](std::size_t i, std::size_t /*worker*/) { fill(first + i, std::span(pixels).subspan(i * size, size)); });
    ERRATA_ASSIGN(const std::vector<float> logits, model({pixels, n, size}));
    if (logits.size() != n * classes)
      return data_error(fmt::format("the model gives {} numbers an image, but {} has {} classes", logits.size() / n,
                                    probing.images.name, classes));
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = std::span(logits).subspan(i * classes, classes);
      if (!std::ranges::all_of(row, [](float x) { return std::isfinite(x); }))
        return data_error(fmt::format("the model gives a number that is not finite for image {} of {}", first + i,
                                      probing.images.name));
      take_answer(row, answers);
    }
    answers.logits.insert(answers.logits.end(), logits.begin(), logits.end());
    probing.progress.check();
  }
  return answers;
}

Result<Answers> answer_clean(const Classify& model, const Probing& probing) {
  return answer(model, probing.images.count, probing, [&](std::size_t i, std::span<float> pixels) {
    std::ranges::copy(probing.images.view().row(i), pixels.begin());
  });
}

/// Some of the pictures, evenly drawn, ascending.
std::vector<std::size_t> drawn_of(const Probing& probing, std::size_t count, std::uint64_t stream) {
  std::vector<std::size_t> all(probing.images.count);
  std::iota(all.begin(), all.end(), 0);
  Rng rng = Rng(probing.options.seed).fork(kSampleStream).fork(stream);
  rng.shuffle(std::span(all));
  all.resize(std::min(all.size(), count));
  std::ranges::sort(all);
  return all;
}

Result<Sweep> sweep_of(const Classify& model, const Answers& clean, const Probing& probing) {
  const auto given = std::span<const image::Corruption>(probing.options.corruptions);
  const auto corruptions = given.empty() ? default_corruptions() : given;
  const ImageSet& images = probing.images;
  const std::vector<std::size_t> sample = drawn_of(probing, probing.options.sample, kSweepStream);
  Sweep sweep{.corruptions = {}, .levels = {}, .subjects = images.count, .cases = {}};
  for (std::size_t level = 1; level <= kLevels.size(); ++level) sweep.levels.push_back(fmt::format("{}", level));
  const auto add = [&](std::size_t of, std::uint32_t corruption, std::uint32_t level, const Answers& answers,
                       std::size_t at) {
    sweep.cases.push_back({.subject = static_cast<std::uint32_t>(of),
                           .corruption = corruption,
                           .level = level,
                           .failed = answers.predicted[at] != images.labels[of],
                           .confidence = answers.confidence[at],
                           .label = images.labels[of],
                           .predicted = answers.predicted[at]});
  };
  for (const std::size_t of : sample) add(of, kClean, 0, clean, of);
  const Rng rng = Rng(probing.options.seed).fork(kSweepStream);
  for (std::uint32_t c = 0; c < corruptions.size(); ++c) {
    sweep.corruptions.emplace_back(image::info_of(corruptions[c]).name);
    for (std::uint32_t level = 0; level < kLevels.size(); ++level) {
      tell(probing.progress, "corrupting pictures",
           static_cast<double>(c * kLevels.size() + level) / static_cast<double>(corruptions.size() * kLevels.size()));
      const auto fill = [&](std::size_t i, std::span<float> pixels) {
        std::ranges::copy(images.view().row(sample[i]), pixels.begin());
        Rng own = rng.fork(static_cast<std::uint64_t>(corruptions[c])).fork(sample[i]);
        corrupt_by(corruptions[c], kLevels.at(level), probing.size(), pixels, own);
      };
      ERRATA_ASSIGN(const Answers answers, answer(model, sample.size(), probing, fill));
      for (std::size_t i = 0; i < sample.size(); ++i) add(sample[i], c, level + 1, answers, i);
    }
  }
  return sweep;
}

Result<Sequences> sequences_of(const Classify& model, const Probing& probing) {
  const std::size_t frames = probing.options.frames;
  const std::vector<std::size_t> sample = drawn_of(probing, probing.options.sequences, kSequenceStream);
  const Rng rng = Rng(probing.options.seed).fork(kSequenceStream);
  Sequences made;
  for (std::uint32_t p = 0; p < kPerturbations.size(); ++p) {
    made.perturbations.emplace_back(name_of(kPerturbations.at(p)));
    tell(probing.progress, "perturbing pictures", static_cast<double>(p) / kPerturbations.size());
    const auto fill = [&](std::size_t at, std::span<float> pixels) {
      const std::size_t of = sample[at / frames];
      std::ranges::copy(probing.images.view().row(of), pixels.begin());
      Rng own = rng.fork(p).fork(of);
      perturb(kPerturbations.at(p), static_cast<double>(at % frames) / static_cast<double>(frames - 1), probing.size(),
              pixels, own);
    };
    ERRATA_ASSIGN(const Answers answers, answer(model, sample.size() * frames, probing, fill));
    for (std::size_t at = 0; at < sample.size() * frames; ++at) {
      const std::size_t of = sample[at / frames];
      made.frames.push_back({.sequence = static_cast<std::uint32_t>(p * sample.size() + at / frames),
                             .perturbation = p,
                             .subject = static_cast<std::uint32_t>(of),
                             .label = probing.images.labels[of],
                             .predicted = answers.predicted[at],
                             .confidence = answers.confidence[at]});
    }
  }
  return made;
}

/// So many of somebody's pictures, in the shape of the own ones.
ForeignSet fitting_set(const ImageSet& given, const Probing& probing) {
  ImageSet some{.name = given.name,
                .count = std::min(given.count, probing.options.foreign),
                .channels = given.channels,
                .height = given.height,
                .width = given.width,
                .pixels = {},
                .labels = {},
                .classes = {}};
  some.labels.resize(some.count);
  for (std::size_t i = 0; i < some.count; ++i) {
    const auto row = given.view().row(i * given.count / some.count);
    some.pixels.insert(some.pixels.end(), row.begin(), row.end());
  }
  return {.name = given.name,
          .images = image::in_shape(some, probing.images.channels, probing.images.height, probing.images.width)};
}

void append_answers(const Answers& answers, std::size_t at, std::size_t classes, std::uint32_t set, Foreign& made,
                    std::vector<float>& logits) {
  const auto row = std::span(answers.logits).subspan(at * classes, classes);
  logits.insert(logits.end(), row.begin(), row.end());
  made.set_of.push_back(set);
  made.predicted.push_back(answers.predicted[at]);
  made.confidence.push_back(answers.confidence[at]);
}

Result<void> score_all(const std::vector<float>& logits, std::size_t classes, ThreadPool& pool, Foreign& made) {
  const std::size_t n = made.set_of.size();
  const std::vector<std::uint8_t> failed(n, 0);
  const audit::ModelOutputs outputs{.cases = n,
                                    .latents = {},
                                    .blocks = {},
                                    .logits = MatrixView<const float>(logits, n, classes),
                                    .predicted = made.predicted};
  for (const char* name : kSimpleScores) {
    ERRATA_ASSIGN(const auto detector, audit::detector_named(name));
    ERRATA_TRY(
        detector->fit({.outputs = outputs, .labels = {}, .failed = failed, .clean = {}, .classes = classes}, pool));
    made.scores.emplace_back(name);
    made.risks.push_back(detector->risks(outputs, pool));
  }
  return {};
}

Result<Foreign> foreign_of(const Classify& model, const Answers& clean, const ImageSet* given, const Probing& probing) {
  const std::uint64_t seed = Rng(probing.options.seed).fork(kForeignStream).next();
  tell(probing.progress, "drawing foreign pictures");
  ERRATA_ASSIGN(auto sets, draw_foreign(probing.images, probing.options.foreign, seed, probing.pool));
  if (given != nullptr) sets.push_back(fitting_set(*given, probing));
  const std::size_t classes = probing.images.classes.size();
  Foreign made;
  std::vector<float> logits;
  for (const std::size_t of : drawn_of(probing, probing.options.sample, kForeignStream))
    append_answers(clean, of, classes, kClean, made, logits);
  for (std::uint32_t s = 0; s < sets.size(); ++s) {
    made.sets.push_back(sets[s].name);
    const auto fill = [&](std::size_t i, std::span<float> pixels) {
      std::ranges::copy(sets[s].images.view().row(i), pixels.begin());
    };
    ERRATA_ASSIGN(const Answers answers, answer(model, sets[s].images.count, probing, fill));
    for (std::size_t i = 0; i < sets[s].images.count; ++i) append_answers(answers, i, classes, s, made, logits);
  }
  ERRATA_TRY(score_all(logits, classes, probing.pool, made));
  return made;
}

Result<void> check_probe(const ImageSet& images, const ProbeOptions& options) {
  for (const auto& [name, value] : {std::pair{"sample", options.sample}, std::pair{"sequences", options.sequences},
                                    std::pair{"frames", options.frames}, std::pair{"foreign", options.foreign}})
    if (value < 2) return invalid_argument(fmt::format("{} {} is less than 2", name, value));
  if (images.count < 2)
    return data_error(fmt::format("{}: {} pictures to check on; 2 are needed", images.name, images.count));
  if (images.classes.size() < 2)
    return data_error(fmt::format("{}: there is one class; a classifier tells at least two apart", images.name));
  return {};
}

std::vector<std::uint8_t> failures_of(const Answers& answers, const ImageSet& images) {
  std::vector<std::uint8_t> failed(images.count);
  for (std::size_t i = 0; i < images.count; ++i) failed[i] = answers.predicted[i] != images.labels[i] ? 1 : 0;
  return failed;
}

}  // namespace

Result<Evidence> probe(const ImageSet& images, const Classify& model, const Classify& earlier, const ImageSet* foreign,
                       const ProbeOptions& options, ThreadPool& pool, const Progress& progress) {
  ERRATA_TRY(check_probe(images, options));
  const Probing probing{.images = images, .options = options, .pool = pool, .progress = progress};
  Evidence evidence{.subject = {.data = images.name, .seed = options.seed, .notes = images.notes},
                    .classes = images.classes};
  tell(progress, "running the model");
  ERRATA_ASSIGN(const Answers clean, answer_clean(model, probing));
  const std::vector<std::uint8_t> failed = failures_of(clean, images);
  if (probing.asks_for(Check::corruption) || probing.asks_for(Check::calibration)) {
    ERRATA_ASSIGN(evidence.sweep, sweep_of(model, clean, probing));
  }
  if (images.channels != 1 && images.channels != 3) {
    evidence.why(Check::rejection) = Unmeasured::no_pictures;
  } else if (probing.asks_for(Check::rejection)) {
    ERRATA_ASSIGN(evidence.foreign, foreign_of(model, clean, foreign, probing));
  }
  if (probing.asks_for(Check::stability)) {
    ERRATA_ASSIGN(evidence.sequences, sequences_of(model, probing));
  }
  evidence.log = picture_log(images, failed, pool);
  if (!earlier) {
    evidence.why(Check::retention) = Unmeasured::no_earlier;
  } else if (probing.asks_for(Check::retention)) {
    tell(progress, "running the earlier model");
    ERRATA_ASSIGN(const Answers before, answer_clean(earlier, probing));
    evidence.paired = Paired{.failed = failed, .failed_before = failures_of(before, images)};
  }
  return evidence;
}

}  // namespace errata::robustness
