/// Derivatives by hand. With y = x Wᵀ: dx = dy W, dW = dyᵀ x; with an adapter y += s (x Aᵀ) Bᵀ: dB = s dyᵀ (x Aᵀ),
/// d(x Aᵀ) = s dy B, dA = d(x Aᵀ)ᵀ x, dx += d(x Aᵀ) A. A rotation goes back by its inverse. The last token of an
/// example predicts nothing and is not read.
#include "errata/language/learning_pass.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "errata/language/products.h"

namespace errata::language {
namespace {

constexpr std::size_t kNoPart = std::numeric_limits<std::size_t>::max();

/// Room for so many numbers, whatever they are.
float* room(std::vector<float>& of, std::size_t count) {
  if (of.size() < count) of.resize(count);
  return of.data();
}

float* zeros(std::vector<float>& of, std::size_t count) {
  of.assign(count, 0.0F);
  return of.data();
}

}  // namespace

LearningPass::LearningPass(const Model& model, const Adapter* adapter)
    : model_(model), adapter_(adapter), layers_(model.config.layers), rotation_(model.config) {
  find_parts();
}

LearningPass::Map LearningPass::map_of(std::size_t part, std::size_t bias_part) const {
  const Part& of = model_.plan.parts[part];
  const float* const values = model_.values.data();
  Map map{.inputs = of.shape[1], .outputs = of.shape[0], .w = values + of.offset, .w_slopes = of.offset};
  if (bias_part != kNoPart) {
    map.bias_slopes = model_.plan.parts[bias_part].offset;
    map.bias = values + map.bias_slopes;
  }
  if (adapter_ == nullptr) return map;
  const auto at = std::ranges::find(adapter_->maps, part);
  if (at == adapter_->maps.end()) return map;
  const auto m = static_cast<std::size_t>(at - adapter_->maps.begin());
  map.a_slopes = adapter_->plan.parts[2 * m].offset;
  map.b_slopes = adapter_->plan.parts[2 * m + 1].offset;
  map.a = adapter_->values.data() + map.a_slopes;
  map.b = adapter_->values.data() + map.b_slopes;
  return map;
}

LearningPass::Scale LearningPass::scale_of(std::size_t part) const {
  if (part == kNoPart) return {};
  const std::size_t offset = model_.plan.parts[part].offset;
  return {.w = model_.values.data() + offset, .slopes = offset};
}

void LearningPass::find_parts() {
  std::size_t part = 1;  // behind the embedding
  const auto parts = layer_parts(model_.config);
  for (Layer& layer : layers_) {
    std::array<std::size_t, kRoles> at{};
    for (const LayerPart& one : parts) at[static_cast<std::size_t>(one.role)] = one.shape.empty() ? kNoPart : part++;
    const auto place = [&](Role role) { return at[static_cast<std::size_t>(role)]; };
    layer.input_norm = scale_of(place(Role::input_norm));
    layer.middle_norm = scale_of(place(Role::middle_norm));
    layer.query_norm = scale_of(place(Role::query_norm));
    layer.key_norm = scale_of(place(Role::key_norm));
    layer.maps = {
        map_of(place(Role::query), place(Role::query_bias)), map_of(place(Role::key), place(Role::key_bias)),
        map_of(place(Role::value), place(Role::value_bias)), map_of(place(Role::output), place(Role::output_bias)),
        map_of(place(Role::gate), place(Role::gate_bias)),   map_of(place(Role::up), place(Role::up_bias)),
        map_of(place(Role::down), place(Role::down_bias))};
  }
  last_norm_ = scale_of(part);
  head_ = map_of(model_.config.tied ? 0 : part + 1, kNoPart);
}

void LearningPass::read(std::span<const Example> batch) {
  begins_.assign(1, 0);
  for (auto* of : {&tokens_, &positions_, &told_at_, &told_, &weights_begin_}) of->clear();
  as_model_.clear();
  weights_ = 0;
  for (const Example& example : batch) {
    const std::size_t length = example.tokens.size() - 1;
    while (rotation_.count() < length) rotation_.add(rotation_.count());
    for (std::size_t t = 0; t < length; ++t) {
      if (t + 1 >= example.answer) {
        told_at_.push_back(tokens_.size());
        told_.push_back(static_cast<std::size_t>(example.tokens[t + 1]));
        as_model_.push_back(example.as_model ? 1 : 0);
      }
      tokens_.push_back(static_cast<std::size_t>(example.tokens[t]));
      positions_.push_back(t);
    }
    begins_.push_back(tokens_.size());
    weights_begin_.push_back(weights_);
    weights_ += heads_of(begins_.size() - 2).weights();
  }
}

/// y = x Wᵀ + bias + s (x Aᵀ) Bᵀ, or added to what y holds.
void LearningPass::apply(const Map& map, const std::vector<float>& x, std::size_t rows, std::vector<float>& low,
                         float* y, bool added) const {
  Product{.added = added}.with_transposed(x.data(), map.w, rows, map.inputs, map.outputs, y);
  if (map.bias != nullptr) row_loops::add_to_rows(map.bias, rows, map.outputs, y);
  if (map.a == nullptr || alone_) return;
  const std::size_t rank = adapter_->options.rank;
  Product{}.with_transposed(x.data(), map.a, rows, map.inputs, rank, room(low, rows * rank));
  Product{.factor = static_cast<float>(adapter_->options.scale()), .added = true}.with_transposed(
      low.data(), map.b, rows, rank, map.outputs, y);
}

void LearningPass::apply_back(const Map& map, const float* dy, const std::vector<float>& x, std::size_t rows,
                              const std::vector<float>& low, float* dx, bool added, std::span<float> slopes) {
  Product{.added = added}.with(dy, map.w, rows, map.outputs, map.inputs, dx);
  if (model_learns()) {
    Product{}.of_transposed(dy, x.data(), rows, map.outputs, map.inputs, &slopes[map.w_slopes]);
    if (map.bias != nullptr) row_loops::add_rows(dy, rows, map.outputs, &slopes[map.bias_slopes]);
  }
  if (map.a == nullptr) return;
  const std::size_t rank = adapter_->options.rank;
  const auto scale = static_cast<float>(adapter_->options.scale());
  Product{.factor = scale}.of_transposed(dy, low.data(), rows, map.outputs, rank, &slopes[map.b_slopes]);
  float* const dlow = room(low_slopes_, rows * rank);
  Product{.factor = scale}.with(dy, map.b, rows, map.outputs, rank, dlow);
  Product{}.of_transposed(dlow, x.data(), rows, rank, map.inputs, &slopes[map.a_slopes]);
  Product{.added = true}.with(dlow, map.a, rows, rank, map.inputs, dx);
}

void LearningPass::normalise(const Scale& norm, const std::vector<float>& x, std::size_t rows, std::size_t width,
                             std::vector<float>& y, std::vector<float>& inverse) const {
  row_loops::normalise(x.data(), norm.w, rows, width, static_cast<float>(model_.config.norm_epsilon),
                       room(y, rows * width), room(inverse, rows));
}

void LearningPass::normalise_back(const Scale& norm, const float* dy, const std::vector<float>& x,
                                  const std::vector<float>& inverse, std::size_t rows, std::size_t width, float* dx,
                                  std::span<float> slopes) const {
  row_loops::normalise_back(dy, x.data(), norm.w, inverse.data(), rows, width, dx,
                            model_learns() ? &slopes[norm.slopes] : nullptr);
}

void LearningPass::turn_all(std::vector<float>& x, std::size_t heads, float sign) const {
  const std::size_t width = heads * model_.config.head_size();
  for (std::size_t row = 0; row < positions_.size(); ++row)
    rotation_.turn(&x[row * width], heads, positions_[row], sign);
}

row_loops::Heads LearningPass::heads_of(std::size_t sequence) const {
  return {.tokens = begins_[sequence + 1] - begins_[sequence],
          .heads = model_.config.heads,
          .kv_heads = model_.config.kv_heads,
          .size = model_.config.head_size()};
}

/// @param next  what the layer leaves
void LearningPass::forward(Layer& layer, std::vector<float>& next) {
  const auto& c = model_.config;
  const std::size_t rows = tokens_.size(), width = c.heads * c.head_size(), kv_width = c.kv_heads * c.head_size();
  normalise(layer.input_norm, layer.x, rows, c.hidden, layer.x_normal, layer.x_inverse);
  const auto mapped = [&](MapOf of, const std::vector<float>& x, std::vector<float>& y) {
    apply(layer.maps[of], x, rows, layer.low[of], room(y, rows * layer.maps[of].outputs), false);
  };
  const auto heads = [&](MapOf of, const Scale& norm, std::size_t count, std::vector<float>& plain,
                         std::vector<float>& inverse, std::vector<float>& to) {
    mapped(of, layer.x_normal, norm.w == nullptr ? to : plain);
    if (norm.w != nullptr) normalise(norm, plain, rows * count, c.head_size(), to, inverse);
    turn_all(to, count, 1);
  };
  heads(of_query, layer.query_norm, c.heads, layer.q_plain, layer.q_inverse, layer.q);
  heads(of_key, layer.key_norm, c.kv_heads, layer.k_plain, layer.k_inverse, layer.k);
  mapped(of_value, layer.x_normal, layer.v);
  room(layer.p, weights_);
  room(layer.seen, rows * width);
  for (std::size_t s = 0; s + 1 < begins_.size(); ++s) {
    const row_loops::Heads of = heads_of(s);
    const std::size_t first = begins_[s];
    row_loops::attend(of, &layer.q[first * width], &layer.k[first * kv_width], &layer.v[first * kv_width],
                      &layer.p[weights_begin_[s]], &layer.seen[first * width], room(space_, of.space()));
  }
  std::copy_n(layer.x.data(), rows * c.hidden, room(layer.y, rows * c.hidden));
  apply(layer.maps[of_output], layer.seen, rows, layer.low[of_output], layer.y.data(), true);
  normalise(layer.middle_norm, layer.y, rows, c.hidden, layer.y_normal, layer.y_inverse);
  mapped(of_gate, layer.y_normal, layer.gate);
  mapped(of_up, layer.y_normal, layer.up);
  const std::size_t inner = rows * c.intermediate;
  row_loops::gate(layer.gate.data(), layer.up.data(), inner, room(layer.inner, inner));
  std::copy_n(layer.y.data(), rows * c.hidden, room(next, rows * c.hidden));
  apply(layer.maps[of_down], layer.inner, rows, layer.low[of_down], next.data(), true);
}

/// The logits of the tokens that are told, of what the last layer left.
void LearningPass::tell() {
  const std::size_t hidden = model_.config.hidden, told = told_.size();
  room(picked_, told * hidden);
  for (std::size_t i = 0; i < told; ++i) std::copy_n(&last_[told_at_[i] * hidden], hidden, &picked_[i * hidden]);
  normalise(last_norm_, picked_, told, hidden, picked_normal_, picked_inverse_);
  apply(head_, picked_normal_, told, head_low_, room(logits_, told * model_.config.vocabulary), false);
}

/// What the model alone expects in the places of tokens that are as it has them.
void LearningPass::expect(std::span<const Example> batch) {
  std::vector<Example> kept;
  std::ranges::copy_if(batch, std::back_inserter(kept), &Example::as_model);
  if (kept.empty()) return;
  read(kept);
  alone_ = true;
  read_layers();
  tell();
  alone_ = false;
  const std::size_t vocabulary = model_.config.vocabulary;
  for (std::size_t i = 0; i < told_.size(); ++i) row_loops::softmax(&logits_[i * vocabulary], vocabulary);
  expected_.assign(logits_.begin(), logits_.begin() + static_cast<std::ptrdiff_t>(told_.size() * vocabulary));
}

/// The loss, and in dx_ its slope by what the last layer left.
double LearningPass::lose(std::span<float> slopes) {
  const std::size_t hidden = model_.config.hidden, told = told_.size(), vocabulary = model_.config.vocabulary;
  double loss = 0;
  const float* expected = expected_.data();
  for (std::size_t i = 0; i < told; ++i) {
    float* const logits = &logits_[i * vocabulary];
    if (as_model_[i] == 0) {
      loss += row_loops::cross_entropy(logits, vocabulary, told_[i]);
    } else {
      loss += row_loops::divergence(logits, vocabulary, expected);
      expected += vocabulary;
    }
  }
  apply_back(head_, logits_.data(), picked_normal_, told, head_low_, room(dnormal_, told * hidden), false, slopes);
  float* const dpicked = zeros(dplain_, told * hidden);
  normalise_back(last_norm_, dnormal_.data(), picked_, picked_inverse_, told, hidden, dpicked, slopes);
  zeros(dx_, tokens_.size() * hidden);
  for (std::size_t i = 0; i < told; ++i) std::copy_n(dpicked + i * hidden, hidden, &dx_[told_at_[i] * hidden]);
  return loss;
}

/// Takes slopes of turned heads back to what the map gave.
void LearningPass::head_back(const Scale& norm, const std::vector<float>& plain, const std::vector<float>& inverse,
                             std::size_t heads, std::vector<float>& slopes_of_heads, std::span<float> slopes) {
  turn_all(slopes_of_heads, heads, -1);
  if (norm.w == nullptr) return;
  const std::size_t rows = tokens_.size() * heads, size = model_.config.head_size();
  float* const before = zeros(dplain_, rows * size);
  normalise_back(norm, slopes_of_heads.data(), plain, inverse, rows, size, before, slopes);
  std::copy_n(before, rows * size, slopes_of_heads.data());
}

/// From the slope by what the layer left to that by what came in, in dx_.
void LearningPass::backward(Layer& layer, std::span<float> slopes) {
  const auto& c = model_.config;
  const std::size_t rows = tokens_.size(), width = c.heads * c.head_size(), kv_width = c.kv_heads * c.head_size(),
                    inner = rows * c.intermediate;
  const auto back = [&](MapOf of, const float* dy, const std::vector<float>& x, std::vector<float>& dx, bool added) {
    apply_back(layer.maps[of], dy, x, rows, layer.low[of], room(dx, rows * layer.maps[of].inputs), added, slopes);
  };
  back(of_down, dx_.data(), layer.inner, dinner_, false);
  row_loops::gate_back(dinner_.data(), layer.gate.data(), layer.up.data(), inner, room(dgate_, inner),
                       room(dup_, inner));
  back(of_gate, dgate_.data(), layer.y_normal, dnormal_, false);
  back(of_up, dup_.data(), layer.y_normal, dnormal_, true);
  normalise_back(layer.middle_norm, dnormal_.data(), layer.y, layer.y_inverse, rows, c.hidden, dx_.data(), slopes);

  back(of_output, dx_.data(), layer.seen, dseen_, false);
  zeros(dq_, rows * width);
  zeros(dk_, rows * kv_width);
  zeros(dv_, rows * kv_width);
  for (std::size_t s = 0; s + 1 < begins_.size(); ++s) {
    const row_loops::Heads of = heads_of(s);
    const std::size_t first = begins_[s], q = first * width, k = first * kv_width;
    row_loops::attend_back(of, &dseen_[q], &layer.q[q], &layer.k[k], &layer.v[k], &layer.p[weights_begin_[s]], &dq_[q],
                           &dk_[k], &dv_[k], room(space_, of.space()));
  }
  head_back(layer.query_norm, layer.q_plain, layer.q_inverse, c.heads, dq_, slopes);
  head_back(layer.key_norm, layer.k_plain, layer.k_inverse, c.kv_heads, dk_, slopes);
  back(of_query, dq_.data(), layer.x_normal, dnormal_, false);
  back(of_key, dk_.data(), layer.x_normal, dnormal_, true);
  back(of_value, dv_.data(), layer.x_normal, dnormal_, true);
  normalise_back(layer.input_norm, dnormal_.data(), layer.x, layer.x_inverse, rows, c.hidden, dx_.data(), slopes);
}

/// Through all layers; what the last leaves is in last_.
void LearningPass::read_layers() {
  const std::size_t hidden = model_.config.hidden, rows = tokens_.size();
  const float* const embedding = model_.values.data() + model_.plan.parts[0].offset;
  float* const first = room(layers_[0].x, rows * hidden);
  for (std::size_t row = 0; row < rows; ++row)
    std::copy_n(embedding + tokens_[row] * hidden, hidden, first + row * hidden);
  for (std::size_t l = 0; l < layers_.size(); ++l)
    forward(layers_[l], l + 1 < layers_.size() ? layers_[l + 1].x : last_);
}

double LearningPass::learn(std::span<const Example> batch, std::span<float> slopes) {
  expect(batch);
  read(batch);
  std::ranges::fill(slopes, 0.0F);
  read_layers();
  tell();
  const double loss = lose(slopes);
  for (std::size_t l = layers_.size(); l-- > 0;) backward(layers_[l], slopes);
  if (!model_learns()) return loss;
  const std::size_t hidden = model_.config.hidden;
  float* const of_embedding = slopes.data() + model_.plan.parts[0].offset;
  for (std::size_t row = 0; row < tokens_.size(); ++row)
    row_loops::add(&dx_[row * hidden], hidden, of_embedding + tokens_[row] * hidden);
  return loss;
}

}  // namespace errata::language
