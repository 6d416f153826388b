/// The forward pass, of the row loops and products of the learning pass. Keys and values are shared by heads / kv_heads
/// queries each, and the cache keeps them as they were after turning, so that a token that is read later attends to the
/// very numbers that it would have met without a cache. References: B. Zhang, R. Sennrich, RMSNorm, NeurIPS 2019;
/// N. Shazeer, GLU variants, 2020; J. Ainslie et al., GQA, EMNLP 2023.
#include "errata/language/network.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "errata/base/error.h"
#include "errata/language/products.h"
#include "errata/language/row_loops.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"

namespace errata::language {
namespace {

using nn::signed_size;

constexpr std::size_t kFirstLayer = 1;  ///< place of its first part in the plan
constexpr std::size_t kAbsent = std::numeric_limits<std::size_t>::max();

std::size_t size_of(std::int64_t side) { return static_cast<std::size_t>(side); }

std::vector<std::int64_t> tensor_shape(const Part& part) {
  std::vector<std::int64_t> shape;
  for (const std::size_t side : part.shape) shape.push_back(signed_size(side));
  return shape;
}

at::Tensor tensor_of(const std::vector<float>& values, const Part& part) {
  return at::from_blob(const_cast<float*>(values.data()) + part.offset, tensor_shape(part));
}

/// Puts keys or values behind the `before` that are held, with more room where there is too little.
/// @return all of them, and room behind
at::Tensor kept(at::Tensor& held, const at::Tensor& more, std::int64_t before) {
  const std::int64_t all = before + more.size(1);
  if (!held.defined() || held.size(1) < all) {
    constexpr std::int64_t kLeast = 64;
    at::Tensor roomier = at::empty({more.size(0), std::max(all + kLeast, 2 * before), more.size(2)});
    if (before > 0) roomier.narrow(1, 0, before).copy_(held.narrow(1, 0, before));
    held = roomier;
  }
  held.narrow(1, before, more.size(1)).copy_(more);
  return held;
}

/// Of a tensor whose rows lie behind one another.
const float* numbers_of(const at::Tensor& tensor) {
  ERRATA_CHECK(tensor.is_contiguous());
  return tensor.data_ptr<float>();
}

/// x Wᵀ
at::Tensor product(const at::Tensor& x, const at::Tensor& w) {
  const std::size_t inputs = size_of(x.size(-1)), rows = size_of(x.numel()) / inputs;
  std::vector<std::int64_t> shape(x.sizes().begin(), x.sizes().end());
  shape.back() = w.size(0);
  at::Tensor y = at::empty(shape);
  const at::Tensor together = x.contiguous();
  Product{}.with_transposed(numbers_of(together), numbers_of(w), rows, inputs, size_of(w.size(0)), y.data_ptr<float>());
  return y;
}

}  // namespace

void KeyValueCache::keep(std::span<const std::int64_t> rows) {
  const at::Tensor kept_rows = at::tensor(at::ArrayRef<std::int64_t>(rows.data(), rows.size()));
  for (auto* held : {&keys, &values})
    for (at::Tensor& of_layer : *held) of_layer = of_layer.narrow(1, 0, tokens).index_select(0, kept_rows);
  if (padding.empty()) return;
  std::vector<std::int64_t> of_rows;
  for (const std::int64_t row : rows) of_rows.push_back(padding[static_cast<std::size_t>(row)]);
  padding = std::move(of_rows);
}

Network::Network(const Model& model, const Adapter* adapter) : config_(model.config), rotation_(model.config) {
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
}

/// What all layers need to know of the positions that are read.
struct Network::Reading {
  Rotation rotation;                  ///< of the positions that are read
  std::vector<std::int64_t> padding;  ///< [rows]
  std::size_t before;                 ///< tokens in the cache
};

Network::Reading Network::reading(const at::Tensor& tokens, const KeyValueCache* cache) const {
  Reading made{.rotation = rotation_,
               .padding = std::vector<std::int64_t>(size_of(tokens.size(0))),
               .before = cache != nullptr ? size_of(cache->tokens) : 0};
  if (cache != nullptr && !cache->padding.empty()) made.padding = cache->padding;
  for (std::size_t read = 0; read < size_of(tokens.size(1)); ++read) made.rotation.add(made.before + read);
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
  const std::size_t width = size_of(x.size(-1)), rows = size_of(x.numel()) / width;
  at::Tensor y = at::empty(x.sizes());
  std::vector<float> inverse(rows);
  row_loops::normalise(numbers_of(x), numbers_of(weights_[part]), rows, width, static_cast<float>(config_.norm_epsilon),
                       y.data_ptr<float>(), inverse.data());
  return y;
}

at::Tensor Network::mapped(std::size_t layer, Role role, const at::Tensor& x) const {
  at::Tensor y = linear(place(layer, role), x);
  const auto bias = static_cast<Role>(static_cast<std::size_t>(role) + 1);  // where there is one, it follows
  return has(bias) ? y + weights_[place(layer, bias)] : y;
}

at::Tensor Network::heads_of(std::size_t layer, Role role, Role own_norm, const at::Tensor& x,
                             const Reading& reading) const {
  const std::size_t head = config_.head_size(), read = size_of(x.size(1));
  at::Tensor all = mapped(layer, role, x);
  if (has(own_norm)) all = norm(place(layer, own_norm), all.view({-1, signed_size(head)})).view(all.sizes());
  const std::size_t width = size_of(all.size(2));
  auto* of_token = all.data_ptr<float>();
  for (std::size_t token = 0; token < size_of(x.size(0)) * read; ++token, of_token += width)
    reading.rotation.turn(of_token, width / head, token % read);
  return all;
}

at::Tensor Network::attention(std::size_t layer, const at::Tensor& x, const Reading& reading,
                              KeyValueCache* cache) const {
  const at::Tensor queries = heads_of(layer, Role::query, Role::query_norm, x, reading);
  at::Tensor keys = heads_of(layer, Role::key, Role::key_norm, x, reading), values = mapped(layer, Role::value, x);
  if (cache != nullptr) {
    keys = kept(cache->keys[layer], keys, signed_size(reading.before));
    values = kept(cache->values[layer], values, signed_size(reading.before));
  }
  at::Tensor seen = at::zeros(queries.sizes());
  const auto row_of = [](const at::Tensor& tensor, std::size_t row) {
    return tensor.data_ptr<float>() + row * size_of(tensor.size(1) * tensor.size(2));
  };
  const std::size_t read = size_of(x.size(1)), before = reading.before;
  nn::for_each_shard(reading.padding.size(), [&](std::size_t row) {
    const std::size_t padding = size_of(reading.padding[row]);
    row_loops::Heads of{.tokens = before + read - padding,
                        .heads = config_.heads,
                        .kv_heads = config_.kv_heads,
                        .size = config_.head_size()};
    std::vector<float> space(of.space());
    const float *const q = row_of(queries, row), *const k = row_of(keys, row) + padding * of.kv_width(),
                       *const v = row_of(values, row) + padding * of.kv_width();
    float* const out = row_of(seen, row);
    if (before == 0)
      return row_loops::attend(of, q + padding * of.width(), k, v, nullptr, out + padding * of.width(), space.data());
    for (std::size_t token = 0; token < read; ++token) {
      of.tokens = before + token + 1 - padding;
      row_loops::attend_last(of, q + token * of.width(), k, v, out + token * of.width(), space.data());
    }
  });
  return mapped(layer, Role::output, seen);
}

at::Tensor Network::feed_forward(std::size_t layer, const at::Tensor& x) const {
  const at::Tensor gate = mapped(layer, Role::gate, x), up = mapped(layer, Role::up, x);
  at::Tensor inner = at::empty(gate.sizes());
  row_loops::gate(numbers_of(gate), numbers_of(up), size_of(gate.numel()), inner.data_ptr<float>());
  return mapped(layer, Role::down, inner);
}

at::Tensor Network::hidden(const at::Tensor& tokens, KeyValueCache* cache, std::vector<at::Tensor>* layers) const {
  if (cache != nullptr && cache->keys.empty()) {
    cache->keys.resize(config_.layers);
    cache->values.resize(config_.layers);
  }
  const Reading all = reading(tokens, cache);
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
