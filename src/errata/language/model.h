#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"

namespace errata::language {

/// Sizes of a decoder-only transformer of the Llama family (docs/methods/language.md).
struct ModelConfig {
  std::size_t vocabulary = 0;  ///< tokens, at least 2
  std::size_t hidden = 64;     ///< width of what runs through the layers
  std::size_t layers = 2;
  std::size_t heads = 4;           ///< of queries; hidden / heads is even
  std::size_t kv_heads = 2;        ///< of keys and values; divides heads
  std::size_t intermediate = 192;  ///< width inside the feed-forward part
  std::size_t positions = 64;      ///< longest sequence
  double rope_theta = 10'000;
  double norm_epsilon = 1e-5;
  bool tied = true;  ///< the embedding is the last layer as well

  [[nodiscard]] std::size_t head_size() const { return hidden / heads; }
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

/// The tensors of a model in the order in which it uses them; without lm_head where the embedding is tied.
[[nodiscard]] Plan plan_of(const ModelConfig& config);

/// A model: its sizes and its numbers.
struct Model {
  ModelConfig config;
  Plan plan;                  ///< plan_of(config)
  std::vector<float> values;  ///< [plan.size]
};

/// An untrained model: norms 1, the embedding of standard deviation .02, linear maps of 1/√(their inputs).
/// @return invalid_argument as check()
[[nodiscard]] Result<Model> make_model(const ModelConfig& config, std::uint64_t seed);

}  // namespace errata::language
