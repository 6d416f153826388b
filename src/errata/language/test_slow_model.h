#pragma once

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errata/base/rng.h"
#include "errata/language/model.h"
#include "errata/language/training.h"

namespace errata::language {

/// The model as its formulas read, in doubles, one token and one number at a time.
class SlowModel {
 public:
  using Vector = std::vector<double>;

  explicit SlowModel(const Model& model) : model_(model) {}

  /// Logits behind every token.
  [[nodiscard]] std::vector<Vector> logits(std::span<const std::int32_t> tokens) const {
    const auto& c = model_.config;
    std::vector<Vector> x;
    for (const auto token : tokens) x.push_back(row("model.embed_tokens.weight", static_cast<std::size_t>(token)));
    for (std::size_t layer = 0; layer < c.layers; ++layer) {
      std::vector<Vector> q, k, v;
      for (std::size_t t = 0; t < x.size(); ++t) {
        const Vector h = norm(name(layer, "input_layernorm"), x[t]);
        q.push_back(turned(head_norm(layer, "self_attn.q_norm", mapped(layer, "self_attn.q_proj", h)), t));
        k.push_back(turned(head_norm(layer, "self_attn.k_norm", mapped(layer, "self_attn.k_proj", h)), t));
        v.push_back(mapped(layer, "self_attn.v_proj", h));
      }
      for (std::size_t t = 0; t < x.size(); ++t) {
        add(x[t], mapped(layer, "self_attn.o_proj", attend(q[t], k, v, t)));
        const Vector h = norm(name(layer, "post_attention_layernorm"), x[t]);
        Vector gate = mapped(layer, "mlp.gate_proj", h);
        const Vector up = mapped(layer, "mlp.up_proj", h);
        for (std::size_t i = 0; i < gate.size(); ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
        add(x[t], mapped(layer, "mlp.down_proj", gate));
      }
    }
    std::vector<Vector> all;
    for (const Vector& one : x)
      all.push_back(times(c.tied ? "model.embed_tokens.weight" : "lm_head.weight", norm("model.norm.weight", one)));
    return all;
  }

  /// Mean −log p a token of the answers.
  [[nodiscard]] double loss(std::span<const Example> batch) const {
    double sum = 0, count = 0;
    for (const Example& example : batch) {
      const auto z = logits(example.tokens);
      for (std::size_t t = example.answer; t < example.tokens.size(); ++t, ++count) {
        double total = 0;
        for (const double value : z[t - 1]) total += std::exp(value);
        sum += std::log(total) - z[t - 1][static_cast<std::size_t>(example.tokens[t])];
      }
    }
    return sum / count;
  }

 private:
  static std::string name(std::size_t layer, const char* what) {
    return fmt::format("model.layers.{}.{}.weight", layer, what);
  }
  [[nodiscard]] Vector row(const std::string& part, std::size_t r) const {
    const Part& of = *model_.plan.find(part);
    const float* const from = model_.values.data() + of.offset + r * of.shape.back();
    return {from, from + of.shape.back()};
  }
  [[nodiscard]] Vector times(const std::string& part, const Vector& x) const {
    Vector y;
    for (std::size_t r = 0; r < model_.plan.find(part)->shape[0]; ++r) {
      const Vector w = row(part, r);
      double sum = 0;
      for (std::size_t i = 0; i < x.size(); ++i) sum += w[i] * x[i];
      y.push_back(sum);
    }
    return y;
  }
  /// With its bias, where there is one.
  [[nodiscard]] Vector mapped(std::size_t layer, const char* what, const Vector& x) const {
    Vector y = times(name(layer, what), x);
    const std::string bias = fmt::format("model.layers.{}.{}.bias", layer, what);
    if (model_.plan.find(bias) != nullptr) add(y, row(bias, 0));
    return y;
  }
  /// Of each head by itself.
  [[nodiscard]] Vector head_norm(std::size_t layer, const char* what, const Vector& x) const {
    if (model_.plan.find(name(layer, what)) == nullptr) return x;
    const auto head = static_cast<std::ptrdiff_t>(model_.config.head_size());
    Vector y;
    for (auto at = x.begin(); at != x.end(); at += head)
      for (const double value : norm(name(layer, what), Vector(at, at + head))) y.push_back(value);
    return y;
  }
  [[nodiscard]] Vector norm(const std::string& part, Vector x) const {
    double square = 0;
    for (const double value : x) square += value * value / static_cast<double>(x.size());
    const Vector w = row(part, 0);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] *= w[i] / std::sqrt(square + model_.config.norm_epsilon);
    return x;
  }
  /// Of the pair i, as the papers have it.
  [[nodiscard]] double frequency(std::size_t i) const {
    const auto& c = model_.config;
    const double plain = std::pow(c.rope_theta, -2.0 * static_cast<double>(i) / static_cast<double>(c.head_size()));
    const RopeScaling& scaling = c.rope_scaling;
    if (scaling.kind == RopeScaling::Kind::none) return plain;
    if (scaling.kind == RopeScaling::Kind::linear) return plain / scaling.factor;
    const auto original = static_cast<double>(scaling.original_positions);
    const double wave = 2 * 3.14159265358979323846 / plain;
    if (wave < original / scaling.high_factor) return plain;
    if (wave > original / scaling.low_factor) return plain / scaling.factor;
    const double smooth = (original / wave - scaling.low_factor) / (scaling.high_factor - scaling.low_factor);
    return (1 - smooth) * plain / scaling.factor + smooth * plain;
  }
  /// Component i of each head turns with component i + head/2.
  [[nodiscard]] Vector turned(const Vector& x, std::size_t position) const {
    const std::size_t head = model_.config.head_size(), half = head / 2;
    Vector y = x;
    for (std::size_t first = 0; first < x.size(); first += head)
      for (std::size_t i = 0; i < half; ++i) {
        const double angle = static_cast<double>(position) * frequency(i);
        const double a = x[first + i], b = x[first + i + half];
        y[first + i] = a * std::cos(angle) - b * std::sin(angle);
        y[first + i + half] = b * std::cos(angle) + a * std::sin(angle);
      }
    return y;
  }
  [[nodiscard]] Vector attend(const Vector& q, const std::vector<Vector>& k, const std::vector<Vector>& v,
                              std::size_t t) const {
    const auto& c = model_.config;
    const std::size_t head = c.head_size();
    Vector out;
    for (std::size_t h = 0; h < c.heads; ++h) {
      const std::size_t shared = h / (c.heads / c.kv_heads) * head;
      Vector weights;
      double total = 0;
      for (std::size_t s = 0; s <= t; ++s) {
        double score = 0;
        for (std::size_t i = 0; i < head; ++i) score += q[h * head + i] * k[s][shared + i];
        weights.push_back(std::exp(score / std::sqrt(static_cast<double>(head))));
        total += weights.back();
      }
      for (std::size_t i = 0; i < head; ++i) {
        double sum = 0;
        for (std::size_t s = 0; s <= t; ++s) sum += weights[s] / total * v[s][shared + i];
        out.push_back(sum);
      }
    }
    return out;
  }
  static void add(Vector& x, const Vector& y) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }

  const Model& model_;
};

inline ModelConfig small_config_of(bool tied) {
  return {.vocabulary = 7,
          .hidden = 8,
          .layers = 2,
          .heads = 4,
          .kv_heads = 2,
          .intermediate = 12,
          .positions = 16,
          .rope_theta = 100,
          .tied = tied};
}

/// A model of these sizes in which every part matters.
inline Model lively_model(const ModelConfig& config, std::uint64_t seed) {
  Model model = make_model(config, seed).value();
  for (float& value : model.values) value *= 1.3F;  // norms that are not 1
  Rng rng(seed);
  for (const Part& part : model.plan.parts)
    if (part.name.ends_with(".bias"))
      for (std::size_t i = 0; i < part.size(); ++i)
        model.values[part.offset + i] = static_cast<float>(0.5 * rng.normal());
  const Part& embedding = model.plan.parts[0];
  for (std::size_t i = 0; i < embedding.size(); ++i) model.values[i] *= 30;
  return model;
}

/// Two queries share a key.
inline Model small_model(bool tied, std::uint64_t seed = 3) { return lively_model(small_config_of(tied), seed); }

/// One model of every family and way of turning.
inline std::vector<Model> models_of_every_kind() {
  std::vector<ModelConfig> configs(6, small_config_of(true));
  configs[0].family = Family::qwen2;
  configs[0].input_biases = true;
  configs[1].family = Family::qwen3;
  configs[1].head_norms = true;
  configs[1].head_width = 6;
  configs[2].family = Family::qwen3;
  configs[2].head_norms = configs[2].input_biases = configs[2].output_bias = true;
  configs[3].input_biases = configs[3].output_bias = configs[3].forward_biases = true;
  configs[4].head_width = 4;
  configs[4].rope_theta = 10;
  configs[4].rope_scaling = {
      .kind = RopeScaling::Kind::llama3, .factor = 8, .low_factor = 1, .high_factor = 4, .original_positions = 12};
  configs[5].kv_heads = 1;
  configs[5].rope_scaling = {.kind = RopeScaling::Kind::linear, .factor = 3};
  std::vector<Model> models;
  for (const ModelConfig& config : configs) models.push_back(lively_model(config, 3));
  return models;
}

}  // namespace errata::language
