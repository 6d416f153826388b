// The auditor's weights as named tensors, and back.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "errata/audit/auditor.h"

namespace errata::audit {

std::vector<nn::NamedTensor> Auditor::tensors() const {
  const auto width = static_cast<std::int64_t>(mean_.size());
  std::vector<nn::NamedTensor> tensors{{.name = "mean", .shape = {width}, .values = mean_},
                                       {.name = "scale", .shape = {width}, .values = scale_},
                                       {.name = "bound", .shape = {1}, .values = {bound_}}};
  const auto add = [&](const std::string& name, const nn::DenseLayer& layer) {
    const auto outputs = static_cast<std::int64_t>(layer.outputs), inputs = static_cast<std::int64_t>(layer.inputs);
    tensors.push_back({.name = name + ".weight", .shape = {outputs, inputs}, .values = layer.weights});
    tensors.push_back({.name = name + ".bias", .shape = {outputs}, .values = layer.biases});
  };
  if (axes_) add("axes", axes_->layers().front());
  for (std::size_t head = 0; head < heads_.size(); ++head)
    for (std::size_t l = 0; l < heads_[head].layers().size(); ++l)
      add(fmt::format("head{}.layer{}", head, l), heads_[head].layers()[l]);
  return tensors;
}

Result<Auditor> Auditor::of(AuditorTarget target, std::size_t logits, const std::vector<nn::NamedTensor>& tensors) {
  std::map<std::string_view, const nn::NamedTensor*> named;
  for (const nn::NamedTensor& tensor : tensors) {
    const auto odd = std::ranges::find_if(tensor.values, [](float value) { return !std::isfinite(value); });
    if (odd != tensor.values.end())
      return data_error(
          fmt::format("tensor {}: value {} at {} is not finite", tensor.name, *odd, odd - tensor.values.begin()));
    named.emplace(tensor.name, &tensor);
  }
  const auto find = [&](const std::string& name) {
    const auto found = named.find(name);
    return found == named.end() ? nullptr : found->second;
  };
  const auto layer_named = [&](const std::string& name) -> Result<nn::DenseLayer> {
    const auto *weight = find(name + ".weight"), *bias = find(name + ".bias");
    if (weight == nullptr || bias == nullptr || weight->shape.size() != 2)
      return data_error(fmt::format("{} has no weights or no biases", name));
    return nn::DenseLayer{.inputs = static_cast<std::size_t>(weight->shape[1]),
                          .outputs = static_cast<std::size_t>(weight->shape[0]),
                          .weights = weight->values,
                          .biases = bias->values};
  };
  const auto there = [&](const std::string& name) { return find(name + ".weight") || find(name + ".bias"); };
  const auto *mean = find("mean"), *scale = find("scale"), *bound = find("bound");
  if (mean == nullptr || scale == nullptr || bound == nullptr || bound->values.size() != 1 || mean->values.empty() ||
      scale->values.size() != mean->values.size() || logits > mean->values.size())
    return data_error("its columns do not fit together");
  if (!(bound->values[0] >= 0)) return data_error(fmt::format("tensor bound: {} is not >= 0", bound->values[0]));
  Auditor auditor;
  auditor.target_ = target;
  auditor.logits_ = logits;
  auditor.mean_ = mean->values;
  auditor.scale_ = scale->values;
  auditor.bound_ = bound->values[0];
  if (there("axes")) {
    ERRATA_ASSIGN(nn::DenseLayer layer, layer_named("axes"));
    ERRATA_ASSIGN(auditor.axes_, nn::Mlp::of({std::move(layer)}));
    if (auditor.axes_->inputs() != auditor.mean_.size()) return data_error("its axes do not fit the columns");
  }
  for (std::size_t head = 0; there(fmt::format("head{}.layer0", head)); ++head) {
    std::vector<nn::DenseLayer> layers;
    for (std::size_t l = 0; there(fmt::format("head{}.layer{}", head, l)); ++l) {
      ERRATA_ASSIGN(nn::DenseLayer layer, layer_named(fmt::format("head{}.layer{}", head, l)));
      layers.push_back(std::move(layer));
    }
    ERRATA_ASSIGN(nn::Mlp mlp, nn::Mlp::of(std::move(layers)));
    if (mlp.inputs() != auditor.inputs() || (target == AuditorTarget::failure && mlp.width() != 1) ||
        (head > 0 && mlp.width() != auditor.classes()))
      return data_error(fmt::format("head {} does not fit the columns", head));
    auditor.heads_.push_back(std::move(mlp));
  }
  if (auditor.heads_.empty()) return data_error("it has no head");
  return auditor;
}

}  // namespace errata::audit
