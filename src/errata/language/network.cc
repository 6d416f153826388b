/// The forward pass, written with libtorch's plain operations. Rotary
/// embeddings turn component i of a head with component i + head/2 (Llama's "half-split" layout), keys and values are
/// shared by heads / kv_heads queries each, and the cache keeps them as they were after turning, so that a token that
/// is read later attends to the very numbers that it would have met without a cache. References: B. Zhang, R. Sennrich,
/// RMSNorm, NeurIPS 2019; J. Su et al., RoFormer, 2021; N. Shazeer, GLU variants, 2020; J. Ainslie et al., GQA, EMNLP
/// 2023.
#include "errata/language/network.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "errata/nn/signed_size.h"

namespace errata::language {
namespace {

using nn::signed_size;

constexpr std::size_t kFirstLayer = 1;  ///< place of its first part in the plan
constexpr std::size_t kAbsent = std::numeric_limits<std::size_t>::max();

std::vector<std::int64_t> tensor_shape(const Part& part) {
  std::vector<std::int64_t> shape;
  for (const std::size_t side : part.shape) shape.push_back(signed_size(side));
  return shape;
}

at::Tensor tensor_of(const std::vector<float>& values, const Part& part) {
  return at::from_blob(const_cast<float*>(values.data()) + part.offset, tensor_shape(part));
}

std::vector<double> frequencies_of(const ModelConfig& config) {
  std::vector<double> frequencies(config.head_size() / 2);
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const double plain = std::pow(config.rope_theta, -static_cast<double>(i) / static_cast<double>(frequencies.size()));
    frequencies[i] = stretched_frequency(plain, config.rope_scaling);
  }
  return frequencies;
}

at::Tensor turned(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines) {
  const auto halves = x.chunk(2, -1);
  return x * cosines + at::cat({-halves[1], halves[0]}, -1) * sines;
}

constexpr float kUnseen = -std::numeric_limits<float>::infinity();

/// Minus infinity where a token would see a later one; [read, all].
at::Tensor causal_mask(std::int64_t read, std::int64_t all) {
  return at::full({read, all}, kUnseen).triu(all - read + 1);
}

/// Minus infinity where a token would see its row's padding, which sees itself; [rows, 1, 1, read, all].
at::Tensor padding_mask(std::span<const std::int64_t> padding, std::int64_t read, std::int64_t all) {
  const std::int64_t before = all - read;
  at::Tensor mask = at::zeros({signed_size(padding.size()), 1, 1, read, all});
  auto* of_token = mask.data_ptr<float>();
  for (const std::int64_t padded : padding)
    for (std::int64_t token = before; token < all; ++token, of_token += all)
      if (token >= padded) std::fill_n(of_token, padded, kUnseen);
  return mask;
}

/// Puts keys or values behind the `before` that are held, with more room where there is too little.
/// @return all of them
at::Tensor kept(at::Tensor& held, const at::Tensor& more, std::int64_t before) {
  const std::int64_t all = before + more.size(2);
  if (!held.defined() || held.size(2) < all) {
    constexpr std::int64_t kLeast = 64;
    at::Tensor roomier = at::empty({more.size(0), more.size(1), std::max(all + kLeast, 2 * before), more.size(3)});
    if (before > 0) roomier.narrow(2, 0, before).copy_(held.narrow(2, 0, before));
    held = roomier;
  }
  held.narrow(2, before, more.size(2)).copy_(more);
  return held.narrow(2, 0, all);
}

/// x Wᵀ; for a single row as matrix by vector, which BLAS does without copying W first.
at::Tensor product(const at::Tensor& x, const at::Tensor& w) {
  if (x.numel() != x.size(-1)) return at::linear(x, w);
  std::vector<std::int64_t> shape(x.sizes().begin(), x.sizes().end());
  shape.back() = w.size(0);
  return at::mv(w, x.reshape({-1})).view(shape);
}

}  // namespace

void KeyValueCache::keep(std::span<const std::int64_t> rows) {
  const at::Tensor kept_rows = at::tensor(at::ArrayRef<std::int64_t>(rows.data(), rows.size()));
  for (auto* held : {&keys, &values})
    for (at::Tensor& of_layer : *held) of_layer = of_layer.narrow(2, 0, tokens).index_select(0, kept_rows);
  if (padding.empty()) return;
  std::vector<std::int64_t> of_rows;
  for (const std::int64_t row : rows) of_rows.push_back(padding[static_cast<std::size_t>(row)]);
  padding = std::move(of_rows);
}

Network::Network(const Model& model, const Adapter* adapter) : config_(model.config) {
  for (const Part& part : model.plan.parts) weights_.push_back(tensor_of(model.values, part));
  a_.resize(weights_.size());
  b_.resize(weights_.size());
  if (adapter != nullptr) {
    scale_ = adapter->options.scale();
    for (std::size_t m = 0; m < adapter->maps.size(); ++m) {
      const auto tensor = [&](std::size_t part) { return tensor_of(adapter->values, adapter->plan.parts[part]); };
      a_[adapter->maps[m]] = tensor(2 * m);
      b_[adapter->maps[m]] = tensor(2 * m + 1);
    }
  }
  in_layer_.fill(kAbsent);
  for (const LayerPart& part : layer_parts(config_))
    if (!part.shape.empty()) in_layer_[static_cast<std::size_t>(part.role)] = of_layer_++;
  frequencies_ = frequencies_of(config_);
}

/// What all layers need to know of the positions that are read.
struct Network::Reading {
  at::Tensor cosines, sines;  ///< [read, head_size]
  at::Tensor mask;            ///< [read, before + read], by rows where they are padded; undefined: it hides nothing
  std::int64_t before;
};

Network::Reading Network::reading(std::int64_t read, const KeyValueCache* cache) const {
  const std::int64_t before = cache != nullptr ? cache->tokens : 0;
  const std::size_t half = frequencies_.size();
  Reading made{.cosines = at::empty({read, signed_size(2 * half)}),
               .sines = at::empty({read, signed_size(2 * half)}),
               .mask = read > 1 ? causal_mask(read, before + read) : at::Tensor(),
               .before = before};
  if (cache != nullptr && !cache->padding.empty()) {
    const at::Tensor padded = padding_mask(cache->padding, read, before + read);
    made.mask = made.mask.defined() ? made.mask + padded : padded;
  }
  auto* cosine = made.cosines.data_ptr<float>();
  auto* sine = made.sines.data_ptr<float>();
  for (std::int64_t position = before; position < before + read; ++position, cosine += 2 * half, sine += 2 * half)
    for (std::size_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(position) * frequencies_[i];
      cosine[i] = cosine[i + half] = static_cast<float>(std::cos(angle));
      sine[i] = sine[i + half] = static_cast<float>(std::sin(angle));
    }
  return made;
}

bool Network::has(Role role) const { return in_layer_[static_cast<std::size_t>(role)] != kAbsent; }

std::size_t Network::place(std::size_t layer, Role role) const {
  return kFirstLayer + of_layer_ * layer + in_layer_[static_cast<std::size_t>(role)];
}

at::Tensor Network::linear(std::size_t part, const at::Tensor& x) const {
  at::Tensor y = product(x, weights_[part]);
  return a_[part].defined() ? y + product(product(x, a_[part]), b_[part]) * scale_ : y;
}

at::Tensor Network::norm(std::size_t part, const at::Tensor& x) const {
  return x * at::rsqrt(x.square().mean(-1, true) + config_.norm_epsilon) * weights_[part];
}

at::Tensor Network::mapped(std::size_t layer, Role role, const at::Tensor& x) const {
  at::Tensor y = linear(place(layer, role), x);
  const auto bias = static_cast<Role>(static_cast<std::size_t>(role) + 1);  // where there is one, it follows
  return has(bias) ? y + weights_[place(layer, bias)] : y;
}

at::Tensor Network::heads_of(std::size_t layer, Role role, std::size_t heads, const at::Tensor& x) const {
  return mapped(layer, role, x).view({x.size(0), x.size(1), signed_size(heads), signed_size(config_.head_size())});
}

at::Tensor Network::attention(std::size_t layer, const at::Tensor& x, const Reading& reading,
                              KeyValueCache* cache) const {
  const std::int64_t rows = x.size(0), read = x.size(1), head = signed_size(config_.head_size());
  const auto heads = [&](Role role, std::size_t count, Role own_norm) {
    const at::Tensor all = heads_of(layer, role, count, x);
    return (has(own_norm) ? norm(place(layer, own_norm), all) : all).transpose(1, 2);
  };
  const at::Tensor queries =
      turned(heads(Role::query, config_.heads, Role::query_norm), reading.cosines, reading.sines);
  at::Tensor keys = turned(heads(Role::key, config_.kv_heads, Role::key_norm), reading.cosines, reading.sines);
  at::Tensor values = heads_of(layer, Role::value, config_.kv_heads, x).transpose(1, 2);
  if (cache != nullptr) {
    keys = kept(cache->keys[layer], keys, reading.before);
    values = kept(cache->values[layer], values, reading.before);
  }
  // The queries that share a head of keys lie behind one another: [rows, kv_heads, those · read, head].
  const std::int64_t groups = signed_size(config_.kv_heads), sharing = signed_size(config_.heads) / groups,
                     all = keys.size(2);
  at::Tensor scores = at::matmul(queries.reshape({rows, groups, sharing * read, head}), keys.transpose(2, 3)) *
                      (1 / std::sqrt(static_cast<double>(head)));
  if (reading.mask.defined())
    scores = (scores.view({rows, groups, sharing, read, all}) + reading.mask).view({rows, groups, sharing * read, all});
  const at::Tensor seen = at::matmul(at::softmax(scores, -1), values).view({rows, groups * sharing, read, head});
  return mapped(layer, Role::output, seen.transpose(1, 2).reshape({rows, read, groups * sharing * head}));
}

at::Tensor Network::feed_forward(std::size_t layer, const at::Tensor& x) const {
  return mapped(layer, Role::down, at::silu(mapped(layer, Role::gate, x)) * mapped(layer, Role::up, x));
}

at::Tensor Network::hidden(const at::Tensor& tokens, KeyValueCache* cache, std::vector<at::Tensor>* layers) const {
  if (cache != nullptr && cache->keys.empty()) {
    cache->keys.resize(config_.layers);
    cache->values.resize(config_.layers);
  }
  const Reading all = reading(tokens.size(1), cache);
  at::Tensor x = at::embedding(weights_[0], tokens);
  for (std::size_t layer = 0; layer < config_.layers; ++layer) {
    x = x + attention(layer, norm(place(layer, Role::input_norm), x), all, cache);
    x = x + feed_forward(layer, norm(place(layer, Role::middle_norm), x));
    if (layers != nullptr) layers->push_back(x);
  }
  if (cache != nullptr) cache->tokens += tokens.size(1);
  return norm(kFirstLayer + of_layer_ * config_.layers, x);
}

at::Tensor Network::logits(const at::Tensor& hidden) const {
  return config_.tied ? product(hidden, weights_[0]) : linear(kFirstLayer + of_layer_ * config_.layers + 1, hidden);
}

}  // namespace errata::language
