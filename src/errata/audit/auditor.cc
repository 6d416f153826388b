// The learned detector.
//
// Problem: a network's latents hold evidence of its failures that its softmax throws away. The auditor reads them and
// is trained on what came true. Asking it "was the model wrong?" (target failure) works on inputs like those it was
// trained on, but the answer depends on the kind of input, and kinds that it never saw turn it round. Asking it for the
// truth instead (target label) gives it a question with the same meaning for every kind; doubt in the model's answer
// follows as 1 − P(predicted class). Both are dense networks from nn; several heads may be averaged.
//
// Columns are brought to a common scale first and cut at ±10 deviations, so that one runaway channel of an input of an
// unseen kind cannot drown the others. Cost: that of nn::Mlp, and a copy of the columns a batch.
#include "errata/audit/auditor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/base/rng.h"

namespace errata::audit {
namespace {

constexpr float kLimit = 10;
constexpr std::size_t kBatch = 4096;  // rows scored at once: their columns stay in the cache

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

void softmax_in_place(std::span<float> z) {
  const float top = *std::ranges::max_element(z);
  double sum = 0;
  for (float& x : z) sum += static_cast<double>(x = std::exp(x - top));
  for (float& x : z) x = static_cast<float>(static_cast<double>(x) / sum);
}

Result<void> check_options(const TrainingCases& cases, const AuditorOptions& options) {
  if (options.heads < 1) return invalid_argument("heads 0 is not >= 1");
  if (options.target == AuditorTarget::label && cases.labels.empty())
    return invalid_argument("an auditor with target label needs labels; the log has failures alone (target failure)");
  if (cases.outputs.latents.empty() && (cases.outputs.logits.empty() || !options.read_logits))
    return invalid_argument("the auditor has nothing to read: no latents, no logits");
  const auto failures = std::ranges::count(cases.failed, 1);
  if (failures == 0 || failures == std::ssize(cases.failed))
    return data_error(
        fmt::format("{} of {} training cases failed: there is nothing to learn", failures, cases.failed.size()));
  return {};
}

struct Columns {
  std::vector<float> mean, scale;
};

/// Mean and 1/deviation of every column (Welford); a constant column gets scale 0 and so is not read.
Columns standardisation(const ModelOutputs& outputs, bool standardise, bool read_logits) {
  const std::size_t d = outputs.latents.cols(), k = read_logits ? outputs.logits.cols() : 0;
  Columns columns{.mean = std::vector<float>(d + k, 0.F), .scale = std::vector<float>(d + k, 1.F)};
  if (!standardise) return columns;
  std::vector<double> mean(d + k, 0), squares(d + k, 0);
  for (std::size_t i = 0; i < outputs.cases; ++i) {
    const double share = 1 / static_cast<double>(i + 1);
    const auto add = [&](std::span<const float> row, std::size_t first) {
      for (std::size_t j = 0; j < row.size(); ++j) {
        const double x = static_cast<double>(row[j]), delta = x - mean[first + j];
        mean[first + j] += delta * share;
        squares[first + j] += delta * (x - mean[first + j]);
      }
    };
    if (d > 0) add(outputs.latents.row(i), 0);
    if (k > 0) add(outputs.logits.row(i), d);
  }
  for (std::size_t j = 0; j < d + k; ++j) {
    const double deviation = std::sqrt(squares[j] / static_cast<double>(std::max<std::size_t>(1, outputs.cases)));
    columns.mean[j] = static_cast<float>(mean[j]);
    columns.scale[j] = deviation > 1e-6 ? static_cast<float>(1 / deviation) : 0;
  }
  return columns;
}

}  // namespace

AuditorOptions source_auditor(std::uint64_t seed) {
  return {.target = AuditorTarget::failure,
          .read_logits = false,
          .standardise = false,
          .hidden = {128, 64},
          .epochs = 6,
          .batch = 256,
          .learning_rate = 1e-3,
          .weight_decay = 0,
          .schedule = nn::Schedule::constant,
          .seed = seed};
}

std::vector<float> Auditor::columns_of(const ModelOutputs& outputs, std::size_t first, std::size_t count) const {
  const std::size_t d = latents(), width = mean_.size();
  std::vector<float> columns(count * width);
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = std::span(columns).subspan(i * width, width);
    if (d > 0) std::ranges::copy(outputs.latents.row(first + i), row.begin());
    if (logits_ > 0) std::ranges::copy(outputs.logits.row(first + i), row.begin() + static_cast<std::ptrdiff_t>(d));
    for (std::size_t j = 0; j < width; ++j) row[j] = (row[j] - mean_[j]) * scale_[j];
    if (limit_ > 0)
      for (float& x : row) x = std::clamp(x, -limit_, limit_);
  }
  return columns;
}

Result<Auditor> Auditor::train(const TrainingCases& cases, const AuditorOptions& options) {
  ERRATA_TRY(check_options(cases, options));
  const ModelOutputs& outputs = cases.outputs;
  Auditor auditor;
  auditor.target_ = options.target;
  auditor.logits_ = options.read_logits ? outputs.logits.cols() : 0;
  auditor.limit_ = options.standardise ? kLimit : 0;
  auto columns = standardisation(outputs, options.standardise, options.read_logits);
  auditor.mean_ = std::move(columns.mean);
  auditor.scale_ = std::move(columns.scale);

  const bool labels = options.target == AuditorTarget::label;
  std::vector<std::uint32_t> targets(outputs.cases);
  for (std::size_t i = 0; i < outputs.cases; ++i) targets[i] = labels ? cases.labels[i] : cases.failed[i];
  const std::vector<float> inputs = auditor.columns_of(outputs, 0, outputs.cases);
  const nn::MlpShape shape{.inputs = auditor.mean_.size(),
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
                           .device = options.device};
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

std::vector<float> Auditor::probabilities(const ModelOutputs& outputs) const {
  const std::size_t k = classes();
  std::vector<float> probabilities(outputs.cases * k, 0.F);
  for (std::size_t first = 0; first < outputs.cases; first += kBatch) {
    const std::size_t count = std::min(kBatch, outputs.cases - first);
    const std::vector<float> columns = columns_of(outputs, first, count);
    for (const nn::Mlp& head : heads_) {
      std::vector<float> z = head.outputs({columns, count, mean_.size()});
      for (std::size_t i = 0; i < count; ++i) {
        const auto row = std::span(z).subspan(i * k, k);
        if (target_ == AuditorTarget::label)
          softmax_in_place(row);
        else
          row[0] = static_cast<float>(sigmoid(static_cast<double>(row[0])));
        for (std::size_t c = 0; c < k; ++c)
          probabilities[(first + i) * k + c] += row[c] / static_cast<float>(heads_.size());
      }
    }
  }
  return probabilities;
}

std::vector<double> Auditor::risks(const ModelOutputs& outputs) const {
  const std::vector<float> p = probabilities(outputs);
  std::vector<double> risks(outputs.cases);
  const std::size_t k = classes();
  for (std::size_t i = 0; i < outputs.cases; ++i)
    risks[i] = target_ == AuditorTarget::label
                   ? std::clamp(1 - static_cast<double>(p[i * k + outputs.predicted[i]]), 0.0, 1.0)
                   : static_cast<double>(p[i]);
  return risks;
}

std::vector<double> Auditor::energies(const ModelOutputs& outputs) const {
  const std::size_t k = classes();
  std::vector<double> energies(outputs.cases, 0);
  for (std::size_t first = 0; first < outputs.cases; first += kBatch) {
    const std::size_t count = std::min(kBatch, outputs.cases - first);
    const std::vector<float> columns = columns_of(outputs, first, count);
    for (const nn::Mlp& head : heads_) {
      const std::vector<float> z = head.outputs({columns, count, mean_.size()});
      for (std::size_t i = 0; i < count; ++i)
        energies[first + i] -=
            static_cast<double>(z[i * k + outputs.predicted[first + i]]) / static_cast<double>(heads_.size());
    }
  }
  return energies;
}

double Auditor::risk_of(std::span<const float> columns, std::uint32_t predicted) const {
  std::vector<float> inputs(mean_.size()), z(classes());
  for (std::size_t j = 0; j < inputs.size(); ++j) {
    inputs[j] = (columns[j] - mean_[j]) * scale_[j];
    if (limit_ > 0) inputs[j] = std::clamp(inputs[j], -limit_, limit_);
  }
  double risk = 0;
  for (const nn::Mlp& head : heads_) {
    head.output_of(inputs, z);
    if (target_ == AuditorTarget::label) {
      softmax_in_place(z);
      risk += 1 - static_cast<double>(z[predicted]);
    } else {
      risk += sigmoid(static_cast<double>(z[0]));
    }
  }
  return std::clamp(risk / static_cast<double>(heads_.size()), 0.0, 1.0);
}

// The log-odds of the risk are z_0 with target failure, and log Σ_{c≠p} e^{z_c} − z_p with target label.
std::vector<float> Auditor::gradients(const ModelOutputs& outputs) const {
  const std::size_t k = classes(), width = mean_.size();
  std::vector<float> gradients(outputs.cases * width, 0.F);
  for (std::size_t first = 0; first < outputs.cases; first += kBatch) {
    const std::size_t count = std::min(kBatch, outputs.cases - first);
    const std::vector<float> columns = columns_of(outputs, first, count);
    for (const nn::Mlp& head : heads_) {
      std::vector<float> coefficients(count * k, 1.F);
      if (target_ == AuditorTarget::label) {
        coefficients = head.outputs({columns, count, width});
        for (std::size_t i = 0; i < count; ++i) {
          const auto row = std::span(coefficients).subspan(i * k, k);
          row[outputs.predicted[first + i]] = -INFINITY;
          softmax_in_place(row);
          row[outputs.predicted[first + i]] = -1;
        }
      }
      const std::vector<float> of_head = head.input_gradients({columns, count, width}, {coefficients, count, k});
      for (std::size_t at = 0; at < of_head.size(); ++at)
        gradients[first * width + at] += of_head[at] * scale_[at % width] / static_cast<float>(heads_.size());
    }
  }
  return gradients;
}

std::vector<nn::NamedTensor> Auditor::tensors() const {
  const auto width = static_cast<std::int64_t>(mean_.size());
  std::vector<nn::NamedTensor> tensors{{.name = "mean", .shape = {width}, .values = mean_},
                                       {.name = "scale", .shape = {width}, .values = scale_},
                                       {.name = "limit", .shape = {1}, .values = {limit_}}};
  for (std::size_t head = 0; head < heads_.size(); ++head) {
    const auto& layers = heads_[head].layers();
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const auto outputs = static_cast<std::int64_t>(layers[l].outputs);
      const std::string name = fmt::format("head{}.layer{}", head, l);
      tensors.push_back({.name = name + ".weight",
                         .shape = {outputs, static_cast<std::int64_t>(layers[l].inputs)},
                         .values = layers[l].weights});
      tensors.push_back({.name = name + ".bias", .shape = {outputs}, .values = layers[l].biases});
    }
  }
  return tensors;
}

Result<Auditor> Auditor::of(AuditorTarget target, std::size_t logits, const std::vector<nn::NamedTensor>& tensors) {
  const auto find = [&](const std::string& name) -> const nn::NamedTensor* {
    const auto found = std::ranges::find(tensors, name, &nn::NamedTensor::name);
    return found == tensors.end() ? nullptr : &*found;
  };
  const auto *mean = find("mean"), *scale = find("scale"), *limit = find("limit");
  if (mean == nullptr || scale == nullptr || limit == nullptr || limit->values.size() != 1 || mean->values.empty() ||
      scale->values.size() != mean->values.size() || logits > mean->values.size())
    return data_error("its columns do not fit together");
  Auditor auditor;
  auditor.target_ = target;
  auditor.logits_ = logits;
  auditor.mean_ = mean->values;
  auditor.scale_ = scale->values;
  auditor.limit_ = limit->values[0];
  for (std::size_t head = 0; find(fmt::format("head{}.layer0.weight", head)) != nullptr; ++head) {
    std::vector<nn::DenseLayer> layers;
    for (std::size_t l = 0; const auto* weight = find(fmt::format("head{}.layer{}.weight", head, l)); ++l) {
      const auto* bias = find(fmt::format("head{}.layer{}.bias", head, l));
      if (bias == nullptr || weight->shape.size() != 2)
        return data_error(fmt::format("layer {} of head {} has no weights and biases", l, head));
      layers.push_back({.inputs = static_cast<std::size_t>(weight->shape[1]),
                        .outputs = static_cast<std::size_t>(weight->shape[0]),
                        .weights = weight->values,
                        .biases = bias->values});
    }
    if (find(fmt::format("head{}.layer{}.bias", head, layers.size())) != nullptr)
      return data_error(fmt::format("layer {} of head {} has no weights", layers.size(), head));
    ERRATA_ASSIGN(nn::Mlp mlp, nn::Mlp::of(std::move(layers)));
    if (mlp.inputs() != auditor.mean_.size() || (target == AuditorTarget::failure && mlp.width() != 1) ||
        (head > 0 && mlp.width() != auditor.classes()))
      return data_error(fmt::format("head {} does not fit the columns", head));
    auditor.heads_.push_back(std::move(mlp));
  }
  if (auditor.heads_.empty()) return data_error("it has no head");
  return auditor;
}

}  // namespace errata::audit
