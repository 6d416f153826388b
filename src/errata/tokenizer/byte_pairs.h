#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "errata/base/error.h"
#include "errata/tokenizer/byte_characters.h"
#include "errata/tokenizer/merge_table.h"

namespace errata::tokenizer {

/// Bytes of a vocabulary's file, unpacked, that are read at most: CLIP's has three millions of bytes.
inline constexpr std::size_t kMostVocabularyBytes = std::size_t{16} << 20;

/// Byte-pair encoding: bytes are symbols, and pairs of symbols become one, by a list in the order of their ranks. In
/// files a byte is written as a character (byte_characters.h), and what ends a word ends in "</w>".
/// Reference: R. Sennrich, B. Haddow, A. Birch, ACL 2016.
class BytePairs {
 public:
  /// A vocabulary that follows from merges alone, as CLIP's does: numbers 0–255 the bytes in the order above, 256–511
  /// the same at the end of a word, then what each merge makes, in order.
  /// @param merges  "a b" a line, after a line with "#version" or without; of more than 48,894 merges the first are
  ///     used, as CLIP does with its file
  /// @return data error naming file and line: no merges, no two parts, a part that no byte and no line before makes, a
  ///     pair or product that is there already, text that is not UTF-8, more than kMostVocabularyBytes
  [[nodiscard]] static Result<BytePairs> from_merges(const NamedText& merges);

  /// A vocabulary with numbers of its own.
  /// @param vocabulary  JSON: an object of tokens and their numbers, each once, below 2^24
  /// @return as from_merges(); data error naming the file: no such JSON, a number twice, a byte or a product of a merge
  ///     that has no number
  [[nodiscard]] static Result<BytePairs> from_vocabulary(const NamedText& vocabulary, const NamedText& merges);

  /// Appends the numbers of a word: of all pairs in it the one of least rank is merged, wherever it is, from the left,
  /// until there is none.
  /// @param word  bytes, at least one  Cost: that of MergeTable
  void encode(std::string_view word, std::vector<std::int64_t>& tokens) const;

  /// Number of a token that is in no merge ("<|endoftext|>"), by a vocabulary of its own.
  /// @return data error naming file and token
  [[nodiscard]] Result<std::int64_t> special(const std::string& token) const;
  /// All numbers are below it.
  [[nodiscard]] std::int64_t size() const { return size_; }

 private:
  [[nodiscard]] bool has_own_numbers() const { return !numbers_.empty(); }
  Result<void> take_bytes();
  Result<void> take_merges(const NamedText& merges);

  std::string place_;                                      ///< of the numbers
  std::unordered_map<std::string, std::int64_t> numbers_;  ///< of a vocabulary of its own
  std::array<std::int64_t, 256> inside_{}, at_end_{};      ///< number of each byte
  MergeTable merges_;
  std::int64_t size_ = 0;
};

}  // namespace errata::tokenizer
