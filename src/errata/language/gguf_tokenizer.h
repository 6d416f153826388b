#pragma once

#include <filesystem>

#include "errata/language/byte_pair_tokenizer.h"

namespace errata::language {

/// The tokenizer of a GGUF file whose tokenizer.ggml.model is "gpt2" (byte-level pairs). Answers end as its model's do
/// (config_of in gguf_model.h).
/// @return data error naming file and key: another kind of tokenizer, no token that ends an answer
[[nodiscard]] Result<BytePairTokenizer> load_gguf_tokenizer(const std::filesystem::path& place);

}  // namespace errata::language
