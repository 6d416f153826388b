#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "errata/language/model.h"

namespace errata::language {

/// What a low-rank adapter changes: each chosen linear map W [out, in] computes
///     y = W x + (α / r) B (A x),   A [r, in], B [out, r],
/// and only A and B learn. Reference: E. J. Hu et al., LoRA, ICLR 2022.
struct LoraOptions {
  std::size_t rank = 16;  ///< r
  double alpha = 32;      ///< α
  /// The maps' names or their last words: "q_proj", "model.layers.0.mlp.up_proj". `lm_head` only where it is a tensor
  /// of its own: a tied embedding is what the model reads with as well, and no adapter changes it.
  std::vector<std::string> targets{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};

  [[nodiscard]] double scale() const { return alpha / static_cast<double>(rank); }
};

/// @return invalid_argument for a rank that is not from 1 to 4096, an alpha that is not in (0, 10⁶], and no targets
[[nodiscard]] Result<void> check(const LoraOptions& options);

/// A and B of every chosen map.
struct Adapter {
  LoraOptions options;
  std::vector<std::size_t> maps;  ///< places in the model's plan
  Plan plan;                      ///< of each map A, then B, by the names that PEFT gives them
  std::vector<float> values;      ///< [plan.size]
};

/// An adapter that changes nothing yet: A of standard deviation 1/√in, B zero.
/// @return invalid_argument as check(), for a target that no linear map of the model has, and for the head or embedding
///     of a model whose embedding is tied
[[nodiscard]] Result<Adapter> make_adapter(const Model& model, const LoraOptions& options, std::uint64_t seed);

/// Adds (α / r) B A to each chosen map, so that the model alone computes what model and adapter did, to rounding.
/// @param adapter  made for a model of these sizes
void merge(Model& model, const Adapter& adapter);
/// Takes it away again; to rounding.
void unmerge(Model& model, const Adapter& adapter);

/// Writes adapter_model.safetensors and adapter_config.json into a folder, as PEFT 0.7 and later read them.
/// @param base  what the configuration names as the model that it belongs to
[[nodiscard]] Result<void> save_adapter(const Adapter& adapter, const std::filesystem::path& folder,
                                        const std::string& base);
/// @return data error naming file and field: no adapter of LoRA, made for other sizes, with what is not computed here
///     (biases, DoRA, ranks of single maps), beside maps of another model. A rank-stabilised scale α/√r is read as the
///     α that gives it.
[[nodiscard]] Result<Adapter> load_adapter(const std::filesystem::path& folder, const Model& model);

}  // namespace errata::language
