#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "errata/base/error.h"

namespace errata::tokenizer {

/// GPT-2's pieces: shortened words, words, numbers and signs with the space before them, white space.
inline constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
/// Those of Llama 3: as GPT-4's, numbers up to three digits.
inline constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
/// Those of Qwen2: the same, numbers digit by digit.
inline constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
/// Every number a piece.
inline constexpr std::string_view kDigitPattern = R"(\p{N})";

/// A regular expression that splits texts, in the part of Oniguruma's language that tokenizers use: literals, classes,
/// \s \S \d \D \r \n \t, general categories \p{L} \P{Nd}, ., |, (…), (?:…), (?i:…), (?= (?! (?<= (?<!, and ? * + {m}
/// {m,} {m,n}, each also lazy, the first three also possessive. What means something else in another language of
/// regular expressions, and what may take exponential time (a repeated group that repeats), is refused.
class SplitPattern {
 public:
  static constexpr std::size_t kMostBytes = 4096;

  /// @return data error naming place, the byte of the pattern and what stands there
  [[nodiscard]] static Result<SplitPattern> create(std::string_view pattern, std::string_view place);
  /// The pattern in PCRE2's language.
  [[nodiscard]] static Result<std::string> translated(std::string_view pattern, std::string_view place);

  /// Calls found(begin, end) for each match, from left to right; an empty one never right after another.
  /// @param text  UTF-8
  /// @return data error when a match takes more steps than any known pattern needs
  [[nodiscard]] Result<void> find(std::string_view text,
                                  const std::function<void(std::size_t begin, std::size_t end)>& found) const;

 private:
  SplitPattern() = default;
  std::string place_;
  std::shared_ptr<void> code_, context_;  ///< pcre2_code, pcre2_match_context; neither is written to
};

}  // namespace errata::tokenizer
