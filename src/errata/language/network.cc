/// The forward pass, written with libtorch's plain operations so that their derivatives are libtorch's as well. Rotary
/// embeddings turn component i of a head with component i + head/2 (Llama's "half-split" layout), keys and values are
/// shared by heads / kv_heads queries each, and the cache keeps them as they were after turning, so that a token that
/// is read later attends to the very numbers that it would have met without a cache. References: B. Zhang, R. Sennrich,
/// RMSNorm, NeurIPS 2019; J. Su et al., RoFormer, 2021; N. Shazeer, GLU variants, 2020; J. Ainslie et al., GQA, EMNLP
/// 2023.
#include "errata/language/network.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "errata/nn/signed_size.h"

namespace errata::language {
namespace {

using nn::signed_size;

// Places of a layer's tensors behind the first of the layer, and of the first layer's in the plan.
constexpr std::size_t kInputNorm = 0, kQuery = 1, kKey = 2, kValue = 3, kOutput = 4, kMiddleNorm = 5, kGate = 6,
                      kUp = 7, kDown = 8, kOfLayer = 9, kFirstLayer = 1;

std::vector<std::int64_t> tensor_shape(const Part& part) {
  std::vector<std::int64_t> shape;
  for (const std::size_t side : part.shape) shape.push_back(signed_size(side));
  return shape;
}

at::Tensor tensor_of(const std::vector<float>& values, const Part& part, bool learns) {
  const at::Tensor own = at::from_blob(const_cast<float*>(values.data()) + part.offset, tensor_shape(part));
  return learns ? own.clone().requires_grad_(true) : own;
}

/// Angles of every position: cosines and sines, [positions, head_size].
std::pair<at::Tensor, at::Tensor> rotations(const ModelConfig& config) {
  const std::size_t half = config.head_size() / 2;
  at::Tensor cosines = at::empty({signed_size(config.positions), signed_size(2 * half)}),
             sines = at::empty_like(cosines);
  auto* cosine = cosines.data_ptr<float>();
  auto* sine = sines.data_ptr<float>();
  for (std::size_t position = 0; position < config.positions; ++position)
    for (std::size_t i = 0; i < 2 * half; ++i) {
      const double frequency = std::pow(config.rope_theta, -static_cast<double>(i % half) / static_cast<double>(half));
      *cosine++ = static_cast<float>(std::cos(static_cast<double>(position) * frequency));
      *sine++ = static_cast<float>(std::sin(static_cast<double>(position) * frequency));
    }
  return {cosines, sines};
}

at::Tensor turned(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines) {
  const auto halves = x.chunk(2, -1);
  return x * cosines + at::cat({-halves[1], halves[0]}, -1) * sines;
}

/// Keys or values of each group repeated for the queries that share them.
at::Tensor shared(const at::Tensor& x, std::int64_t times) {
  if (times == 1) return x;
  const auto s = x.sizes();
  return x.unsqueeze(2).expand({s[0], s[1], times, s[2], s[3]}).reshape({s[0], s[1] * times, s[2], s[3]});
}

/// Minus infinity where a token would see a later one; [read, all].
at::Tensor causal_mask(std::int64_t read, std::int64_t all) {
  return at::full({read, all}, -std::numeric_limits<float>::infinity()).triu(all - read + 1);
}

}  // namespace

Network::Network(const Model& model, const Adapter* adapter, Learns learns) : config_(model.config), learns_(learns) {
  for (const Part& part : model.plan.parts) weights_.push_back(tensor_of(model.values, part, learns == Learns::model));
  a_.resize(weights_.size());
  b_.resize(weights_.size());
  if (adapter != nullptr) {
    scale_ = adapter->options.scale();
    for (std::size_t m = 0; m < adapter->maps.size(); ++m) {
      const auto tensor = [&](std::size_t part) {
        return tensor_of(adapter->values, adapter->plan.parts[part], learns == Learns::adapter);
      };
      a_[adapter->maps[m]] = tensor(2 * m);
      b_[adapter->maps[m]] = tensor(2 * m + 1);
    }
  }
  auto [cosines, sines] = rotations(config_);
  cosines_.push_back(std::move(cosines));
  sines_.push_back(std::move(sines));
}

std::vector<at::Tensor> Network::learned() const {
  if (learns_ == Learns::nothing) return {};
  if (learns_ == Learns::model) return weights_;
  std::vector<at::Tensor> all;
  for (std::size_t part = 0; part < a_.size(); ++part)
    if (a_[part].defined()) {
      all.push_back(a_[part]);
      all.push_back(b_[part]);
    }
  return all;
}

at::Tensor Network::linear(std::size_t part, const at::Tensor& x) const {
  at::Tensor y = at::linear(x, weights_[part]);
  return a_[part].defined() ? y + at::linear(at::linear(x, a_[part]), b_[part]) * scale_ : y;
}

at::Tensor Network::norm(std::size_t part, const at::Tensor& x) const {
  return x * at::rsqrt(x.square().mean(-1, true) + config_.norm_epsilon) * weights_[part];
}

at::Tensor Network::attention(std::size_t layer, const at::Tensor& x, KeyValueCache* cache) const {
  const std::size_t first = kFirstLayer + kOfLayer * layer;
  const std::int64_t rows = x.size(0), read = x.size(1), head = signed_size(config_.head_size());
  const auto heads_of = [&](std::size_t part, std::size_t heads) {
    return linear(first + part, x).view({rows, read, signed_size(heads), head}).transpose(1, 2);
  };
  const std::int64_t before = cache != nullptr && cache->keys[layer].defined() ? cache->keys[layer].size(2) : 0;
  const at::Tensor cosines = cosines_[0].narrow(0, before, read), sines = sines_[0].narrow(0, before, read);
  const at::Tensor queries = turned(heads_of(kQuery, config_.heads), cosines, sines);
  at::Tensor keys = turned(heads_of(kKey, config_.kv_heads), cosines, sines);
  at::Tensor values = heads_of(kValue, config_.kv_heads);
  if (cache != nullptr) {
    if (before > 0) {
      keys = at::cat({cache->keys[layer], keys}, 2);
      values = at::cat({cache->values[layer], values}, 2);
    }
    cache->keys[layer] = keys;
    cache->values[layer] = values;
  }
  const std::int64_t times = signed_size(config_.heads / config_.kv_heads);
  at::Tensor scores =
      at::matmul(queries, shared(keys, times).transpose(2, 3)) * (1 / std::sqrt(static_cast<double>(head)));
  if (read > 1) scores = scores + causal_mask(read, before + read);
  const at::Tensor seen = at::matmul(at::softmax(scores, -1), shared(values, times));
  return linear(first + kOutput, seen.transpose(1, 2).reshape({rows, read, signed_size(config_.hidden)}));
}

at::Tensor Network::feed_forward(std::size_t layer, const at::Tensor& x) const {
  const std::size_t first = kFirstLayer + kOfLayer * layer;
  return linear(first + kDown, at::silu(linear(first + kGate, x)) * linear(first + kUp, x));
}

at::Tensor Network::hidden(const at::Tensor& tokens, KeyValueCache* cache, std::vector<at::Tensor>* layers) const {
  if (cache != nullptr && cache->keys.empty()) {
    cache->keys.resize(config_.layers);
    cache->values.resize(config_.layers);
  }
  at::Tensor x = at::embedding(weights_[0], tokens);
  for (std::size_t layer = 0; layer < config_.layers; ++layer) {
    const std::size_t first = kFirstLayer + kOfLayer * layer;
    x = x + attention(layer, norm(first + kInputNorm, x), cache);
    x = x + feed_forward(layer, norm(first + kMiddleNorm, x));
    if (layers != nullptr) layers->push_back(x);
  }
  return norm(kFirstLayer + kOfLayer * config_.layers, x);
}

at::Tensor Network::logits(const at::Tensor& hidden) const {
  return config_.tied ? at::linear(hidden, weights_[0]) : linear(kFirstLayer + kOfLayer * config_.layers + 1, hidden);
}

}  // namespace errata::language
