#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/tokenizer/added_tokens.h"
#include "errata/tokenizer/merge_table.h"
#include "errata/tokenizer/pre_tokenizer.h"
#include "errata/tokenizer/text_map.h"

namespace errata::tokenizer {

/// What a byte-level BPE tokenizer is made of, wherever it was read: tokenizer_json.h, gguf_tokens.h.
struct ByteLevelVocabulary {
  /// By number, bytes written as characters (byte_characters.h); empty where a number has none. Those of `added` may be
  /// there or not.
  std::vector<std::string> tokens;
  std::vector<PairMerge> merges;  ///< in the order of their ranks
  std::vector<AddedToken> added;
  Splitting splitting;
  bool composes = false;                    ///< texts are put into Unicode's form NFC first
  bool ignores_merges = false;              ///< a piece that is a token is that token, whatever merges make of it
  std::optional<std::int32_t> unknown;      ///< for bytes without a token
  std::vector<std::int32_t> before, after;  ///< what stands around a whole text (begin of text)
  friend bool operator==(const ByteLevelVocabulary&, const ByteLevelVocabulary&) = default;
};

/// Byte-level BPE as GPT-2, Llama 3, Qwen2 and SmolLM2 have it: names of added tokens are cut out of the text, the rest
/// is split into pieces by regular expressions, and the bytes of each piece are merged by rank. It gives the numbers
/// that the library `tokenizers` gives (tests/reference). Safe to use from any number of threads.
/// Reference: A. Radford et al., "Language models are unsupervised multitask learners", 2019.
class ByteLevelTokenizer {
 public:
  /// @param place  what errors call the vocabulary by
  /// @return data error naming place and field: no tokens, numbers out of range, a token twice, a pair merged twice, a
  ///     product that is not its two parts, an added token without or with too long a name
  [[nodiscard]] static Result<ByteLevelTokenizer> create(ByteLevelVocabulary vocabulary, std::string_view place);

  /// The numbers of a text, without `before` and `after`. Bytes that are no UTF-8 are pieces of their own. A byte
  /// without a token is `unknown`, or nothing where there is none (SmolLM2 lacks six control characters).
  /// @return data error: a pattern that takes too many steps on this text
  /// Cost: about linear; O(n log n) in the longest piece
  [[nodiscard]] Result<std::vector<std::int32_t>> encode(std::string_view text) const;
  /// The bytes of tokens; numbers that are none give nothing.
  /// @param with_special  also the names of special tokens
  [[nodiscard]] std::string bytes_of(std::span<const std::int32_t> tokens, bool with_special = false) const;
  /// The same as UTF-8: each longest beginning of a character that goes on otherwise is one U+FFFD.
  [[nodiscard]] std::string decode(std::span<const std::int32_t> tokens, bool with_special = false) const;

  /// Numbers are below it.
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  /// The number of a token by its name, as it is written in files. Cost: O(size())
  [[nodiscard]] std::optional<std::int32_t> number_of(std::string_view token) const;
  [[nodiscard]] const ByteLevelVocabulary& vocabulary() const { return vocabulary_; }

 private:
  ByteLevelTokenizer(ByteLevelVocabulary vocabulary, std::string_view place, PreTokenizer pre_tokenizer);
  void take_tokens();
  void take_words();
  [[nodiscard]] Result<void> encode_characters(std::string_view text, std::vector<std::int32_t>& tokens) const;
  [[nodiscard]] Result<void> encode_between(std::string_view text, std::vector<std::int32_t>& tokens) const;
  void encode_piece(std::string_view piece, std::vector<std::int32_t>& tokens) const;

  ByteLevelVocabulary vocabulary_;
  std::string place_;
  PreTokenizer pre_tokenizer_;
  AddedTokens added_, added_to_normalized_;
  MergeTable merges_;
  std::array<std::int32_t, 256> byte_tokens_{};  ///< < 0: none
  std::vector<std::string> bytes_;               ///< of each token
  std::vector<bool> is_special_;
  TextMap<std::int32_t> words_;  ///< pieces that are one token
};

/// Bytes as UTF-8, what is broken as decode() has it.
[[nodiscard]] std::string with_replacements(std::string_view bytes);

}  // namespace errata::tokenizer
