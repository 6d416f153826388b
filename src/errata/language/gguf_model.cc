/// A GGUF file names tensors and sizes in llama.cpp's words. For its architecture `llama`, llama.cpp turns component 2i
/// of a head with component 2i + 1, Hugging Face component i with i + head/2; whoever wrote the file has moved the rows
/// of queries and keys accordingly, row (j, i) of a head [2, head/2] to (i, j), and they are moved back here. Factors
/// of the rotary frequencies (rope_freqs) are known by the formula that they were made with. Reference: llama.cpp,
/// convert_hf_to_gguf.py.
#include "errata/language/gguf_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "errata/language/part_readers.h"

namespace errata::language {
namespace {

using arrays::Gguf;
using arrays::GgufTensor;

constexpr std::string_view kFactors = "rope_freqs.weight";

struct TensorName {
  std::string_view here, there;
};
constexpr std::array kOutside{TensorName{"model.embed_tokens", "token_embd"}, TensorName{"model.norm", "output_norm"},
                              TensorName{"lm_head", "output"}};
constexpr std::array kInside{
    TensorName{"input_layernorm", "attn_norm"},    TensorName{"self_attn.q_proj", "attn_q"},
    TensorName{"self_attn.k_proj", "attn_k"},      TensorName{"self_attn.v_proj", "attn_v"},
    TensorName{"self_attn.o_proj", "attn_output"}, TensorName{"self_attn.q_norm", "attn_q_norm"},
    TensorName{"self_attn.k_norm", "attn_k_norm"}, TensorName{"post_attention_layernorm", "ffn_norm"},
    TensorName{"mlp.gate_proj", "ffn_gate"},       TensorName{"mlp.up_proj", "ffn_up"},
    TensorName{"mlp.down_proj", "ffn_down"},
};

/// "model.layers.3.mlp.up_proj.weight" -> "blk.3.ffn_up.weight"
std::string gguf_name(std::string_view name) {
  const auto last = name.rfind('.');
  const std::string_view map = name.substr(0, last), kind = name.substr(last);
  if (const auto* const found = std::ranges::find(kOutside, map, &TensorName::here); found != kOutside.end())
    return fmt::format("{}{}", found->there, kind);
  constexpr std::string_view kLayers = "model.layers.";
  const auto point = map.find('.', kLayers.size());
  const auto* const found = std::ranges::find(kInside, map.substr(point + 1), &TensorName::here);
  ERRATA_CHECK(found != kInside.end());
  return fmt::format("blk.{}.{}{}", map.substr(kLayers.size(), point - kLayers.size()), found->there, kind);
}

/// Keys of one architecture.
class Keys {
 public:
  Keys(const Gguf& file, std::string_view architecture) : file_(file), architecture_(architecture) {}

  [[nodiscard]] std::string name(std::string_view key) const { return fmt::format("{}.{}", architecture_, key); }
  [[nodiscard]] bool has(std::string_view key) const { return file_.metadata.contains(name(key)); }
  Result<void> size(std::string_view key, std::size_t& to) const {
    ERRATA_ASSIGN(to, file_.whole(name(key)));
    return {};
  }
  Result<void> size_or(std::string_view key, std::size_t& to) const {
    return has(key) ? size(key, to) : Result<void>();
  }
  Result<void> number_or(std::string_view key, double& to) const {
    if (!has(key)) return {};
    const auto* const number = file_.get<double>(name(key));
    if (number == nullptr) return data_error(fmt::format("{}: {} is no number", file_.place, name(key)));
    to = *number;
    return {};
  }

 private:
  const Gguf& file_;
  std::string_view architecture_;
};

Result<Family> family_of(const Gguf& file) {
  const auto* const architecture = file.get<std::string>("general.architecture");
  for (const Family family : {Family::llama, Family::qwen2, Family::qwen3})
    if (architecture != nullptr && *architecture == name_of(family)) return family;
  return data_error(fmt::format("{}: general.architecture is {}, and llama, qwen2 and qwen3 are computed here",
                                file.place, architecture == nullptr ? "missing" : "'" + *architecture + "'"));
}

/// Llama 3's scaling from the factors of its frequencies.
Result<RopeScaling> scaling_of_factors(const Gguf& file, const ModelConfig& config) {
  const GgufTensor& tensor = *file.find(kFactors);
  const std::size_t half = config.head_size() / 2;
  const auto wrong = [&](const char* why) { return data_error(fmt::format("{}: {} {}", file.place, kFactors, why)); };
  if (tensor.format != arrays::NumberFormat::f32 || tensor.shape != std::vector{half})
    return wrong("are no float32 factors, one for two numbers of a head");
  std::vector<float> factors(half);
  file.read(tensor, 0, factors);
  RopeScaling scaling{.kind = RopeScaling::Kind::llama3, .factor = *std::ranges::max_element(factors)};
  for (std::size_t i = 0; i < half; ++i) {
    const double plain = std::pow(config.rope_theta, -static_cast<double>(i) / static_cast<double>(half));
    const double ratio = stretched_frequency(plain, scaling) / plain * factors[i];
    if (!(std::abs(ratio - 1) < 1e-3))
      return wrong("are not those of Llama 3 (low 1, high 4, original 8192), which alone are computed here");
  }
  return scaling;
}

Result<void> read_rope(const Gguf& file, const Keys& keys, ModelConfig& config) {
  ERRATA_TRY(keys.number_or("rope.freq_base", config.rope_theta));
  std::size_t turning = config.head_size();
  ERRATA_TRY(keys.size_or("rope.dimension_count", turning));
  if (turning != config.head_size())
    return data_error(fmt::format("{}: {} is {}, and only {}, the whole head, is computed here", file.place,
                                  keys.name("rope.dimension_count"), turning, config.head_size()));
  const auto* const type = file.get<std::string>(keys.name("rope.scaling.type"));
  if (type != nullptr && *type == "linear") {
    config.rope_scaling.kind = RopeScaling::Kind::linear;
    ERRATA_TRY(keys.number_or("rope.scaling.factor", config.rope_scaling.factor));
  } else if (type != nullptr && *type != "none") {
    return data_error(
        fmt::format("{}: RoPE of type '{}' is not computed here (none and linear are)", file.place, *type));
  }
  if (file.find(kFactors) == nullptr) return {};
  ERRATA_ASSIGN(config.rope_scaling, scaling_of_factors(file, config));
  return {};
}

std::optional<std::int32_t> token_of(const Gguf& file, std::string_view key) {
  const auto number = file.whole(key);
  if (!number || *number > (1U << 30U)) return std::nullopt;
  return static_cast<std::int32_t>(*number);
}

template <typename T>
T value_or_none(const Gguf& file, std::string_view key) {
  const auto* const value = file.get<T>(key);
  return value == nullptr ? T() : *value;
}

/// Reads whole rows; with `head`, those of heads of so many rows from where they were moved to.
ReadPart reader_of(const Gguf& file, const GgufTensor& tensor, std::size_t head) {
  if (head == 0) return [&](std::size_t first, std::span<float> to) { file.read(tensor, first, to); };
  const std::size_t row = tensor.shape.size() == 1 ? 1 : tensor.shape[1];
  return [&file, &tensor, head, row](std::size_t first, std::span<float> to) {
    for (std::size_t done = 0; done < to.size(); done += row) {
      const std::size_t r = (first + done) / row, within = r % head;
      const std::size_t moved = r - within + within % (head / 2) * 2 + within / (head / 2);
      file.read(tensor, moved * row, to.subspan(done, row));
    }
  };
}

bool is_moved(const Part& part) {
  return part.name.find("self_attn.q_proj") != std::string::npos ||
         part.name.find("self_attn.k_proj") != std::string::npos;
}

Result<const GgufTensor*> tensor_of(const Gguf& file, const Part& part) {
  const std::string name = gguf_name(part.name);
  const GgufTensor* const tensor = file.find(name);
  const auto wrong = [&](const std::string& why) {
    return data_error(fmt::format("{}: tensor '{}' {}", file.place, name, why));
  };
  if (tensor == nullptr) return wrong("is missing");
  if (tensor->shape != part.shape)
    return wrong(fmt::format("is [{}], it must be [{}]", fmt::join(tensor->shape, ", "), fmt::join(part.shape, ", ")));
  if (tensor->format && part.shape.size() == 1 && arrays::layout_of(*tensor->format).block > 1)
    return wrong(fmt::format("is a vector of type {}", tensor->type));
  if (!tensor->format)
    return wrong(fmt::format("is of type {}, and what is read is {}", tensor->type, arrays::readable_types()));
  return tensor;
}

Result<void> refuse_more_tensors(const Gguf& file, const Plan& plan) {
  std::vector<std::string> names{std::string(kFactors)};
  for (const Part& part : plan.parts) names.push_back(gguf_name(part.name));
  std::ranges::sort(names);
  for (const GgufTensor& tensor : file.tensors)
    if (!std::ranges::binary_search(names, tensor.name))
      return data_error(
          fmt::format("{}: tensor '{}' has no place in a model of its architecture here", file.place, tensor.name));
  return {};
}

}  // namespace

Result<ModelConfig> config_of(const Gguf& file) {
  ModelConfig config;
  ERRATA_ASSIGN(config.family, family_of(file));
  const Keys keys(file, name_of(config.family));
  ERRATA_TRY(keys.size("block_count", config.layers));
  ERRATA_TRY(keys.size("context_length", config.positions));
  ERRATA_TRY(keys.size("embedding_length", config.hidden));
  ERRATA_TRY(keys.size("feed_forward_length", config.intermediate));
  ERRATA_TRY(keys.size("attention.head_count", config.heads));
  config.kv_heads = config.heads;
  ERRATA_TRY(keys.size_or("attention.head_count_kv", config.kv_heads));
  ERRATA_TRY(keys.size_or("attention.key_length", config.head_width));
  ERRATA_TRY(keys.number_or("attention.layer_norm_rms_epsilon", config.norm_epsilon));
  std::size_t experts = 0;
  ERRATA_TRY(keys.size_or("expert_count", experts));
  if (experts > 0) return data_error(fmt::format("{}: mixtures of experts are not computed here", file.place));
  if (config.heads > 0 && config.hidden % config.heads == 0 && config.head_width == config.hidden / config.heads)
    config.head_width = 0;
  const GgufTensor* const embedding = file.find("token_embd.weight");
  if (embedding == nullptr || embedding->shape.size() != 2)
    return data_error(fmt::format("{}: there is no tensor 'token_embd.weight' of rows and columns", file.place));
  config.vocabulary = embedding->shape[0];
  config.tied = file.find("output.weight") == nullptr;
  config.input_biases = file.find("blk.0.attn_q.bias") != nullptr;
  config.output_bias = file.find("blk.0.attn_output.bias") != nullptr;
  config.forward_biases = file.find("blk.0.ffn_gate.bias") != nullptr;
  config.head_norms = config.family == Family::qwen3;
  config.ends = ends_of(file, config.vocabulary);
  if (const auto checked = check(config); !checked)
    return data_error(fmt::format("{}: {}", file.place, checked.error().message));
  ERRATA_TRY(read_rope(file, keys, config));
  if (const auto checked = check(config); !checked)
    return data_error(fmt::format("{}: {}", file.place, checked.error().message));
  return config;
}

std::vector<std::int32_t> ends_of(const Gguf& file, std::size_t vocabulary) {
  std::vector<std::int32_t> ends;
  for (const char* key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"})
    if (const auto end = token_of(file, key);
        end && static_cast<std::size_t>(*end) < vocabulary && std::ranges::find(ends, *end) == ends.end())
      ends.push_back(*end);
  return ends;
}

Result<GgufTokenizer> tokenizer_of(const Gguf& file) {
  GgufTokenizer tokenizer{.model = value_or_none<std::string>(file, "tokenizer.ggml.model"),
                          .pre = value_or_none<std::string>(file, "tokenizer.ggml.pre"),
                          .tokens = value_or_none<std::vector<std::string>>(file, "tokenizer.ggml.tokens"),
                          .types = value_or_none<std::vector<std::int64_t>>(file, "tokenizer.ggml.token_type"),
                          .merges = value_or_none<std::vector<std::string>>(file, "tokenizer.ggml.merges"),
                          .begin = token_of(file, "tokenizer.ggml.bos_token_id"),
                          .end = token_of(file, "tokenizer.ggml.eos_token_id"),
                          .unknown = token_of(file, "tokenizer.ggml.unknown_token_id"),
                          .padding = token_of(file, "tokenizer.ggml.padding_token_id"),
                          .adds_begin = {},
                          .adds_space = {},
                          .chat_template = value_or_none<std::string>(file, "tokenizer.chat_template")};
  if (const auto* const adds = file.get<bool>("tokenizer.ggml.add_bos_token"); adds != nullptr)
    tokenizer.adds_begin = *adds;
  if (const auto* const adds = file.get<bool>("tokenizer.ggml.add_space_prefix"); adds != nullptr)
    tokenizer.adds_space = *adds;
  if (tokenizer.tokens.empty())
    return data_error(fmt::format("{}: tokenizer.ggml.tokens is no list of texts", file.place));
  if (!tokenizer.types.empty() && tokenizer.types.size() != tokenizer.tokens.size())
    return data_error(
        fmt::format("{}: {} types of {} tokens", file.place, tokenizer.types.size(), tokenizer.tokens.size()));
  return tokenizer;
}

Result<GgufModel> load_gguf(const std::filesystem::path& place) {
  ERRATA_ASSIGN(const Gguf file, arrays::read_gguf(place));
  GgufModel read;
  ERRATA_ASSIGN(read.model.config, config_of(file));
  const ModelConfig& config = read.model.config;
  ERRATA_ASSIGN(read.tokenizer, tokenizer_of(file));
  if (read.tokenizer.tokens.size() != config.vocabulary)
    return data_error(fmt::format("{}: {} tokens, and an embedding of {}", file.place, read.tokenizer.tokens.size(),
                                  config.vocabulary));
  read.model.plan = plan_of(config);
  ERRATA_TRY(refuse_more_tensors(file, read.model.plan));
  std::vector<ReadPart> readers;
  for (const Part& part : read.model.plan.parts) {
    ERRATA_ASSIGN(const GgufTensor* const tensor, tensor_of(file, part));
    readers.push_back(
        reader_of(file, *tensor, config.family == Family::llama && is_moved(part) ? config.head_size() : 0));
  }
  read_parts(read.model, readers);
  return read;
}

}  // namespace errata::language
