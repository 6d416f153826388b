#pragma once

#include <filesystem>

#include "errata/language/model.h"

namespace errata::language {

/// Writes config.json and model.safetensors into a folder, which is made, as Hugging Face's programs read them.
[[nodiscard]] Result<void> save_model(const Model& model, const std::filesystem::path& folder);

/// Reads a folder as Hugging Face's programs write it: config.json, model.safetensors or the shards that
/// model.safetensors.index.json names, and the ends of answers in generation_config.json where there is one. Numbers of
/// 16 bits become float32. A file whose name ends in .gguf is read as load_gguf() does.
/// @return data error naming file and tensor: one that is missing, too many, or of another shape; a head of its own
///     that is not the embedding where the configuration says that it is (tied)
/// Cost: one pass over the numbers on the threads of `nn`; the files are mapped.
[[nodiscard]] Result<Model> load_model(const std::filesystem::path& place);

}  // namespace errata::language
