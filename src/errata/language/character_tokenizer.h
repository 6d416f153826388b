#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/language/tokenizer.h"

namespace errata::language {

/// Its file in the folder of a model.
inline constexpr const char* kCharacterFile = "characters.json";

/// A token a character: 0 ends a text, 1 is the first character of the alphabet, and so on.
///     ERRATA_ASSIGN(auto tokenizer, CharacterTokenizer::create("0123456789+="));
///     tokenizer.encode("1+2=");  // 2, 11, 3, 12
class CharacterTokenizer : public Tokenizer {
 public:
  static constexpr std::int32_t kEnd = 0;

  /// @param alphabet  printable ASCII, each once
  /// @return invalid_argument naming the character
  [[nodiscard]] static Result<CharacterTokenizer> create(std::string_view alphabet);

  /// @return data error naming a character that is not in the alphabet
  [[nodiscard]] Result<std::vector<std::int32_t>> encode(std::string_view text) const override;
  [[nodiscard]] std::string decode(std::span<const std::int32_t> tokens) const override;
  [[nodiscard]] std::size_t vocabulary() const override { return alphabet_.size() + 1; }
  [[nodiscard]] std::int32_t end() const override { return kEnd; }
  [[nodiscard]] bool is_of_characters() const override { return true; }
  [[nodiscard]] const std::string& alphabet() const { return alphabet_; }

  /// characters.json in the folder of a model.
  [[nodiscard]] Result<void> save(const std::filesystem::path& folder) const override;
  [[nodiscard]] static Result<CharacterTokenizer> load(const std::filesystem::path& folder);

 private:
  explicit CharacterTokenizer(std::string_view alphabet) : alphabet_(alphabet) {}
  std::string alphabet_;
};

}  // namespace errata::language
