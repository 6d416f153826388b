/// Training of the classifier on the CPU, forward and backward written out. A batch is cut into shards of fixed size
/// that run side by side, one thread each: threads wait for each other six times a batch, not within each of some forty
/// operations, and no sum depends on how many there are.
///
///     1. every shard: images into their frames, first convolution, moments of its maps
///     2. every shard: first normalisation and pooling, second convolution, moments
///     3. every shard: second normalisation and pooling, dense layers, losses, and back again as far as the sums that
///        the slopes of the second normalisation need
///     4. every shard: slopes through the second normalisation and convolution, sums for the first normalisation
///     5. every shard: slopes through the first normalisation and convolution
///     6. every block of weights: its slope over the whole batch (products for the dense layers, sums of the shards in
///        their order for the convolutions) and its step of Adam
///
/// Between the phases the moments and sums of the maps are added in the order of the maps, so normalisation sees the
/// whole batch, whatever the shards. The pooled maps of the second block are turned from channels-last into the order
/// of the file's dense weights.
/// Cost: about 25 million multiplications and as many additions an image of 28 × 28 and step, nearly all in the second
/// convolution.

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "errata/base/error.h"
#include "errata/nn/adam.h"
#include "errata/nn/batch_trainer.h"
#include "errata/nn/pooled_block.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"

namespace errata::nn {
namespace {

constexpr std::size_t kImageShard = 32;  ///< images
constexpr std::size_t kHiddenRows = 16;  ///< rows of the hidden layer that are learnt at once

/// Rows of equal width, one an image of the batch.
struct Rows {
  std::size_t width = 0;
  std::vector<float> values{};
  void resize(std::size_t rows) { values.resize(rows * width); }
  [[nodiscard]] std::span<float> operator[](std::size_t row) { return std::span(values).subspan(row * width, width); }
  [[nodiscard]] at::Tensor tensor(std::size_t first, std::size_t rows) {
    return at::from_blob(values.data() + first * width, {signed_size(rows), signed_size(width)});
  }
};

/// One convolution with its normalisation and pooling, for a whole batch.
struct Block {
  Block(MapShape input, std::size_t outputs)
      : in(input),
        out{.height = input.height, .width = input.width, .channels = outputs},
        half{.height = input.height / 2, .width = input.width / 2, .channels = outputs},
        weights(9 * input.channels * outputs),
        framed{.width = input.framed_size()},
        map{.width = out.size()},
        slopes{.width = half.size()},
        means{.width = outputs},
        squares{.width = outputs},
        beta_sums{.width = outputs},
        gamma_sums{.width = outputs},
        weight_slopes{.width = weights.size()} {}

  void resize(std::size_t rows, std::size_t shards) {
    for (Rows* of : {&framed, &map, &slopes, &means, &squares, &beta_sums, &gamma_sums}) of->resize(rows);
    weight_slopes.resize(shards);
  }

  MapShape in, out, half;
  std::vector<float> weights;  ///< packed
  Rows framed;                 ///< input of the convolution
  Rows map;                    ///< its output
  Rows slopes;                 ///< of the pooled map
  Rows means, squares;         ///< moments of each map
  Rows beta_sums, gamma_sums;  ///< dβ, dγ of each map
  Rows weight_slopes;          ///< packed, one row a shard
  std::optional<Normalisation> normalisation;
  std::vector<float> beta_mean, gamma_mean;  ///< dβ/N, dγ/N
};

class TrainerByShards : public BatchTrainer {
 public:
  TrainerByShards(const ClassifierPlan& plan, ImageShape shape, double learning_rate, TrainingState& state)
      : plan_(plan),
        learning_rate_(learning_rate),
        state_(state),
        first_({.height = shape.height, .width = shape.width, .channels = shape.channels}, ClassifierPlan::kFirst),
        second_(first_.half, ClassifierPlan::kSecond),
        turned_(second_.weights.size()),
        flat_{.width = second_.half.size()},
        flat_slopes_{.width = second_.half.size()},
        hidden_{.width = ClassifierPlan::kHidden},
        hidden_slopes_{.width = ClassifierPlan::kHidden},
        logits_{.width = part("logits.bias").size()},
        gradients_(plan.parameter_count) {}

  double step(const ImageBatch& batch) override {
    rows_ = batch.rows.size();
    shards_ = (rows_ + kImageShard - 1) / kImageShard;
    for (Block* block : {&first_, &second_}) block->resize(rows_, shards_);
    for (Rows* of : {&flat_, &flat_slopes_, &hidden_, &hidden_slopes_, &logits_}) of->resize(rows_);
    losses_.resize(rows_);
    pack_weights(weights("conv1.weight"), first_.in.channels, ClassifierPlan::kFirst, first_.weights);
    pack_weights(weights("conv2.weight"), ClassifierPlan::kFirst, ClassifierPlan::kSecond, second_.weights);
    pack_turned_weights(weights("conv2.weight"), ClassifierPlan::kFirst, ClassifierPlan::kSecond, turned_);
    for_each_image([&](std::size_t i) { begin(i, batch); });
    normalise(first_, 0);
    for_each_image([&](std::size_t i) { go_on(i); });
    normalise(second_, 1);
    for_each_shard(shards_, [&](std::size_t shard) { classify(shard, batch); });
    sum_slopes(second_, 1);
    for_each_shard(shards_, [&](std::size_t shard) { return_to_first(shard); });
    sum_slopes(first_, 0);
    for_each_shard(shards_, [&](std::size_t shard) { return_to_image(shard); });
    const AdamStep adam{.learning_rate = learning_rate_, .step = ++state_.steps};
    for_each_shard(hidden_blocks() + 1, [&](std::size_t task) { learn(task, adam); });
    double sum = 0;
    for (const double loss : losses_) sum += loss;
    return sum;
  }

  void read_back() override {}

 private:
  [[nodiscard]] const ClassifierPart& part(std::string_view name) const {
    const auto found = std::ranges::find(plan_.parameters, name, &ClassifierPart::name);
    ERRATA_CHECK(found != plan_.parameters.end());
    return *found;
  }
  [[nodiscard]] static std::span<float> of(std::vector<float>& values, const ClassifierPart& part) {
    return std::span(values).subspan(part.offset, part.size());
  }
  [[nodiscard]] std::span<float> weights(std::string_view name) { return of(state_.parameters, part(name)); }
  [[nodiscard]] std::span<float> gradient(std::string_view name) { return of(gradients_, part(name)); }
  [[nodiscard]] at::Tensor tensor(std::vector<float>& values, std::string_view name) const {
    const auto& found = part(name);
    return at::from_blob(values.data() + found.offset, found.shape);
  }

  [[nodiscard]] std::size_t first_of(std::size_t shard) const { return shard * kImageShard; }
  [[nodiscard]] std::size_t end_of(std::size_t shard) const { return std::min(rows_, (shard + 1) * kImageShard); }

  void for_each_image(const std::function<void(std::size_t)>& body) const {
    for_each_shard(shards_, [&](std::size_t shard) {
      for (std::size_t i = first_of(shard); i < end_of(shard); ++i) body(i);
    });
  }

  // Phase 1.
  void begin(std::size_t i, const ImageBatch& batch) {
    const auto pixels = batch.images.row(batch.rows[i]);
    const auto to = first_.framed[i];
    const MapShape& shape = first_.in;
    for (std::size_t c = 0; c < shape.channels; ++c)
      for (std::size_t y = 0; y < shape.height; ++y)
        for (std::size_t x = 0; x < shape.width; ++x)
          to[shape.framed(y, x) + c] = pixels[(c * shape.height + y) * shape.width + x];
    convolve_one(first_, i);
  }

  static void convolve_one(Block& block, std::size_t i) {
    convolve(block.framed[i], block.in, block.weights, block.out.channels, block.map[i]);
    map_moments(block.map[i], block.means[i], block.squares[i]);
  }

  /// Between the phases: moments of the batch, the running statistics, and the normalisation. `which` is 0 or 1.
  void normalise(Block& block, std::size_t which) {
    const auto moments =
        combined_moments(block.means.values, block.squares.values, block.out.channels, block.out.positions());
    const auto scale = of(state_.parameters, plan_.parameters[3 * which + 1]);
    const auto shift = of(state_.parameters, plan_.parameters[3 * which + 2]);
    block.normalisation.emplace(moments, scale, shift, kNormalisationEpsilon);
    const auto follow = [](float& running, double value) {
      running =
          static_cast<float>((1 - kStatisticsMomentum) * static_cast<double>(running) + kStatisticsMomentum * value);
    };
    const auto means = of(state_.statistics, plan_.statistics[2 * which]);
    const auto variances = of(state_.statistics, plan_.statistics[2 * which + 1]);
    const auto n = static_cast<double>(moments.count);
    for (std::size_t c = 0; c < means.size(); ++c) {
      follow(means[c], moments.mean[c]);
      follow(variances[c], moments.variance[c] * n / (n - 1));
    }
  }

  // Phase 2.
  void go_on(std::size_t i) {
    normalise_pool(first_.map[i], first_.out, *first_.normalisation, second_.framed[i]);
    convolve_one(second_, i);
  }

  // Phase 3.
  void classify(std::size_t shard, const ImageBatch& batch) {
    const at::NoGradGuard no_gradients;
    const std::size_t first = first_of(shard), rows = end_of(shard) - first;
    const MapShape& half = second_.half;
    std::vector<float> framed(half.framed_size());
    for (std::size_t i = first; i < first + rows; ++i) {
      normalise_pool(second_.map[i], second_.out, *second_.normalisation, framed);
      for (std::size_t p = 0; p < half.positions(); ++p)
        for (std::size_t c = 0; c < half.channels; ++c)
          flat_[i][c * half.positions() + p] = framed[half.framed(p / half.width, p % half.width) + c];
    }
    at::Tensor hidden = hidden_.tensor(first, rows), logits = logits_.tensor(first, rows);
    at::addmm_out(hidden, tensor(state_.parameters, "hidden.bias"), flat_.tensor(first, rows),
                  tensor(state_.parameters, "hidden.weight").t());
    hidden.relu_();
    at::addmm_out(logits, tensor(state_.parameters, "logits.bias"), hidden,
                  tensor(state_.parameters, "logits.weight").t());
    for (std::size_t i = first; i < first + rows; ++i) losses_[i] = lose(logits_[i], batch.labels[batch.rows[i]]);
    at::Tensor hidden_slopes = hidden_slopes_.tensor(first, rows), flat_slopes = flat_slopes_.tensor(first, rows);
    at::mm_out(hidden_slopes, logits, tensor(state_.parameters, "logits.weight"));
    at::threshold_backward_out(hidden_slopes, hidden_slopes, hidden, 0);
    at::mm_out(flat_slopes, hidden_slopes, tensor(state_.parameters, "hidden.weight"));
    for (std::size_t i = first; i < first + rows; ++i) {
      for (std::size_t p = 0; p < half.positions(); ++p)
        for (std::size_t c = 0; c < half.channels; ++c)
          second_.slopes[i][p * half.channels + c] = flat_slopes_[i][c * half.positions() + p];
      pooled_slope_sums(second_.map[i], second_.out, *second_.normalisation, second_.slopes[i], second_.beta_sums[i],
                        second_.gamma_sums[i]);
    }
  }

  /// Cross-entropy of one image; its logits become their slopes in the batch's mean loss.
  [[nodiscard]] double lose(std::span<float> logits, std::uint32_t label) const {
    const float most = *std::ranges::max_element(logits);
    double sum = 0;
    for (const float z : logits) sum += std::exp(static_cast<double>(z - most));
    const double loss = std::log(sum) - static_cast<double>(logits[label] - most);
    for (std::size_t k = 0; k < logits.size(); ++k) {
      const double p = std::exp(static_cast<double>(logits[k] - most)) / sum;
      logits[k] = static_cast<float>((p - (k == label ? 1 : 0)) / static_cast<double>(rows_));
    }
    return loss;
  }

  /// Between the phases: dβ and dγ of the batch.
  void sum_slopes(Block& block, std::size_t which) {
    const auto total = [&](Rows& sums, std::vector<float>& mean, const ClassifierPart& part) {
      std::vector<double> sum(sums.width);
      for (std::size_t i = 0; i < rows_; ++i)
        for (std::size_t c = 0; c < sums.width; ++c) sum[c] += static_cast<double>(sums[i][c]);
      std::ranges::copy(sum, of(gradients_, part).begin());
      const auto n = static_cast<double>(rows_ * block.out.positions());
      mean.clear();
      for (const double value : sum) mean.push_back(static_cast<float>(value / n));
    };
    total(block.gamma_sums, block.gamma_mean, plan_.parameters[3 * which + 1]);
    total(block.beta_sums, block.beta_mean, plan_.parameters[3 * which + 2]);
  }

  /// Slopes of one map, framed; adds those of the weights to the shard's.
  static void return_one(Block& block, std::size_t shard, std::size_t i, std::span<float> framed) {
    normalise_pool_slopes(block.map[i], block.out, *block.normalisation, block.slopes[i], block.beta_mean,
                          block.gamma_mean, framed);
    add_weight_slopes(block.framed[i], block.in, framed, block.out.channels, block.weight_slopes[shard]);
  }

  // Phase 4.
  void return_to_first(std::size_t shard) {
    std::ranges::fill(second_.weight_slopes[shard], 0.0F);
    std::vector<float> framed(second_.out.framed_size());
    for (std::size_t i = first_of(shard); i < end_of(shard); ++i) {
      return_one(second_, shard, i, framed);
      convolve(framed, second_.out, turned_, second_.in.channels, first_.slopes[i]);
      pooled_slope_sums(first_.map[i], first_.out, *first_.normalisation, first_.slopes[i], first_.beta_sums[i],
                        first_.gamma_sums[i]);
    }
  }

  // Phase 5.
  void return_to_image(std::size_t shard) {
    std::ranges::fill(first_.weight_slopes[shard], 0.0F);
    std::vector<float> framed(first_.out.framed_size());
    for (std::size_t i = first_of(shard); i < end_of(shard); ++i) return_one(first_, shard, i, framed);
  }

  // Phase 6.
  [[nodiscard]] static std::size_t hidden_blocks() { return ClassifierPlan::kHidden / kHiddenRows; }

  void learn(std::size_t task, const AdamStep& adam) {
    const at::NoGradGuard no_gradients;
    const auto& hidden = part("hidden.weight");
    if (task < hidden_blocks()) {
      const std::size_t width = hidden.size() / ClassifierPlan::kHidden,
                        offset = hidden.offset + task * kHiddenRows * width;
      at::Tensor slopes = at::from_blob(gradients_.data() + offset, {signed_size(kHiddenRows), signed_size(width)});
      at::mm_out(
          slopes,
          hidden_slopes_.tensor(0, rows_).narrow(1, signed_size(task * kHiddenRows), signed_size(kHiddenRows)).t(),
          flat_.tensor(0, rows_));
      return update(offset, kHiddenRows * width, adam);
    }
    for (auto& [block, name] : {std::pair(&first_, "conv1.weight"), std::pair(&second_, "conv2.weight")}) {
      const auto sum = block->weight_slopes[0];
      for (std::size_t shard = 1; shard < shards_; ++shard)
        std::ranges::transform(sum, block->weight_slopes[shard], sum.begin(), std::plus());
      unpack_weights(sum, block->in.channels, block->out.channels, gradient(name));
    }
    const at::Tensor logit_slopes = logits_.tensor(0, rows_);
    at::Tensor logit_weights = tensor(gradients_, "logits.weight"), logit_biases = tensor(gradients_, "logits.bias"),
               hidden_biases = tensor(gradients_, "hidden.bias");
    at::mm_out(logit_weights, logit_slopes.t(), hidden_.tensor(0, rows_));
    at::sum_out(logit_biases, logit_slopes, 0);
    at::sum_out(hidden_biases, hidden_slopes_.tensor(0, rows_), 0);
    update(0, hidden.offset, adam);
    const std::size_t rest = hidden.offset + hidden.size();
    update(rest, plan_.parameter_count - rest, adam);
  }

  void update(std::size_t offset, std::size_t size, const AdamStep& adam) {
    const auto range = [&](std::vector<float>& values) { return std::span(values).subspan(offset, size); };
    adam.update(range(state_.parameters), range(gradients_), range(state_.first), range(state_.second));
  }

  const ClassifierPlan& plan_;
  double learning_rate_;
  TrainingState& state_;
  Block first_, second_;
  std::vector<float> turned_;          ///< weights of the second convolution, for the way back
  Rows flat_, flat_slopes_;            ///< what the hidden layer takes
  Rows hidden_, hidden_slopes_;        ///< after ReLU; of what goes into it
  Rows logits_;                        ///< which become their slopes
  std::vector<double> losses_;         ///< of each image
  std::vector<float> gradients_;       ///< as the plan places them
  std::size_t rows_ = 0, shards_ = 0;  ///< of this batch
};

}  // namespace

std::unique_ptr<BatchTrainer> train_by_shards(const ClassifierPlan& plan, ImageShape shape, double learning_rate,
                                              TrainingState& state) {
  return std::make_unique<TrainerByShards>(plan, shape, learning_rate, state);
}

}  // namespace errata::nn
