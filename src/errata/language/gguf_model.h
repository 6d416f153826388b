#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "errata/arrays/gguf.h"
#include "errata/language/model.h"

namespace errata::language {

/// What a GGUF file says of the tokenizer of its model (tokenizer.ggml.*), as it stands there.
struct GgufTokenizer {
  std::string model;                ///< "gpt2": byte-level pairs; "llama": SentencePiece
  std::string pre;                  ///< name of the pattern that splits texts: "smollm", "llama-bpe", "qwen2"
  std::vector<std::string> tokens;  ///< [vocabulary]
  std::vector<std::int64_t>
      types;  ///< [vocabulary] or empty; 1 normal, 2 unknown, 3 control, 4 given by the user, 6 byte
  std::vector<std::string> merges;  ///< "a b", the first merged first
  std::optional<std::int32_t> begin, end, unknown, padding;
  std::optional<bool> adds_begin, adds_space;
  std::string chat_template;  ///< Jinja; empty where there is none
};

struct GgufModel {
  Model model;
  GgufTokenizer tokenizer;
};

/// Sizes of the model in a file, of the architectures llama, qwen2 and qwen3.
/// @return data error naming file and key: another architecture, what is not computed here, sizes that check() refuses
[[nodiscard]] Result<ModelConfig> config_of(const arrays::Gguf& file);
/// @return data error naming file and key: no list of tokens, types of another number
[[nodiscard]] Result<GgufTokenizer> tokenizer_of(const arrays::Gguf& file);
/// The ends of an answer and of a turn (eos_token_id, eot_token_id) below `vocabulary`.
[[nodiscard]] std::vector<std::int32_t> ends_of(const arrays::Gguf& file, std::size_t vocabulary);

/// Reads a GGUF file (arrays/gguf.h); quantised numbers become the float32 that they stand for. The rows of queries and
/// keys of `llama` lie there as pairs that turn together, and are put back into halves.
/// @return data error naming file, key or tensor, as above; a tensor of a type that is not read
[[nodiscard]] Result<GgufModel> load_gguf(const std::filesystem::path& place);

}  // namespace errata::language
