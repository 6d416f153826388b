#include "errata/language/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "errata/arrays/safetensors.h"
#include "errata/base/atomic_file.h"
#include "errata/base/json_nesting.h"

namespace errata::language {
namespace {

constexpr const char* kModelValues = "model.safetensors";
constexpr const char* kModelConfig = "config.json";

using ConfigJson = nlohmann::ordered_json;

/// Reads fields one after the other; the first that is wrong is kept.
class Fields {
 public:
  Fields(const ConfigJson& json, std::string_view place) : json_(json), place_(place) {}

  void size(const char* key, std::size_t& to) {
    const ConfigJson value = json_.value(key, ConfigJson());
    if (value.is_number_unsigned())
      to = value.get<std::size_t>();
    else
      wrong(fmt::format("{} is no whole number", key));
  }
  void number(const char* key, double& to) {
    if (!json_.contains(key)) return;
    if (json_[key].is_number())
      to = json_[key].get<double>();
    else
      wrong(fmt::format("{} is no number", key));
  }
  /// What may be missing, and otherwise must be this.
  void must_be(const char* key, const ConfigJson& wanted) {
    const ConfigJson value = json_.value(key, wanted);
    if (value != wanted) wrong(fmt::format("{} is {}, and only {} is computed here", key, value.dump(), wanted.dump()));
  }
  void wrong(const std::string& why) {
    if (problem_.empty()) problem_ = fmt::format("{}: {}", place_, why);
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  const ConfigJson& json_;
  std::string_view place_;
  std::string problem_;
};

}  // namespace

std::string config_content(const ModelConfig& config) {
  return ConfigJson{{"architectures", {"LlamaForCausalLM"}},
                    {"model_type", "llama"},
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
                    {"attention_bias", false},
                    {"mlp_bias", false},
                    {"tie_word_embeddings", config.tied},
                    {"torch_dtype", "float32"}}
             .dump(2) +
         "\n";
}

Result<ModelConfig> parse_config(std::string_view content, std::string_view place) {
  constexpr std::size_t kDeepest = 32;
  if (nests_deeper(content, kDeepest)) return data_error(fmt::format("{}: nested more than {} deep", place, kDeepest));
  const ConfigJson json = ConfigJson::parse(content, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return data_error(fmt::format("{}: no JSON object", place));
  ModelConfig config;
  Fields fields(json, place);
  if (json.value("model_type", ConfigJson()) != ConfigJson("llama")) fields.wrong("model_type is not llama");
  fields.size("vocab_size", config.vocabulary);
  fields.size("hidden_size", config.hidden);
  fields.size("intermediate_size", config.intermediate);
  fields.size("num_hidden_layers", config.layers);
  fields.size("num_attention_heads", config.heads);
  config.kv_heads = config.heads;
  if (json.contains("num_key_value_heads")) fields.size("num_key_value_heads", config.kv_heads);
  fields.size("max_position_embeddings", config.positions);
  fields.number("rope_theta", config.rope_theta);
  fields.number("rms_norm_eps", config.norm_epsilon);
  fields.must_be("hidden_act", "silu");
  fields.must_be("attention_bias", false);
  fields.must_be("mlp_bias", false);
  fields.must_be("rope_scaling", nullptr);
  const ConfigJson tied = json.value("tie_word_embeddings", ConfigJson(false));
  if (tied.is_boolean())
    config.tied = tied.get<bool>();
  else
    fields.wrong("tie_word_embeddings is neither true nor false");
  if (!fields.problem().empty()) return data_error(fields.problem());
  if (const auto checked = check(config); !checked)
    return data_error(fmt::format("{}: {}", place, checked.error().message));
  fields.must_be("head_dim", config.head_size());
  if (!fields.problem().empty()) return data_error(fields.problem());
  return config;
}

Result<void> save_model(const Model& model, const std::filesystem::path& folder) {
  std::vector<arrays::FloatTensor> tensors;
  for (const Part& part : model.plan.parts)
    tensors.push_back({part.name, part.shape, std::span(model.values).subspan(part.offset, part.size())});
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) return output_error(fmt::format("{}: {}", folder.string(), problem.message()));
  ERRATA_TRY(write_file(folder / kModelValues, arrays::safetensors_content(tensors, {{"format", "pt"}})));
  return write_file(folder / kModelConfig, config_content(model.config));
}

Result<Model> load_model(const std::filesystem::path& folder) {
  constexpr std::size_t kMostConfig = 1 << 20;
  const std::filesystem::path place = folder / kModelConfig;
  ERRATA_ASSIGN(const std::string text, read_file(place, kMostConfig));
  ERRATA_ASSIGN(const ModelConfig config, parse_config(text, place.string()));
  ERRATA_ASSIGN(const arrays::Safetensors file, arrays::read_safetensors(folder / kModelValues));
  Model model{.config = config, .plan = plan_of(config), .values = {}};
  if (config.tied && file.find("lm_head.weight") != nullptr)
    return data_error(
        fmt::format("{}: it holds lm_head.weight, and {} says that the embedding is tied", file.place, place.string()));
  std::size_t held = 0;  // by the file: no plan of a hostile configuration asks for more memory than that
  for (const auto& entry : file.entries) held += entry.size();
  if (held != model.plan.size || file.entries.size() != model.plan.parts.size())
    return data_error(fmt::format("{}: {} tensors of {} numbers, where {} asks for {} of {}", file.place,
                                  file.entries.size(), held, place.string(), model.plan.parts.size(), model.plan.size));
  model.values.reserve(model.plan.size);
  for (const Part& part : model.plan.parts) {
    ERRATA_ASSIGN(const std::vector<float> values, file.floats(part.name, part.shape));
    model.values.insert(model.values.end(), values.begin(), values.end());
  }
  return model;
}

}  // namespace errata::language
