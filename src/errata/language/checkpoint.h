#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "errata/language/model.h"

namespace errata::language {

/// The content of config.json of a model of the Llama family, and what it says.
/// @return data error naming `place` and the field: another family, what is not computed here (biases, scaled RoPE,
///     another activation, heads of a size of their own), sizes that check() refuses
[[nodiscard]] std::string config_content(const ModelConfig& config);
[[nodiscard]] Result<ModelConfig> parse_config(std::string_view content, std::string_view place);

/// Writes config.json and model.safetensors into a folder, which is made, as Hugging Face's programs read them.
[[nodiscard]] Result<void> save_model(const Model& model, const std::filesystem::path& folder);
/// @return data error naming file and tensor: one that is missing, too many, or of another shape; a head of its own
/// where
///     the configuration says that the embedding is tied
[[nodiscard]] Result<Model> load_model(const std::filesystem::path& folder);

}  // namespace errata::language
