#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/language/chat.h"
#include "errata/language/tokenizer.h"
#include "errata/tokenizer/byte_level_tokenizer.h"

namespace errata::language {

/// Its file in the folder of a model; tokenizer_config.json, generation_config.json and config.json say more.
inline constexpr const char* kTokenizerFile = "tokenizer.json";

/// What models say beside their vocabulary.
struct TokenizerWords {
  std::vector<std::int32_t> ends;  ///< tokens that end an answer, the one that is written first; at least one
  std::string chat_template;       ///< Jinja; may be empty
  std::string begin_name;          ///< bos_token; may be empty
};

/// Byte-level BPE of a language model: Llama 3, Qwen2, SmolLM2, GPT-2, and those trained here.
class BytePairTokenizer : public Tokenizer {
 public:
  /// @return data error naming place: a vocabulary that is none, no end, or one that is no token
  [[nodiscard]] static Result<BytePairTokenizer> create(tokenizer::ByteLevelVocabulary vocabulary, TokenizerWords words,
                                                        std::string_view place);
  /// One that is learned from texts: digits are tokens of their own, other pieces are as GPT-2 splits them.
  /// @param size  tokens, of which the first ends an answer; fewer where no pair is left
  /// @return invalid_argument as train_byte_pairs()
  [[nodiscard]] static Result<BytePairTokenizer> train(std::span<const std::string> texts, std::size_t size);
  /// From a model's folder. The end is eos_token of tokenizer_config.json, else the first eos_token_id of
  /// generation_config.json or config.json; ends() are all of them.
  /// @return data error naming file and field
  [[nodiscard]] static Result<BytePairTokenizer> load(const std::filesystem::path& folder);

  [[nodiscard]] Result<std::vector<std::int32_t>> encode(std::string_view text) const override {
    return pairs_.encode(text);
  }
  [[nodiscard]] std::string decode(std::span<const std::int32_t> tokens) const override {
    return pairs_.decode(tokens);
  }
  [[nodiscard]] std::size_t vocabulary() const override { return pairs_.size(); }
  [[nodiscard]] std::int32_t end() const override { return words_.ends.front(); }
  [[nodiscard]] std::vector<std::int32_t> ends() const override { return words_.ends; }
  [[nodiscard]] std::vector<std::int32_t> begin() const override { return pairs_.vocabulary().before; }
  [[nodiscard]] bool has_chat() const override { return !words_.chat_template.empty(); }
  [[nodiscard]] Result<std::string> chat(std::span<const Message> messages) const override;
  /// The files that it was read from, byte for byte; of one that was made here, the same files.
  [[nodiscard]] Result<void> save(const std::filesystem::path& folder) const override;

 private:
  struct File {
    std::string name, content;
  };
  BytePairTokenizer(tokenizer::ByteLevelTokenizer pairs, TokenizerWords words)
      : pairs_(std::move(pairs)), words_(std::move(words)) {}
  [[nodiscard]] static Result<BytePairTokenizer> checked(tokenizer::ByteLevelVocabulary vocabulary,
                                                         TokenizerWords words, std::string_view place);

  tokenizer::ByteLevelTokenizer pairs_;
  TokenizerWords words_;
  std::vector<File> files_;
};

}  // namespace errata::language
