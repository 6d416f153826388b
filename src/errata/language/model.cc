#include "errata/language/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/base/rng.h"

namespace errata::language {
namespace {

constexpr std::size_t kLargestSide = 1 << 24;  ///< of a tensor; products of two sides stay far below 64 bits

Result<void> check_size(const char* name, std::size_t value, std::size_t least) {
  if (value < least || value > kLargestSide)
    return invalid_argument(fmt::format("{} {} is not from {} to {}", name, value, least, kLargestSide));
  return {};
}

}  // namespace

Result<void> check(const ModelConfig& config) {
  ERRATA_TRY(check_size("vocabulary", config.vocabulary, 2));
  ERRATA_TRY(check_size("hidden", config.hidden, 1));
  ERRATA_TRY(check_size("layers", config.layers, 1));
  ERRATA_TRY(check_size("heads", config.heads, 1));
  ERRATA_TRY(check_size("kv_heads", config.kv_heads, 1));
  ERRATA_TRY(check_size("intermediate", config.intermediate, 1));
  ERRATA_TRY(check_size("positions", config.positions, 1));
  if (config.layers > 1024) return invalid_argument(fmt::format("layers {} are more than 1024", config.layers));
  if (config.hidden % config.heads != 0 || config.head_size() % 2 != 0)
    return invalid_argument(
        fmt::format("hidden {} does not give {} heads of an even size", config.hidden, config.heads));
  if (config.heads % config.kv_heads != 0)
    return invalid_argument(fmt::format("kv_heads {} does not divide heads {}", config.kv_heads, config.heads));
  if (!(config.rope_theta > 0 && std::isfinite(config.rope_theta)))
    return invalid_argument(fmt::format("rope_theta {} is not above 0", config.rope_theta));
  if (!(config.norm_epsilon > 0 && config.norm_epsilon < 1))
    return invalid_argument(fmt::format("norm_epsilon {} is not in (0, 1)", config.norm_epsilon));
  return {};
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

Plan plan_of(const ModelConfig& config) {
  const std::size_t hidden = config.hidden, keys = config.kv_heads * config.head_size();
  Plan plan;
  plan.add("model.embed_tokens.weight", {config.vocabulary, hidden});
  for (std::size_t layer = 0; layer < config.layers; ++layer) {
    const auto add = [&](const char* name, std::vector<std::size_t> shape) {
      plan.add(fmt::format("model.layers.{}.{}.weight", layer, name), std::move(shape));
    };
    add("input_layernorm", {hidden});
    add("self_attn.q_proj", {hidden, hidden});
    add("self_attn.k_proj", {keys, hidden});
    add("self_attn.v_proj", {keys, hidden});
    add("self_attn.o_proj", {hidden, hidden});
    add("post_attention_layernorm", {hidden});
    add("mlp.gate_proj", {config.intermediate, hidden});
    add("mlp.up_proj", {config.intermediate, hidden});
    add("mlp.down_proj", {hidden, config.intermediate});
  }
  plan.add("model.norm.weight", {hidden});
  if (!config.tied) plan.add("lm_head.weight", {config.vocabulary, hidden});
  return plan;
}

Result<Model> make_model(const ModelConfig& config, std::uint64_t seed) {
  ERRATA_TRY(check(config));
  constexpr double kSpread = 0.02;
  Model model{.config = config, .plan = plan_of(config), .values = {}};
  model.values.resize(model.plan.size, 1.0F);
  for (std::size_t i = 0; i < model.plan.parts.size(); ++i) {
    const Part& part = model.plan.parts[i];
    if (part.shape.size() < 2) continue;
    Rng rng = Rng(seed).fork(i);
    const double deviation = i == 0 ? kSpread : 1 / std::sqrt(static_cast<double>(part.shape[1]));
    for (std::size_t k = 0; k < part.size(); ++k)
      model.values[part.offset + k] = static_cast<float>(deviation * rng.normal());
  }
  return model;
}

}  // namespace errata::language
