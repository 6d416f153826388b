#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/tokenizer/byte_level_tokenizer.h"

namespace errata::tokenizer {

/// What a GGUF file of model "gpt2" says of its tokenizer, under tokenizer.ggml.*.
struct GgufTokens {
  std::vector<std::string> tokens;
  std::vector<std::string> merges;  ///< "a b"
  std::vector<std::int32_t>
      token_types;  ///< [tokens] 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused; or none
  std::string pre;  ///< "gpt-2", "llama-bpe", "qwen2", "smollm", "default"; "" as "default"
  std::optional<std::int32_t> bos;
  std::optional<bool> adds_bos;  ///< nothing: as llama.cpp, for "llama-bpe" only
};

/// The same vocabulary that tokenizer.json of the model gives: control and user-defined tokens are added ones, "qwen2"
/// composes (NFC), "llama-bpe" ignores merges for pieces that are tokens. "default" splits as llama.cpp does.
/// @param place  of the GGUF file
/// @return data error naming place and field: another `pre`, types of another number, a merge that is no two tokens
[[nodiscard]] Result<ByteLevelVocabulary> gguf_vocabulary(const GgufTokens& gguf, std::string_view place);

}  // namespace errata::tokenizer
