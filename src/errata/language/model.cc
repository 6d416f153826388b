#include "errata/language/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "errata/base/rng.h"

namespace errata::language {
namespace {

constexpr std::size_t kLargestSide = 1 << 24;  ///< of a tensor; products of two sides stay far below 64 bits

Result<void> check_size(const char* name, std::size_t value, std::size_t least) {
  if (value < least || value > kLargestSide)
    return invalid_argument(fmt::format("{} {} is not from {} to {}", name, value, least, kLargestSide));
  return {};
}

Result<void> check_scaling(const RopeScaling& scaling) {
  const auto wrong = [](const char* name, double value) {
    return invalid_argument(fmt::format("{} {} of RoPE's scaling cannot be", name, value));
  };
  if (!(scaling.factor >= 1 && std::isfinite(scaling.factor))) return wrong("factor", scaling.factor);
  if (scaling.kind != RopeScaling::Kind::llama3) return {};
  if (!(scaling.low_factor > 0)) return wrong("low_freq_factor", scaling.low_factor);
  if (!(scaling.high_factor > scaling.low_factor && std::isfinite(scaling.high_factor)))
    return wrong("high_freq_factor", scaling.high_factor);
  return check_size("original_max_position_embeddings", scaling.original_positions, 1);
}

/// What config.json of the family can say.
Result<void> check_family(const ModelConfig& config) {
  const bool llama = config.family == Family::llama, qwen2 = config.family == Family::qwen2;
  if (config.head_norms != (config.family == Family::qwen3) || (config.forward_biases && !llama) ||
      config.output_bias != (config.input_biases && !qwen2) || (qwen2 && !config.input_biases))
    return invalid_argument(
        fmt::format("biases or norms of heads that no model of the family {} has", name_of(config.family)));
  return {};
}

}  // namespace

std::string_view name_of(Family family) {
  constexpr std::array<std::string_view, 3> kNames{"llama", "qwen2", "qwen3"};
  return kNames.at(static_cast<std::size_t>(family));
}

double stretched_frequency(double plain, const RopeScaling& scaling) {
  if (scaling.kind == RopeScaling::Kind::none) return plain;
  if (scaling.kind == RopeScaling::Kind::linear) return plain / scaling.factor;
  const double turns = static_cast<double>(scaling.original_positions) * plain / (2 * std::numbers::pi);
  const double share = std::clamp((turns - scaling.low_factor) / (scaling.high_factor - scaling.low_factor), 0.0, 1.0);
  return (1 - share) * plain / scaling.factor + share * plain;
}

Result<void> check(const ModelConfig& config) {
  ERRATA_TRY(check_size("vocabulary", config.vocabulary, 2));
  ERRATA_TRY(check_size("hidden", config.hidden, 1));
  ERRATA_TRY(check_size("layers", config.layers, 1));
  ERRATA_TRY(check_size("heads", config.heads, 1));
  ERRATA_TRY(check_size("kv_heads", config.kv_heads, 1));
  ERRATA_TRY(check_size("intermediate", config.intermediate, 1));
  ERRATA_TRY(check_size("positions", config.positions, 1));
  if (config.layers > 1024) return invalid_argument(fmt::format("layers {} are more than 1024", config.layers));
  if ((config.head_width == 0 && config.hidden % config.heads != 0) || config.head_size() % 2 != 0)
    return invalid_argument(
        fmt::format("hidden {} does not give {} heads of an even size", config.hidden, config.heads));
  if (config.head_width > kLargestSide / config.heads)
    return invalid_argument(fmt::format("heads of {} numbers are too wide", config.head_width));
  if (config.heads % config.kv_heads != 0)
    return invalid_argument(fmt::format("kv_heads {} does not divide heads {}", config.kv_heads, config.heads));
  if (!(config.rope_theta > 0 && std::isfinite(config.rope_theta)))
    return invalid_argument(fmt::format("rope_theta {} is not above 0", config.rope_theta));
  if (!(config.norm_epsilon > 0 && config.norm_epsilon < 1))
    return invalid_argument(fmt::format("norm_epsilon {} is not in (0, 1)", config.norm_epsilon));
  for (const std::int32_t end : config.ends)
    if (end < 0 || static_cast<std::size_t>(end) >= config.vocabulary)
      return invalid_argument(fmt::format("the token {} that ends answers is none of {}", end, config.vocabulary));
  ERRATA_TRY(check_family(config));
  return check_scaling(config.rope_scaling);
}

std::size_t Part::size() const {
  std::size_t size = 1;
  for (const std::size_t side : shape) size *= side;
  return size;
}

void Plan::add(std::string name, std::vector<std::size_t> shape) {
  parts.push_back({.name = std::move(name), .shape = std::move(shape), .offset = size});
  size += parts.back().size();
}

const Part* Plan::find(std::string_view name) const {
  const auto found = std::ranges::find(parts, name, &Part::name);
  return found == parts.end() ? nullptr : &*found;
}

std::array<LayerPart, kRoles> layer_parts(const ModelConfig& config) {
  using Shape = std::vector<std::size_t>;
  const std::size_t hidden = config.hidden, inner = config.intermediate, head = config.head_size(),
                    queries = config.heads * head, keys = config.kv_heads * head;
  const auto when = [](bool has, std::size_t size) { return has ? Shape{size} : Shape{}; };
  const bool in = config.input_biases, norms = config.head_norms, forward = config.forward_biases;
  return {{{Role::input_norm, "input_layernorm.weight", {hidden}},
           {Role::query, "self_attn.q_proj.weight", {queries, hidden}},
           {Role::query_bias, "self_attn.q_proj.bias", when(in, queries)},
           {Role::query_norm, "self_attn.q_norm.weight", when(norms, head)},
           {Role::key, "self_attn.k_proj.weight", {keys, hidden}},
           {Role::key_bias, "self_attn.k_proj.bias", when(in, keys)},
           {Role::key_norm, "self_attn.k_norm.weight", when(norms, head)},
           {Role::value, "self_attn.v_proj.weight", {keys, hidden}},
           {Role::value_bias, "self_attn.v_proj.bias", when(in, keys)},
           {Role::output, "self_attn.o_proj.weight", {hidden, queries}},
           {Role::output_bias, "self_attn.o_proj.bias", when(config.output_bias, hidden)},
           {Role::middle_norm, "post_attention_layernorm.weight", {hidden}},
           {Role::gate, "mlp.gate_proj.weight", {inner, hidden}},
           {Role::gate_bias, "mlp.gate_proj.bias", when(forward, inner)},
           {Role::up, "mlp.up_proj.weight", {inner, hidden}},
           {Role::up_bias, "mlp.up_proj.bias", when(forward, inner)},
           {Role::down, "mlp.down_proj.weight", {hidden, inner}},
           {Role::down_bias, "mlp.down_proj.bias", when(forward, hidden)}}};
}

Plan plan_of(const ModelConfig& config) {
  const auto of_layer = layer_parts(config);
  Plan plan;
  plan.add("model.embed_tokens.weight", {config.vocabulary, config.hidden});
  for (std::size_t layer = 0; layer < config.layers; ++layer)
    for (const LayerPart& part : of_layer)
      if (!part.shape.empty()) plan.add(fmt::format("model.layers.{}.{}", layer, part.name), part.shape);
  plan.add("model.norm.weight", {config.hidden});
  if (!config.tied) plan.add("lm_head.weight", {config.vocabulary, config.hidden});
  return plan;
}

bool is_large(const Model& model) { return model.plan.size >= (1U << 24U); }

Result<Model> make_model(const ModelConfig& config, std::uint64_t seed) {
  ERRATA_TRY(check(config));
  constexpr double kSpread = 0.02;
  Model model{.config = config, .plan = plan_of(config), .values = {}};
  model.values.resize(model.plan.size, 1.0F);
  for (std::size_t i = 0; i < model.plan.parts.size(); ++i) {
    const Part& part = model.plan.parts[i];
    if (part.name.ends_with(".bias"))
      std::fill_n(model.values.begin() + static_cast<std::ptrdiff_t>(part.offset), part.size(), 0.0F);
    if (part.shape.size() < 2) continue;
    Rng rng = Rng(seed).fork(i);
    const double deviation = i == 0 ? kSpread : 1 / std::sqrt(static_cast<double>(part.shape[1]));
    for (std::size_t k = 0; k < part.size(); ++k)
      model.values[part.offset + k] = static_cast<float>(deviation * rng.normal());
  }
  return model;
}

}  // namespace errata::language
