#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/language/chat.h"

namespace errata::language {

/// Texts as tokens of a model and back.
class Tokenizer {
 public:
  Tokenizer() = default;
  virtual ~Tokenizer() = default;

  /// @return data error naming what the tokenizer has no token for
  [[nodiscard]] virtual Result<std::vector<std::int32_t>> encode(std::string_view text) const = 0;
  /// The text as UTF-8; the end and other special tokens give nothing. @param tokens  in [0, vocabulary())
  [[nodiscard]] virtual std::string decode(std::span<const std::int32_t> tokens) const = 0;
  [[nodiscard]] virtual std::size_t vocabulary() const = 0;
  /// The token that ends an answer.
  [[nodiscard]] virtual std::int32_t end() const = 0;
  /// All tokens after which a model says nothing more; end() is the first.
  [[nodiscard]] virtual std::vector<std::int32_t> ends() const { return {end()}; }
  /// Whether every token is a character.
  [[nodiscard]] virtual bool is_of_characters() const { return false; }
  /// What stands before a text of its own (begin of text), often nothing.
  [[nodiscard]] virtual std::vector<std::int32_t> begin() const { return {}; }
  /// Whether the model was taught conversations.
  [[nodiscard]] virtual bool has_chat() const { return false; }
  /// A conversation as the text that asks for the next answer. @return data error: no template, or one not understood
  [[nodiscard]] virtual Result<std::string> chat(std::span<const Message> messages) const;
  /// Writes its files into the folder of a model.
  [[nodiscard]] virtual Result<void> save(const std::filesystem::path& folder) const = 0;

 protected:
  Tokenizer(const Tokenizer&) = default;
  Tokenizer(Tokenizer&&) = default;
  Tokenizer& operator=(const Tokenizer&) = default;
  Tokenizer& operator=(Tokenizer&&) = default;
};

/// The tokens of a prompt: begin(), where the text does not begin with it by name (as a chat's does), then the text.
[[nodiscard]] Result<std::vector<std::int32_t>> prompt_tokens(const Tokenizer& tokenizer, std::string_view prompt);

/// The tokens that ask a question: as the user's message where the model was taught conversations, else as a text.
[[nodiscard]] Result<std::vector<std::int32_t>> question_tokens(const Tokenizer& tokenizer,
                                                                const std::string& question);

/// The tokenizer in the folder of a model: characters.json, else tokenizer.json. @return data error naming the file
[[nodiscard]] Result<std::unique_ptr<Tokenizer>> load_tokenizer(const std::filesystem::path& folder);

}  // namespace errata::language
