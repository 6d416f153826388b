/// Problem: train the two encoders in about a minute on two cores, with a result that depends on nothing but seed,
/// options and examples.
///
/// The picture's side has no batch normalisation, so a picture passes forward and back alone: a task takes four
/// pictures one after the other through buffers that stay in the cache, adds up their slopes, and the slopes of tasks
/// are added in their order. A picture is asked several questions at once; what costs is the picture, not the query.
/// Tasks draw their own examples, so drawing is as parallel as learning.

#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "errata/base/rng.h"
#include "errata/nn/adam.h"
#include "errata/nn/dual_weights.h"
#include "errata/nn/one_cycle.h"
#include "errata/nn/shards.h"
#include "errata/nn/words.h"

namespace errata::nn {
namespace {

constexpr std::size_t kShardPictures = 4;
constexpr std::size_t kDualWide = DualEncoder::kDimensions;

/// What one task holds.
struct DualShard {
  std::vector<float> slopes;  ///< [plan.count]
  double loss = 0;            ///< sum over the pictures
  std::string complaint;      ///< about an example that does not fit
  std::array<DualMap, kDualConvolutions.size() + 1> maps, map_slopes;
  std::array<std::vector<float>, kDualConvolutions.size()> taps;
  std::vector<float> tap_slopes;
};

class DualTrainer {
 public:
  DualTrainer(const DualSource& source, const DualTraining& training, const std::vector<float>* from)
      : source_(source), training_(training), plan_(training.vocabulary), from_(from) {
    first_.resize(plan_.count);
    second_.resize(plan_.count);
    slopes_.resize(plan_.count);
    shards_.resize((training.batch + kShardPictures - 1) / kShardPictures);
    if (from != nullptr) {
      parameters_ = *from;
    } else {
      draw();
    }
  }

  /// @return the mean loss of the batch
  Result<double> step(std::size_t step, const Cancellation* cancellation) {
    for_each_shard(
        shards_.size(),
        [&](std::size_t task) {
          const c10::InferenceMode no_gradients;
          pass(shards_[task], step * training_.batch + task * kShardPictures,
               std::min(kShardPictures, training_.batch - task * kShardPictures));
        },
        cancellation);
    double loss = 0;
    std::ranges::fill(slopes_, 0.0F);
    for (const DualShard& shard : shards_) {
      if (!shard.complaint.empty()) return invalid_argument(shard.complaint);
      loss += shard.loss;
      for (std::size_t i = 0; i < slopes_.size(); ++i) slopes_[i] += shard.slopes[i];
    }
    if (from_ != nullptr && training_.pull > 0)
      for (std::size_t i = 0; i < slopes_.size(); ++i)
        slopes_[i] += static_cast<float>(training_.pull) * (parameters_[i] - (*from_)[i]);
    const std::size_t learned = training_.freeze_pictures ? plan_.pictures : plan_.count;
    const AdamStep adam{.learning_rate = training_.learning_rate * one_cycle(step, training_.steps), .step = step + 1};
    adam.update(std::span(parameters_).first(learned), std::span<const float>(slopes_).first(learned),
                std::span(first_).first(learned), std::span(second_).first(learned));
    return loss / static_cast<double>(training_.batch);
  }

  [[nodiscard]] std::vector<float> take() { return std::move(parameters_); }

 private:
  /// Words normal / 8, dense layers and convolutions uniform in ± √(6 / inputs), which keeps variances through ReLU.
  void draw() {
    parameters_.assign(plan_.count, 0.0F);
    Rng rng = Rng(training_.seed).fork(1);
    const auto fill = [&](std::size_t offset, std::size_t inputs, std::size_t outputs) {
      const double bound = std::sqrt(6.0 / static_cast<double>(inputs));
      for (std::size_t i = 0; i < inputs * outputs; ++i)
        parameters_[offset + i] = static_cast<float>((2 * rng.uniform() - 1) * bound);
    };
    for (std::size_t i = 0; i < training_.vocabulary * kDualWide; ++i)
      parameters_[plan_.words + i] = static_cast<float>(rng.normal() / 8);
    fill(plan_.hidden, kDualWide, kDualHidden);
    fill(plan_.output, kDualHidden, kDualWide);
    parameters_[plan_.scale] = std::log(8.0F);
    parameters_[plan_.offset] = -3;
    for (std::size_t i = 0; i < kDualConvolutions.size(); ++i)
      fill(plan_.convolutions[i], kDualConvolutions[i].taps(), kDualConvolutions[i].outputs);
  }

  [[nodiscard]] std::string complaint_about(const DualExample& example) const {
    const std::size_t side = training_.side,
                      patches = side / DualEncoder::kPatchSide * (side / DualEncoder::kPatchSide);
    if (example.pixels.size() != side * side * 3)
      return fmt::format("an example has {} bytes, a picture of {} × {} has {}", example.pixels.size(), side, side,
                         side * side * 3);
    for (const auto& query : example.queries) {
      if (query.asked.size() != patches)
        return fmt::format("a query of an example speaks of {} patches, not {}", query.asked.size(), patches);
      for (const std::uint32_t word : query.words)
        if (word >= training_.vocabulary)
          return fmt::format("word {} of an example is not in the vocabulary of {}", word, training_.vocabulary);
    }
    return {};
  }

  void pass(DualShard& shard, std::uint64_t first, std::size_t pictures) {
    shard.slopes.assign(plan_.count, 0.0F);
    shard.loss = 0;
    for (std::size_t i = 0; i < pictures && shard.complaint.empty(); ++i) {
      const DualExample example = source_(first + i);
      shard.complaint = complaint_about(example);
      if (!shard.complaint.empty() || example.queries.empty()) continue;
      forward(shard, example);
      ask(shard, example);
      if (!training_.freeze_pictures) backward(shard);
    }
  }

  void forward(DualShard& shard, const DualExample& example) const {
    prepare_picture(example.pixels, training_.side, training_.side, 3, shard.maps[0]);
    for (std::size_t i = 0; i < kDualConvolutions.size(); ++i) {
      const DualConvolution& layer = kDualConvolutions[i];
      const DualMap& in = shard.maps[i];
      DualMap& out = shard.maps[i + 1];
      out.resize(in.height / layer.stride, in.width / layer.stride, layer.outputs);
      gather_taps(in, layer, 0, out.height, shard.taps[i]);
      const float* const weights = &parameters_[plan_.convolutions[i]];
      multiply({.m = out.height * out.width, .k = layer.taps(), .n = layer.outputs}, shard.taps[i].data(), weights,
               out.values.data());
      add_biases(weights + layer.taps() * layer.outputs, i + 1 < kDualConvolutions.size(), layer.outputs, out.values);
    }
  }

  /// Losses of the queries, their slopes, and those of the patches' vectors.
  void ask(DualShard& shard, const DualExample& example) const {
    const DualMap& patches = shard.maps.back();
    DualMap& slopes = shard.map_slopes.back();
    slopes.resize(patches.height, patches.width, patches.channels);
    std::ranges::fill(slopes.values, 0.0F);
    const std::size_t count = patches.height * patches.width;
    std::vector<float> lengths(count);
    for (std::size_t patch = 0; patch < count; ++patch) {
      float square = 0;
      for (std::size_t i = 0; i < kDualWide; ++i) {
        const float value = patches.values[patch * kDualWide + i];
        square += value * value;
      }
      lengths[patch] = std::sqrt(square) + 1e-6F;
    }
    const float scale = std::exp(parameters_[plan_.scale]), offset = parameters_[plan_.offset];
    const float share = 1 / static_cast<float>(count * example.queries.size());
    const float weight = share / static_cast<float>(training_.batch);
    for (const auto& query : example.queries) {
      QueryPass words;
      pass_query(parameters_, plan_, query.words, words);
      std::vector<float> unit_slopes(kDualWide);
      float scale_slope = 0, offset_slope = 0;
      for (std::size_t patch = 0; patch < count; ++patch) {
        const float* const vector = &patches.values[patch * kDualWide];
        float cosine = 0;
        for (std::size_t i = 0; i < kDualWide; ++i) cosine += vector[i] * words.unit[i];
        cosine /= lengths[patch];
        const float z = scale * cosine + offset, asked = query.asked[patch];
        shard.loss += static_cast<double>(share * (std::max(z, 0.0F) - z * asked + std::log1p(std::exp(-std::abs(z)))));
        const float slope = (1 / (1 + std::exp(-z)) - asked) * weight;
        scale_slope += slope * scale * cosine;
        offset_slope += slope;
        float* const to = &slopes.values[patch * kDualWide];
        const float by = slope * scale / lengths[patch];
        for (std::size_t i = 0; i < kDualWide; ++i) {
          to[i] += by * (words.unit[i] - cosine * vector[i] / lengths[patch]);
          unit_slopes[i] += by * vector[i];
        }
      }
      shard.slopes[plan_.scale] += scale_slope;
      shard.slopes[plan_.offset] += offset_slope;
      if (!query.words.empty()) back_through_query(shard, query.words, words, unit_slopes);
    }
  }

  void back_through_query(DualShard& shard, std::span<const std::uint32_t> words, const QueryPass& pass,
                          const std::vector<float>& unit_slopes) const {
    float along = 0;
    for (std::size_t i = 0; i < kDualWide; ++i) along += unit_slopes[i] * pass.unit[i];
    std::vector<float> raw(kDualWide), sum(kDualWide);
    for (std::size_t i = 0; i < kDualWide; ++i) {
      raw[i] = (unit_slopes[i] - along * pass.unit[i]) / pass.length;
      sum[i] = raw[i];
      shard.slopes[plan_.output_biases + i] += raw[i];
    }
    for (std::size_t j = 0; j < kDualHidden; ++j) {
      if (pass.hidden[j] <= 0) continue;
      const std::size_t row = plan_.output + j * kDualWide;
      float slope = 0;
      for (std::size_t i = 0; i < kDualWide; ++i) {
        slope += raw[i] * parameters_[row + i];
        shard.slopes[row + i] += raw[i] * pass.hidden[j];
      }
      shard.slopes[plan_.hidden_biases + j] += slope;
      for (std::size_t i = 0; i < kDualWide; ++i) {
        const std::size_t at = plan_.hidden + i * kDualHidden + j;
        shard.slopes[at] += slope * pass.sum[i];
        sum[i] += slope * parameters_[at];
      }
    }
    const float share = 1 / std::sqrt(static_cast<float>(words.size()));
    for (const std::uint32_t word : words)
      for (std::size_t i = 0; i < kDualWide; ++i) shard.slopes[plan_.words + word * kDualWide + i] += share * sum[i];
  }

  void backward(DualShard& shard) const {
    for (std::size_t i = kDualConvolutions.size(); i-- > 0;) {
      const DualConvolution& layer = kDualConvolutions[i];
      const DualMap& in = shard.maps[i];
      const DualMap& out = shard.maps[i + 1];
      DualMap& slopes = shard.map_slopes[i + 1];
      if (i + 1 < kDualConvolutions.size())
        for (std::size_t at = 0; at < slopes.values.size(); ++at)
          if (out.values[at] <= 0) slopes.values[at] = 0;
      const std::size_t positions = out.height * out.width;
      float* const to = &shard.slopes[plan_.convolutions[i]];
      multiply({.m = layer.taps(), .k = positions, .n = layer.outputs, .a_turned = true, .adds = true},
               shard.taps[i].data(), slopes.values.data(), to);
      float* const biases = to + layer.taps() * layer.outputs;
      for (std::size_t at = 0; at < positions; ++at)
        for (std::size_t c = 0; c < layer.outputs; ++c) biases[c] += slopes.values[at * layer.outputs + c];
      if (i == 0) continue;
      shard.tap_slopes.resize(positions * layer.taps());
      multiply({.m = positions, .k = layer.outputs, .n = layer.taps(), .b_turned = true}, slopes.values.data(),
               &parameters_[plan_.convolutions[i]], shard.tap_slopes.data());
      DualMap& before = shard.map_slopes[i];
      before.resize(in.height, in.width, in.channels);
      std::ranges::fill(before.values, 0.0F);
      scatter_taps(shard.tap_slopes, layer, before);
    }
  }

  const DualSource& source_;
  const DualTraining& training_;
  DualPlan plan_;
  const std::vector<float>* from_;
  std::vector<float> parameters_, first_, second_, slopes_;
  std::vector<DualShard> shards_;
};

Result<void> check_training(const DualTraining& training) {
  if (training.vocabulary == 0) return invalid_argument("a dual encoder needs at least one word");
  if (training.side == 0 || training.side % DualEncoder::kPatchSide != 0)
    return invalid_argument(fmt::format("pictures of {} pixels a side are not whole patches of 16", training.side));
  if (training.steps == 0 || training.batch == 0)
    return invalid_argument("training needs at least one step and one picture a batch");
  if (!(training.learning_rate > 0 && std::isfinite(training.learning_rate)))
    return invalid_argument(fmt::format("learning rate {} is not above 0", training.learning_rate));
  if (!(training.pull >= 0 && std::isfinite(training.pull)))
    return invalid_argument(fmt::format("a pull of {} is not 0 or above", training.pull));
  if (training.from != nullptr && training.from->vocabulary() != training.vocabulary)
    return invalid_argument(fmt::format("the encoder to go on from has a vocabulary of {} words, not {}",
                                        training.from->vocabulary(), training.vocabulary));
  return {};
}

}  // namespace

Result<DualEncoder> train_dual_encoder(const DualSource& source, const DualTraining& training,
                                       const Progress& progress) {
  ERRATA_TRY(check_training(training));
  DualTrainer trainer(source, training, training.from == nullptr ? nullptr : &training.from->weights().parameters);
  try {
    for (std::size_t step = 0; step < training.steps; ++step) {
      progress.tell("training the encoder", static_cast<double>(step) / static_cast<double>(training.steps));
      ERRATA_ASSIGN(const double loss, trainer.step(step, progress.cancellation()));
      if (!std::isfinite(loss))
        return data_error(fmt::format("the loss was not finite in step {}: a learning rate too high", step + 1));
    }
  } catch (const c10::Error& error) {
    return data_error(fmt::format("training: {}", short_words(error.what())));
  }
  return DualEncoder(
      std::make_shared<const DualEncoder::Weights>(training.vocabulary, trainer.take(), training.description));
}

}  // namespace errata::nn
