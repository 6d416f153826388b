// The learned detector.
//
// Problem: a network's latents hold evidence of its failures that its softmax throws away. The auditor reads them and
// is trained on what came true. Asking it "was the model wrong?" (target failure) works on inputs like those it was
// trained on, but the answer depends on the kind of input, and kinds that it never saw turn it round. Asking it for the
// truth instead (target label) gives it a question with the same meaning for every kind; doubt in the model's answer
// follows as 1 − P(predicted class). Both are dense networks from nn; several heads may be averaged.
//
// Columns are brought to a common scale first. Values far from the mean, which inputs of an unseen kind are full of,
// are drawn in: z / (1 + |z| / 2) leaves the middle as it is and never passes 2, so that no runaway channel drowns the
// others. Many columns, which largely repeat each other, are then replaced by their first principal axes: directions in
// which the training cases do not vary are not read, where a network would find weights for them that mean nothing on
// inputs of another kind, and a pass costs a fraction. Each axis is divided by the root of its deviation: halfway
// between as they are, where the first ones speak alone, and all alike. Cost: that of nn::Mlp, and a copy of the
// columns a batch.
#include "errata/audit/auditor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/base/rng.h"
#include "errata/nn/principal_axes.h"
#include "errata/nn/shards.h"
#include "errata/stats/logistic.h"

namespace errata::audit {
namespace {

constexpr float kBound = 2;
constexpr double kLeastVariance = 1e-6;   // of an axis, as a share of the first's
constexpr std::size_t kBatch = 2048;      // rows scored at once
constexpr std::size_t kShard = 512;       // rows of them in a task: their columns stay in the cache
constexpr std::size_t kMomentRows = 256;  // of the training cases, whose means and squares are summed in a task
constexpr std::size_t kAxesRows = 16384;  // training cases, evenly spaced, that the principal axes are taken from
constexpr std::uint64_t kAxesStream = 1'000'000;  // of the seed; the streams before are those of heads

/// z = (x − mean) · scale, drawn in to z / (1 + |z| / bound).
void bring_to_scale(std::span<float> row, std::span<const float> mean, std::span<const float> scale, float bound) {
  const float inverse = bound > 0 ? 1 / bound : 0;
  for (std::size_t j = 0; j < row.size(); ++j) {
    const float z = (row[j] - mean[j]) * scale[j];
    row[j] = z / (1 + std::abs(z) * inverse);
  }
}

Result<void> check_options(const TrainingCases& cases, const AuditorOptions& options) {
  if (options.heads < 1) return invalid_argument("heads 0 is not >= 1");
  if (options.target == AuditorTarget::label && cases.labels.empty())
    return invalid_argument("an auditor with target label needs labels; the log has failures alone (target failure)");
  if (cases.outputs.latents.empty() && (cases.outputs.logits.empty() || !options.read_logits))
    return invalid_argument("the auditor has nothing to read: no latents, no logits");
  std::string nothing = nothing_to_learn(cases.failed);
  if (!nothing.empty()) return data_error(std::move(nothing));
  return {};
}

struct Columns {
  std::vector<float> mean, scale;
};

/// Mean and 1/deviation of every column; a constant column gets scale 0 and so is not read. Shards of rows are summed
/// side by side, each about its own means, and merged in their order (T. F. Chan et al., 1983).
Columns standardisation(const ModelOutputs& outputs, const AuditorOptions& options) {
  const std::size_t d = outputs.latents.cols(), k = options.read_logits ? outputs.logits.cols() : 0;
  Columns columns{.mean = std::vector<float>(d + k, 0.F), .scale = std::vector<float>(d + k, 1.F)};
  if (!options.standardise) return columns;
  struct Sums {
    std::vector<double> mean, squares;
  };
  std::vector<Sums> shards((outputs.cases + kMomentRows - 1) / kMomentRows);
  const auto sum = [&](std::size_t shard) {
    const std::size_t first = shard * kMomentRows, last = std::min(outputs.cases, first + kMomentRows);
    Sums& sums = shards[shard] = {.mean = std::vector<double>(d + k, 0), .squares = std::vector<double>(d + k, 0)};
    const auto for_each_part = [&](std::size_t i, const auto& body) {
      if (d > 0) body(outputs.latents.row(i), std::span(sums.mean).first(d), std::span(sums.squares).first(d));
      if (k > 0) body(outputs.logits.row(i), std::span(sums.mean).last(k), std::span(sums.squares).last(k));
    };
    for (std::size_t i = first; i < last; ++i)
      for_each_part(i, [](std::span<const float> row, std::span<double> mean, std::span<double> /*squares*/) {
        for (std::size_t j = 0; j < row.size(); ++j) mean[j] += static_cast<double>(row[j]);
      });
    for (double& mean : sums.mean) mean /= static_cast<double>(last - first);
    for (std::size_t i = first; i < last; ++i)
      for_each_part(i, [](std::span<const float> row, std::span<double> mean, std::span<double> squares) {
        for (std::size_t j = 0; j < row.size(); ++j) {
          const double away = static_cast<double>(row[j]) - mean[j];
          squares[j] += away * away;
        }
      });
  };
  nn::for_each_shard(shards.size(), sum, options.cancellation);
  for (std::size_t j = 0; j < d + k; ++j) {
    double mean = 0, squares = 0, seen = 0;
    for (std::size_t shard = 0; shard < shards.size(); ++shard) {
      const auto more = static_cast<double>(std::min(kMomentRows, outputs.cases - shard * kMomentRows));
      const double away = shards[shard].mean[j] - mean;
      mean += away * more / (seen + more);
      squares += shards[shard].squares[j] + away * away * seen * more / (seen + more);
      seen += more;
    }
    const double deviation = std::sqrt(squares / std::max(1.0, seen));
    columns.mean[j] = static_cast<float>(mean);
    columns.scale[j] = deviation > 1e-6 ? static_cast<float>(1 / deviation) : 0;
  }
  return columns;
}

}  // namespace

AuditorOptions source_auditor(std::uint64_t seed) {
  return {.target = AuditorTarget::failure,
          .read_logits = false,
          .standardise = false,
          .axes = 0,
          .hidden = {128, 64},
          .dropout = 0.1,
          .epochs = 6,
          .batch = 256,
          .learning_rate = 1e-3,
          .weight_decay = 0,
          .schedule = nn::Schedule::constant,
          .seed = seed};
}

std::string nothing_to_learn(std::span<const std::uint8_t> failed) {
  const auto failures = std::ranges::count(failed, 1);
  if (failures > 0 && failures < std::ssize(failed)) return {};
  return fmt::format("there is nothing to learn, {} of {} training cases failed", failures, failed.size());
}

void Auditor::read(const ModelOutputs& outputs, std::size_t row, std::span<float> columns) const {
  const std::size_t d = latents();
  if (d > 0) std::ranges::copy(outputs.latents.row(row), columns.begin());
  if (logits_ > 0) std::ranges::copy(outputs.logits.row(row), columns.begin() + static_cast<std::ptrdiff_t>(d));
  bring_to_scale(columns, mean_, scale_, bound_);
}

std::vector<float> Auditor::columns_of(const ModelOutputs& outputs, std::size_t first, std::size_t count) const {
  const std::size_t width = mean_.size();
  std::vector<float> columns(count * width);
  nn::for_each_shard((count + kShard - 1) / kShard, [&](std::size_t shard) {
    for (std::size_t i = shard * kShard; i < std::min(count, (shard + 1) * kShard); ++i)
      read(outputs, first + i, std::span(columns).subspan(i * width, width));
  });
  return columns;
}

std::vector<float> Auditor::inputs_of(const ModelOutputs& outputs, std::size_t first, std::size_t count) const {
  std::vector<float> columns = columns_of(outputs, first, count);
  return axes_ ? axes_->outputs({columns, count, mean_.size()}) : columns;
}

std::vector<float> Auditor::read_by_heads(const ModelOutputs& outputs, const Cancellation* cancellation) const {
  std::vector<float> inputs;
  inputs.reserve(outputs.cases * this->inputs());
  for (std::size_t first = 0; first < outputs.cases; first += kBatch) {
    throw_if_requested(cancellation);
    const std::vector<float> some = inputs_of(outputs, first, std::min(kBatch, outputs.cases - first));
    inputs.insert(inputs.end(), some.begin(), some.end());
  }
  return inputs;
}

nn::Mlp Auditor::axes_of(const ModelOutputs& outputs, const AuditorOptions& options) const {
  const std::size_t n = std::min(kAxesRows, outputs.cases), width = mean_.size();
  std::vector<float> rows(n * width);
  for (std::size_t i = 0; i < n; ++i) read(outputs, i * outputs.cases / n, std::span(rows).subspan(i * width, width));
  auto [axes, variances] = nn::principal_axes({rows, n, width}, options.axes,
                                              Rng(options.seed).fork(kAxesStream).next(), options.cancellation);
  for (std::size_t axis = 0; axis < axes.outputs; ++axis) {
    const auto scale = static_cast<float>(std::pow(std::max(variances[axis], kLeastVariance * variances[0]), -0.25));
    for (float& weight : std::span(axes.weights).subspan(axis * width, width)) weight *= scale;
    axes.biases[axis] *= scale;
  }
  return nn::Mlp::of({std::move(axes)}).value();
}

Result<Auditor> Auditor::train(const TrainingCases& cases, const AuditorOptions& options) {
  ERRATA_TRY(check_options(cases, options));
  const ModelOutputs& outputs = cases.outputs;
  Auditor auditor;
  auditor.target_ = options.target;
  auditor.logits_ = options.read_logits ? outputs.logits.cols() : 0;
  auditor.bound_ = options.standardise ? kBound : 0;
  auto columns = standardisation(outputs, options);
  auditor.mean_ = std::move(columns.mean);
  auditor.scale_ = std::move(columns.scale);
  if (options.axes > 0 && auditor.mean_.size() > options.axes) auditor.axes_ = auditor.axes_of(outputs, options);

  const bool labels = options.target == AuditorTarget::label;
  std::vector<std::uint32_t> targets(outputs.cases);
  for (std::size_t i = 0; i < outputs.cases; ++i) targets[i] = labels ? cases.labels[i] : cases.failed[i];
  const std::vector<float> inputs = auditor.read_by_heads(outputs, options.cancellation);
  const nn::MlpShape shape{.inputs = auditor.inputs(),
                           .hidden = options.hidden,
                           .outputs = labels ? cases.classes : 1,
                           .dropout = options.dropout};
  for (std::size_t head = 0; head < options.heads; ++head) {
    nn::TrainOptions train{.loss = labels ? nn::Loss::cross_entropy : nn::Loss::logistic,
                           .epochs = options.epochs,
                           .batch = options.batch,
                           .learning_rate = options.learning_rate,
                           .weight_decay = options.weight_decay,
                           .schedule = options.schedule,
                           .seed = Rng(options.seed).fork(head).next(),
                           .device = options.device,
                           .cancellation = options.cancellation};
    if (options.checkpoint) train.checkpoint = options.checkpoint->string() + fmt::format(".{}", head);
    if (options.on_epoch)
      train.on_epoch = [&](std::size_t epoch, double loss) {
        options.on_epoch(head * options.epochs + epoch, options.heads * options.epochs, loss);
      };
    ERRATA_ASSIGN(nn::Mlp mlp, nn::Mlp::train({inputs, outputs.cases, shape.inputs}, targets, {}, shape, train));
    auditor.heads_.push_back(std::move(mlp));
  }
  return auditor;
}

Result<void> Auditor::fits(const ModelOutputs& outputs) const {
  if (outputs.latents.cols() != latents())
    return data_error(fmt::format("the auditor was trained on {} latents a case, these cases have {}", latents(),
                                  outputs.latents.cols()));
  if (logits_ > 0 && outputs.logits.cols() != logits_)
    return data_error(fmt::format("the auditor was trained on {} logits a case, these cases have {}", logits_,
                                  outputs.logits.cols()));
  if (target_ == AuditorTarget::label)
    for (const std::uint32_t predicted : outputs.predicted)
      if (predicted >= classes())
        return data_error(
            fmt::format("the auditor knows {} classes, a prediction is class number {}", classes(), predicted + 1));
  return {};
}

std::vector<float> Auditor::probabilities(const ModelOutputs& outputs, const Cancellation* cancellation) const {
  const std::size_t k = classes();
  std::vector<float> probabilities(outputs.cases * k, 0.F);
  for (std::size_t first = 0; first < outputs.cases; first += kBatch) {
    throw_if_requested(cancellation);
    const std::size_t count = std::min(kBatch, outputs.cases - first);
    const std::vector<float> inputs = inputs_of(outputs, first, count);
    for (const nn::Mlp& head : heads_) {
      std::vector<float> z = head.outputs({inputs, count, this->inputs()});
      for (std::size_t i = 0; i < count; ++i) {
        const auto row = std::span(z).subspan(i * k, k);
        if (target_ == AuditorTarget::label)
          stats::softmax_in_place(row);
        else
          row[0] = static_cast<float>(stats::sigmoid(static_cast<double>(row[0])));
        for (std::size_t c = 0; c < k; ++c)
          probabilities[(first + i) * k + c] += row[c] / static_cast<float>(heads_.size());
      }
    }
  }
  return probabilities;
}

std::vector<double> Auditor::risks(const ModelOutputs& outputs, const Cancellation* cancellation) const {
  const std::vector<float> p = probabilities(outputs, cancellation);
  std::vector<double> risks(outputs.cases);
  const std::size_t k = classes();
  for (std::size_t i = 0; i < outputs.cases; ++i)
    risks[i] = target_ == AuditorTarget::label
                   ? std::clamp(1 - static_cast<double>(p[i * k + outputs.predicted[i]]), 0.0, 1.0)
                   : static_cast<double>(p[i]);
  return risks;
}

std::vector<double> Auditor::energies(const ModelOutputs& outputs, const Cancellation* cancellation) const {
  const std::size_t k = classes();
  std::vector<double> energies(outputs.cases, 0);
  for (std::size_t first = 0; first < outputs.cases; first += kBatch) {
    throw_if_requested(cancellation);
    const std::size_t count = std::min(kBatch, outputs.cases - first);
    const std::vector<float> inputs = inputs_of(outputs, first, count);
    for (const nn::Mlp& head : heads_) {
      const std::vector<float> z = head.outputs({inputs, count, this->inputs()});
      for (std::size_t i = 0; i < count; ++i)
        energies[first + i] -=
            static_cast<double>(z[i * k + outputs.predicted[first + i]]) / static_cast<double>(heads_.size());
    }
  }
  return energies;
}

double Auditor::risk_of(std::span<const float> columns, std::uint32_t predicted) const {
  std::vector<float> inputs(columns.begin(), columns.end()), z(classes());
  bring_to_scale(inputs, mean_, scale_, bound_);
  if (axes_) {
    std::vector<float> along(axes_->width());
    axes_->output_of(inputs, along);
    inputs = std::move(along);
  }
  double risk = 0;
  for (const nn::Mlp& head : heads_) {
    head.output_of(inputs, z);
    if (target_ == AuditorTarget::label) {
      stats::softmax_in_place(std::span(z));
      risk += 1 - static_cast<double>(z[predicted]);
    } else {
      risk += stats::sigmoid(static_cast<double>(z[0]));
    }
  }
  return std::clamp(risk / static_cast<double>(heads_.size()), 0.0, 1.0);
}

// The log-odds of the risk are z_0 with target failure, and log Σ_{c≠p} e^{z_c} − z_p with target label. A column drawn
// in to y = z / (1 + |z| / bound) moves by (1 − |y| / bound)² as fast as z.
std::vector<float> Auditor::gradients(const ModelOutputs& outputs, const Cancellation* cancellation) const {
  const std::size_t k = classes(), width = mean_.size();
  std::vector<float> gradients;
  gradients.reserve(outputs.cases * width);
  for (std::size_t first = 0; first < outputs.cases; first += kBatch) {
    throw_if_requested(cancellation);
    const std::size_t count = std::min(kBatch, outputs.cases - first);
    const std::vector<float> columns = columns_of(outputs, first, count), inputs = inputs_of(outputs, first, count);
    std::vector<float> slopes(inputs.size(), 0.F);
    for (const nn::Mlp& head : heads_) {
      std::vector<float> coefficients(count * k, 1.F);
      if (target_ == AuditorTarget::label) {
        coefficients = head.outputs({inputs, count, this->inputs()});
        for (std::size_t i = 0; i < count; ++i) {
          const auto row = std::span(coefficients).subspan(i * k, k);
          row[outputs.predicted[first + i]] = -INFINITY;
          stats::softmax_in_place(row);
          row[outputs.predicted[first + i]] = -1;
        }
      }
      const auto of_head = head.input_gradients({inputs, count, this->inputs()}, {coefficients, count, k});
      for (std::size_t at = 0; at < of_head.size(); ++at) slopes[at] += of_head[at] / static_cast<float>(heads_.size());
    }
    if (axes_) slopes = axes_->input_gradients({columns, count, width}, {slopes, count, axes_->width()});
    for (std::size_t at = 0; at < slopes.size(); ++at) {
      const float room = bound_ > 0 ? 1 - std::abs(columns[at]) / bound_ : 1.F;
      gradients.push_back(slopes[at] * scale_[at % width] * room * room);
    }
  }
  return gradients;
}

}  // namespace errata::audit
