#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"

namespace errata::language {

/// Families of decoder-only transformers that are computed here (docs/methods/language.md).
enum class Family : std::uint8_t { llama, qwen2, qwen3 };
[[nodiscard]] std::string_view name_of(Family family);  ///< "llama", as config.json has it

/// How rotary positions are stretched for sequences longer than those first trained on.
struct RopeScaling {
  enum class Kind : std::uint8_t { none, linear, llama3 };
  Kind kind = Kind::none;
  double factor = 1;                       ///< linear: angles are divided by it; llama3: those of long waves
  double low_factor = 1, high_factor = 4;  ///< llama3: waves longer than original / low are long, below / high short
  std::size_t original_positions = 8192;   ///< llama3: longest sequence first trained on
  friend bool operator==(const RopeScaling&, const RopeScaling&) = default;
};

/// Radians a position of a pair whose plain frequency is `plain`. With w the turns that it makes within the original
/// positions, Llama 3's is plain · (s + (1 − s) / factor), s = (w − low) / (high − low) kept to [0, 1].
[[nodiscard]] double stretched_frequency(double plain, const RopeScaling& scaling);

/// Sizes of a decoder-only transformer of the Llama family (docs/methods/language.md).
struct ModelConfig {
  std::size_t vocabulary = 0;  ///< tokens, at least 2
  std::size_t hidden = 64;     ///< width of what runs through the layers
  std::size_t layers = 2;
  std::size_t heads = 4;           ///< of queries
  std::size_t kv_heads = 2;        ///< of keys and values; divides heads
  std::size_t intermediate = 192;  ///< width inside the feed-forward part
  std::size_t positions = 64;      ///< longest sequence
  double rope_theta = 10'000;
  double norm_epsilon = 1e-5;
  bool tied = true;  ///< the embedding is the last layer as well
  Family family = Family::llama;
  std::size_t head_width = 0;  ///< of a head, even; 0: hidden / heads
  RopeScaling rope_scaling{};
  bool input_biases = false;         ///< of queries, keys and values
  bool output_bias = false;          ///< of what attention gives
  bool forward_biases = false;       ///< of the feed-forward part
  bool head_norms = false;           ///< an RMSNorm of each head's queries and keys, before they turn
  std::vector<std::int32_t> ends{};  ///< tokens that end an answer, as the model's files say

  [[nodiscard]] std::size_t head_size() const { return head_width != 0 ? head_width : hidden / heads; }
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

/// @return invalid_argument naming the size and its limit
[[nodiscard]] Result<void> check(const ModelConfig& config);

/// One tensor among many that lie behind one another.
struct Part {
  std::string name;  ///< as Hugging Face names it: "model.layers.0.self_attn.q_proj.weight"
  std::vector<std::size_t> shape;
  std::size_t offset = 0;
  [[nodiscard]] std::size_t size() const;
};

/// Where each tensor lies.
struct Plan {
  std::vector<Part> parts;
  std::size_t size = 0;  ///< numbers in all

  void add(std::string name, std::vector<std::size_t> shape);
  /// Nothing when there is none of that name.
  [[nodiscard]] const Part* find(std::string_view name) const;
};

/// What a tensor of a layer is for, in the order in which they lie.
enum class Role : std::uint8_t {
  input_norm,
  query,
  query_bias,
  query_norm,
  key,
  key_bias,
  key_norm,
  value,
  value_bias,
  output,
  output_bias,
  middle_norm,
  gate,
  gate_bias,
  up,
  up_bias,
  down,
  down_bias,
  count
};
inline constexpr std::size_t kRoles = static_cast<std::size_t>(Role::count);

/// One tensor of a layer, which a configuration may have or not.
struct LayerPart {
  Role role = Role::input_norm;
  std::string_view name;           ///< behind "model.layers.N."
  std::vector<std::size_t> shape;  ///< empty where the configuration has none
};
[[nodiscard]] std::array<LayerPart, kRoles> layer_parts(const ModelConfig& config);

/// The tensors of a model in the order in which it uses them: the embedding, those of each layer, the last norm, and
/// lm_head where the embedding is not tied.
[[nodiscard]] Plan plan_of(const ModelConfig& config);

/// A model: its sizes and its numbers.
struct Model {
  ModelConfig config;
  Plan plan;                  ///< plan_of(config)
  std::vector<float> values;  ///< [plan.size]
};

/// From 16 million numbers on: work is cut into smaller pieces, which are still large enough.
[[nodiscard]] bool is_large(const Model& model);

/// An untrained model: norms 1, biases 0, the embedding of standard deviation .02, linear maps of 1/√(their inputs).
/// @return invalid_argument as check()
[[nodiscard]] Result<Model> make_model(const ModelConfig& config, std::uint64_t seed);

}  // namespace errata::language
