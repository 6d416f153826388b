#include "errata/language/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "errata/base/json_nesting.h"

namespace errata::language {
namespace {

using ConfigJson = nlohmann::ordered_json;

constexpr const char* kScaling = "rope_scaling";
constexpr const char* kParameters = "rope_parameters";

/// Reads fields one after the other; the first that is wrong is kept.
class ConfigFields {
 public:
  ConfigFields(const ConfigJson& json, std::string_view place) : json_(json), place_(place) {}

  [[nodiscard]] ConfigJson value(const char* key) const { return json_.value(key, ConfigJson()); }
  [[nodiscard]] bool has(const char* key) const { return json_.contains(key) && !json_[key].is_null(); }
  void size(const char* key, std::size_t& to) {
    if (const ConfigJson found = value(key); found.is_number_unsigned())
      to = found.get<std::size_t>();
    else
      wrong(fmt::format("{} is no whole number", key));
  }
  void number(const char* key, double& to) {
    if (!has(key)) return;
    if (json_[key].is_number())
      to = json_[key].get<double>();
    else
      wrong(fmt::format("{} is no number", key));
  }
  void truth(const char* key, bool& to) {
    if (!has(key)) return;
    if (json_[key].is_boolean())
      to = json_[key].get<bool>();
    else
      wrong(fmt::format("{} is neither true nor false", key));
  }
  /// What may be missing, and otherwise must be this.
  void must_be(const char* key, const ConfigJson& wanted) {
    if (const ConfigJson found = json_.value(key, wanted); found != wanted)
      wrong(fmt::format("{} is {}, and only {} is computed here", key, shown(found), wanted.dump()));
  }
  void wrong(const std::string& why) {
    if (problem_.empty()) problem_ = fmt::format("{}: {}", place_, why);
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::string_view place() const { return place_; }

  [[nodiscard]] static std::string shown(const ConfigJson& value) {
    constexpr std::size_t kLongest = 80;
    const std::string text = value.dump(-1, ' ', true, ConfigJson::error_handler_t::replace);
    return text.size() <= kLongest ? text : text.substr(0, kLongest) + "…";
  }

 private:
  const ConfigJson& json_;
  std::string_view place_;
  std::string problem_;
};

Result<ConfigJson> json_object(std::string_view content, std::string_view place) {
  constexpr std::size_t kDeepest = 32;
  if (nests_deeper(content, kDeepest)) return data_error(fmt::format("{}: nested more than {} deep", place, kDeepest));
  ConfigJson json = ConfigJson::parse(content, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return data_error(fmt::format("{}: no JSON object", place));
  return json;
}

/// A token or a list of them; those beyond the vocabulary can never come and are left out.
void read_ends(ConfigFields& fields, std::size_t vocabulary, std::vector<std::int32_t>& ends) {
  const ConfigJson value = fields.value("eos_token_id");
  if (value.is_null()) return;
  const ConfigJson list = value.is_array() ? value : ConfigJson::array({value});
  for (const auto& token : list) {
    if (!token.is_number_unsigned()) {
      fields.wrong("eos_token_id is neither a token nor a list of tokens");
      return;
    }
    if (token.get<std::uint64_t>() < vocabulary) ends.push_back(token.get<std::int32_t>());
  }
}

void read_family(ConfigFields& fields, ModelConfig& config) {
  const ConfigJson type = fields.value("model_type");
  constexpr std::array kFamilies{Family::llama, Family::qwen2, Family::qwen3};
  const auto* const found =
      std::ranges::find_if(kFamilies, [&](Family family) { return type == ConfigJson(name_of(family)); });
  if (found == kFamilies.end()) {
    fields.wrong(
        fmt::format("model_type is {}, and llama, qwen2 and qwen3 are computed here", ConfigFields::shown(type)));
    return;
  }
  config.family = *found;
  if (config.family != Family::qwen2) fields.truth("attention_bias", config.input_biases);
  config.output_bias = config.input_biases;
  if (config.family == Family::qwen2) config.input_biases = true;
  if (config.family == Family::llama) fields.truth("mlp_bias", config.forward_biases);
  config.head_norms = config.family == Family::qwen3;
}

void read_sizes(ConfigFields& fields, ModelConfig& config) {
  constexpr std::size_t kQwen3Head = 128;  // where its configuration says nothing
  fields.size("vocab_size", config.vocabulary);
  fields.size("hidden_size", config.hidden);
  fields.size("intermediate_size", config.intermediate);
  fields.size("num_hidden_layers", config.layers);
  fields.size("num_attention_heads", config.heads);
  config.kv_heads = config.heads;
  if (fields.has("num_key_value_heads")) fields.size("num_key_value_heads", config.kv_heads);
  fields.size("max_position_embeddings", config.positions);
  config.head_width = config.family == Family::qwen3 ? kQwen3Head : 0;
  if (fields.has("head_dim")) {
    fields.size("head_dim", config.head_width);
    if (config.head_width == 0) fields.wrong("head_dim is 0");
  }
  if (config.heads > 0 && config.hidden % config.heads == 0 && config.head_width == config.hidden / config.heads)
    config.head_width = 0;
  config.norm_epsilon = 1e-6;
  fields.number("rms_norm_eps", config.norm_epsilon);
}

/// Scaled rotary positions, as an object with "rope_type", or "type" in old files.
void read_scaling(ConfigFields& fields, const ConfigJson& json, ModelConfig& config) {
  ConfigFields scaling(json, fields.place());
  scaling.number("rope_theta", config.rope_theta);
  const ConfigJson type = json.value("rope_type", json.value("type", ConfigJson("default")));
  RopeScaling& to = config.rope_scaling;
  scaling.must_be("partial_rotary_factor", 1.0);
  if (type == ConfigJson("linear")) {
    to.kind = RopeScaling::Kind::linear;
    scaling.number("factor", to.factor);
  } else if (type == ConfigJson("llama3")) {
    to.kind = RopeScaling::Kind::llama3;
    scaling.number("factor", to.factor);
    scaling.number("low_freq_factor", to.low_factor);
    scaling.number("high_freq_factor", to.high_factor);
    to.original_positions = config.positions;
    if (scaling.has("original_max_position_embeddings"))
      scaling.size("original_max_position_embeddings", to.original_positions);
  } else if (type == ConfigJson("dynamic")) {
    // Up to max_position_embeddings, beyond which nothing is read here, it is no scaling.
    scaling.must_be("original_max_position_embeddings", config.positions);
  } else if (type != ConfigJson("default")) {
    scaling.wrong(fmt::format("RoPE of type {} is not computed here (default, linear, dynamic and llama3 are)",
                              ConfigFields::shown(type)));
  }
  if (!scaling.problem().empty()) fields.wrong(scaling.problem().substr(fields.place().size() + 2));
}

void read_rope(ConfigFields& fields, ModelConfig& config) {
  fields.number("rope_theta", config.rope_theta);
  for (const char* const key : {kScaling, kParameters})
    if (fields.has(key)) {
      const ConfigJson json = fields.value(key);
      if (json.is_object())
        read_scaling(fields, json, config);
      else
        fields.wrong(fmt::format("{} is no object", key));
    }
}

/// What other models of these families do and is not computed here.
void refuse_others(ConfigFields& fields, const ModelConfig& config) {
  fields.must_be("hidden_act", "silu");
  fields.must_be("partial_rotary_factor", 1.0);
  fields.must_be("use_sliding_window", false);
  if (fields.has("quantization_config")) fields.wrong("quantization_config: quantised weights are not read here");
  if (config.family == Family::llama && fields.has("sliding_window"))
    fields.wrong("sliding_window is not computed here");
  const ConfigJson types = fields.value("layer_types");
  const auto is_full = [](const ConfigJson& type) { return type == ConfigJson("full_attention"); };
  if (!types.is_null() && !(types.is_array() && std::ranges::all_of(types, is_full)))
    fields.wrong("layer_types: only full_attention is computed here");
}

ConfigJson scaling_json(const RopeScaling& scaling) {
  switch (scaling.kind) {
    case RopeScaling::Kind::none: return nullptr;
    case RopeScaling::Kind::linear: return {{"rope_type", "linear"}, {"factor", scaling.factor}};
    case RopeScaling::Kind::llama3: break;
  }
  return {{"rope_type", "llama3"},
          {"factor", scaling.factor},
          {"low_freq_factor", scaling.low_factor},
          {"high_freq_factor", scaling.high_factor},
          {"original_max_position_embeddings", scaling.original_positions}};
}

const char* architecture_of(Family family) {
  switch (family) {
    case Family::llama: break;
    case Family::qwen2: return "Qwen2ForCausalLM";
    case Family::qwen3: return "Qwen3ForCausalLM";
  }
  return "LlamaForCausalLM";
}

}  // namespace

std::string config_content(const ModelConfig& config) {
  ConfigJson json{{"architectures", {architecture_of(config.family)}},
                  {"model_type", name_of(config.family)},
                  {"vocab_size", config.vocabulary},
                  {"hidden_size", config.hidden},
                  {"intermediate_size", config.intermediate},
                  {"num_hidden_layers", config.layers},
                  {"num_attention_heads", config.heads},
                  {"num_key_value_heads", config.kv_heads},
                  {"head_dim", config.head_size()},
                  {"max_position_embeddings", config.positions},
                  {"rope_theta", config.rope_theta},
                  {"rms_norm_eps", config.norm_epsilon},
                  {"hidden_act", "silu"},
                  {"tie_word_embeddings", config.tied},
                  {"torch_dtype", "float32"}};
  if (config.family != Family::qwen2) json["attention_bias"] = config.input_biases;
  if (config.family == Family::llama) json["mlp_bias"] = config.forward_biases;
  if (config.rope_scaling.kind != RopeScaling::Kind::none) json[kScaling] = scaling_json(config.rope_scaling);
  if (config.ends.size() == 1) json["eos_token_id"] = config.ends[0];
  if (config.ends.size() != 1) json["eos_token_id"] = config.ends.empty() ? ConfigJson() : ConfigJson(config.ends);
  return json.dump(2) + "\n";
}

Result<ModelConfig> parse_config(std::string_view content, std::string_view place) {
  ERRATA_ASSIGN(const ConfigJson json, json_object(content, place));
  ModelConfig config;
  ConfigFields fields(json, place);
  read_family(fields, config);
  config.tied = false;
  fields.truth("tie_word_embeddings", config.tied);
  read_sizes(fields, config);
  read_rope(fields, config);
  refuse_others(fields, config);
  read_ends(fields, config.vocabulary, config.ends);
  if (!fields.problem().empty()) return data_error(fields.problem());
  if (const auto checked = check(config); !checked)
    return data_error(fmt::format("{}: {}", place, checked.error().message));
  return config;
}

Result<std::vector<std::int32_t>> parse_ends(std::string_view content, std::string_view place) {
  ERRATA_ASSIGN(const ConfigJson json, json_object(content, place));
  ConfigFields fields(json, place);
  std::vector<std::int32_t> ends;
  read_ends(fields, std::size_t{1} << 31U, ends);
  if (!fields.problem().empty()) return data_error(fields.problem());
  return ends;
}

}  // namespace errata::language
