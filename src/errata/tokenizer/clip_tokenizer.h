#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/tokenizer/byte_pairs.h"

namespace errata::tokenizer {

/// Tokens that CLIP's text encoders take.
inline constexpr std::size_t kClipLength = 77;

/// A text as numbers of tokens.
struct ClipTokens {
  std::vector<std::int64_t> ids;  ///< [length]: the start's, the text's, the end's, then 0
  std::size_t used = 0;           ///< of them, with start and end
  std::size_t left_out = 0;       ///< tokens of the text that found no room
};

/// CLIP's tokenizer. Runs of white space become one space, capitals small letters; the text is parted into 's, 't, 're,
/// 've, 'm, 'll, 'd, runs of letters, single numbers, and runs of all else but spaces; each part is encoded by its
/// bytes. What is left out of the original: it repairs badly decoded text and HTML entities first. Names of special
/// tokens in a text are text here.
/// Reference: A. Radford et al., ICML 2021, and the code beside it.
class ClipTokenizer {
 public:
  /// @param merges      CLIP's file of merges
  /// @param vocabulary  numbers of the tokens, with <|startoftext|> and <|endoftext|>; nothing: they follow from the
  ///     merges, and the two are the last
  /// @return data errors as of BytePairs
  [[nodiscard]] static Result<ClipTokenizer> make(const NamedText& merges, const std::optional<NamedText>& vocabulary);

  /// @param text    UTF-8; broken bytes are bytes
  /// @param length  >= 2
  [[nodiscard]] ClipTokens encode(std::string_view text, std::size_t length = kClipLength) const;
  /// Numbers of tokens are below it.
  [[nodiscard]] std::int64_t size() const { return size_; }

 private:
  ClipTokenizer(BytePairs pairs, std::int64_t start, std::int64_t end, std::int64_t size)
      : pairs_(std::move(pairs)), start_(start), end_(end), size_(size) {}
  BytePairs pairs_;
  std::int64_t start_, end_, size_;
};

}  // namespace errata::tokenizer
