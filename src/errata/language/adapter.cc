#include "errata/language/adapter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/arrays/safetensors.h"
#include "errata/base/atomic_file.h"
#include "errata/base/json_nesting.h"
#include "errata/base/rng.h"

namespace errata::language {
namespace {

constexpr const char* kAdapterValues = "adapter_model.safetensors";
constexpr const char* kAdapterConfig = "adapter_config.json";
constexpr std::string_view kWeight = ".weight", kHead = "lm_head", kEmbeddingName = "model.embed_tokens",
                           kBase = "base_model.model.", kBaseLayer = ".base_layer.weight";

/// "model.layers.0.mlp.up_proj.weight" -> "model.layers.0.mlp.up_proj"
std::string_view map_name(const Part& part) {
  return std::string_view(part.name).substr(0, part.name.size() - kWeight.size());
}

/// As PEFT takes it: the whole name of a map, or its last words.
bool is_target(std::string_view name, std::string_view target) {
  return name == target || (name.ends_with(target) && name[name.size() - target.size() - 1] == '.');
}

Result<void> check_targets(const LoraOptions& options, const Model& model) {
  for (const std::string& target : options.targets) {
    if (is_target(kEmbeddingName, target))
      return invalid_argument(fmt::format("target {}: an embedding is no linear map", target));
    if (target == kHead && model.config.tied)
      return invalid_argument("target lm_head: it is the embedding of this model (tied), which no adapter changes");
    const auto is_named = [&](const Part& part) { return part.shape.size() == 2 && is_target(map_name(part), target); };
    if (std::ranges::none_of(model.plan.parts, is_named))
      return invalid_argument(fmt::format("target '{}': the model has no linear map of that name", target));
  }
  return {};
}

/// Adds sign · (α / r) B A.
void add_product(Model& model, const Adapter& adapter, double sign) {
  const std::size_t rank = adapter.options.rank;
  for (std::size_t m = 0; m < adapter.maps.size(); ++m) {
    const Part& map = model.plan.parts[adapter.maps[m]];
    const float* const a = adapter.values.data() + adapter.plan.parts[2 * m].offset;
    const float* const b = adapter.values.data() + adapter.plan.parts[2 * m + 1].offset;
    const std::size_t rows = map.shape[0], columns = map.shape[1];
    std::vector<double> sums(columns);
    for (std::size_t row = 0; row < rows; ++row) {
      std::ranges::fill(sums, 0.0);
      for (std::size_t r = 0; r < rank; ++r) {
        const double factor = b[row * rank + r];
        for (std::size_t c = 0; c < columns; ++c) sums[c] += factor * a[r * columns + c];
      }
      float* const to = model.values.data() + map.offset + row * columns;
      for (std::size_t c = 0; c < columns; ++c)
        to[c] = static_cast<float>(to[c] + sign * adapter.options.scale() * sums[c]);
    }
  }
}

using Json = nlohmann::ordered_json;

Result<LoraOptions> options_of(const Json& json, const std::string& place) {
  const auto wrong = [&](const std::string& why) { return data_error(fmt::format("{}: {}", place, why)); };
  if (!json.is_object() || json.value("peft_type", Json()) != Json("LORA")) return wrong("peft_type is not LORA");
  for (const auto& [key, value] : json.items())
    if (value == Json(true) && key != "use_rslora" && key != "inference_mode" && key != "init_lora_weights")
      return wrong(fmt::format("{} is not computed here", key));
  for (const char* key :
       {"rank_pattern", "alpha_pattern", "modules_to_save", "layers_to_transform", "layer_replication",
        "exclude_modules", "target_parameters", "trainable_token_indices", "alora_invocation_tokens"})
    if (json.contains(key) && !json[key].is_null() && !json[key].empty())
      return wrong(fmt::format("{} is not computed here", key));
  if (json.value("bias", Json("none")) != Json("none")) return wrong("bias is not 'none'");
  if (!json.contains("r") || !json["r"].is_number_unsigned()) return wrong("r is no whole number");
  if (!json.contains("lora_alpha") || !json["lora_alpha"].is_number()) return wrong("lora_alpha is no number");
  const Json targets = json.value("target_modules", Json());
  const auto is_text = [](const Json& value) { return value.is_string(); };
  if (!targets.is_array() || !std::ranges::all_of(targets, is_text)) return wrong("target_modules is no list of names");
  LoraOptions options{.rank = json["r"].get<std::size_t>(),
                      .alpha = json["lora_alpha"].get<double>(),
                      .targets = targets.get<std::vector<std::string>>()};
  if (json.value("use_rslora", Json(false)) == Json(true))
    options.alpha *= std::sqrt(static_cast<double>(options.rank));
  return options;
}

/// PEFT writes the maps of adapted heads beside their adapters: they must be the model's.
Result<void> check_base_layer(const Model& model, const arrays::Safetensors& file,
                              const arrays::SafetensorEntry& entry) {
  const std::string_view all = entry.name, inner = all.substr(0, all.size() - kBaseLayer.size());
  const std::string name = fmt::format("{}{}", inner.substr(std::min(kBase.size(), inner.size())), kWeight);
  const Part* const part = model.plan.find(name);
  if (part == nullptr) return data_error(fmt::format("{}: tensor '{}': the model has no '{}'", file.place, all, name));
  ERRATA_ASSIGN(const std::vector<float> values, file.floats(all, part->shape));
  if (!std::ranges::equal(values, std::span(model.values).subspan(part->offset, part->size())))
    return data_error(fmt::format("{}: tensor '{}' is not the '{}' of this model", file.place, all, name));
  return {};
}

}  // namespace

Result<void> check(const LoraOptions& options) {
  constexpr double kMostAlpha = 1e6;
  if (options.rank == 0 || options.rank > 4096)
    return invalid_argument(fmt::format("rank {} is not from 1 to 4096", options.rank));
  if (!(options.alpha > 0 && options.alpha <= kMostAlpha))
    return invalid_argument(fmt::format("alpha {} is not above 0 and up to {}", options.alpha, kMostAlpha));
  if (options.targets.empty()) return invalid_argument("an adapter without targets changes nothing");
  return {};
}

Result<Adapter> make_adapter(const Model& model, const LoraOptions& options, std::uint64_t seed) {
  ERRATA_TRY(check(options));
  ERRATA_TRY(check_targets(options, model));
  Adapter adapter{.options = options, .maps = {}, .plan = {}, .values = {}};
  for (std::size_t i = 0; i < model.plan.parts.size(); ++i) {
    const Part& part = model.plan.parts[i];
    const auto is_this = [&](const std::string& target) { return is_target(map_name(part), target); };
    if (part.shape.size() != 2 || std::ranges::none_of(options.targets, is_this)) continue;
    adapter.maps.push_back(i);
    adapter.plan.add(fmt::format("base_model.model.{}.lora_A.weight", map_name(part)), {options.rank, part.shape[1]});
    adapter.plan.add(fmt::format("base_model.model.{}.lora_B.weight", map_name(part)), {part.shape[0], options.rank});
  }
  adapter.values.resize(adapter.plan.size);
  for (std::size_t p = 0; p < adapter.plan.parts.size(); p += 2) {
    const Part& part = adapter.plan.parts[p];
    Rng rng = Rng(seed).fork(p);
    const double deviation = 1 / std::sqrt(static_cast<double>(part.shape[1]));
    for (std::size_t k = 0; k < part.size(); ++k)
      adapter.values[part.offset + k] = static_cast<float>(deviation * rng.normal());
  }
  return adapter;
}

void merge(Model& model, const Adapter& adapter) { add_product(model, adapter, 1); }
void unmerge(Model& model, const Adapter& adapter) { add_product(model, adapter, -1); }

Result<void> save_adapter(const Adapter& adapter, const std::filesystem::path& folder, const std::string& base) {
  std::vector<arrays::FloatTensor> tensors;
  for (const Part& part : adapter.plan.parts)
    tensors.push_back({part.name, part.shape, std::span(adapter.values).subspan(part.offset, part.size())});
  const Json config{{"peft_type", "LORA"},
                    {"task_type", "CAUSAL_LM"},
                    {"base_model_name_or_path", base},
                    {"r", adapter.options.rank},
                    {"lora_alpha", adapter.options.alpha},
                    {"lora_dropout", 0.0},
                    {"target_modules", adapter.options.targets},
                    {"bias", "none"},
                    {"fan_in_fan_out", false},
                    {"inference_mode", true}};
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) return output_error(fmt::format("{}: {}", folder.string(), problem.message()));
  ERRATA_TRY(write_file(folder / kAdapterValues, arrays::safetensors_content(tensors, {{"format", "pt"}})));
  return write_file(folder / kAdapterConfig, config.dump(2) + "\n");
}

Result<Adapter> load_adapter(const std::filesystem::path& folder, const Model& model) {
  constexpr std::size_t kMostConfig = 1 << 20, kDeepest = 32;
  const std::string place = (folder / kAdapterConfig).string();
  ERRATA_ASSIGN(const std::string text, read_file(place, kMostConfig));
  if (nests_deeper(text, kDeepest)) return data_error(fmt::format("{}: nested more than {} deep", place, kDeepest));
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return data_error(fmt::format("{}: no JSON", place));
  ERRATA_ASSIGN(const LoraOptions options, options_of(json, place));
  auto made = make_adapter(model, options, 0);
  if (!made) return data_error(fmt::format("{}: {}", place, made.error().message));
  ERRATA_ASSIGN(const arrays::Safetensors file, arrays::read_safetensors(folder / kAdapterValues));
  std::size_t base_layers = 0;
  for (const auto& entry : file.entries)
    if (entry.name.ends_with(kBaseLayer)) {
      ERRATA_TRY(check_base_layer(model, file, entry));
      ++base_layers;
    }
  if (file.entries.size() - base_layers != made->plan.parts.size())
    return data_error(fmt::format("{}: {} tensors, where this model and these targets ask for {}", file.place,
                                  file.entries.size() - base_layers, made->plan.parts.size()));
  for (const Part& part : made->plan.parts) {
    ERRATA_ASSIGN(const std::vector<float> values, file.floats(part.name, part.shape));
    std::ranges::copy(values, made->values.begin() + static_cast<std::ptrdiff_t>(part.offset));
  }
  return *std::move(made);
}

}  // namespace errata::language
