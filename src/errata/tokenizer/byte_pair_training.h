#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/tokenizer/byte_level_tokenizer.h"

namespace errata::tokenizer {

/// The token that ends a text in vocabularies that are trained here.
inline constexpr const char* kEndOfText = "<|endoftext|>";

struct BytePairTraining {
  std::size_t size = 0;                             ///< tokens in all, >= 256 + special
  Splitting splitting = {.as_gpt2 = true};          ///< no merge goes beyond a piece
  std::vector<std::string> special = {kEndOfText};  ///< the first tokens
};

/// A vocabulary of byte-level BPE from texts: special tokens, the 256 bytes in the order of their characters, then what
/// the most frequent pair of neighbours makes, again and again; of pairs as frequent the one of least numbers. Fewer
/// tokens where no pair is left. The same merges as BpeTrainer of the library `tokenizers` learns from the 256 bytes.
/// @param texts  bytes that are no UTF-8 are pieces of their own
/// @return invalid_argument: a size that does not hold bytes and special tokens, or above 2^20; a pattern that is none
/// Cost: O(bytes) and O(log pairs) a changed pair; on one thread, no randomness
[[nodiscard]] Result<ByteLevelVocabulary> train_byte_pairs(std::span<const std::string> texts,
                                                           const BytePairTraining& training);

}  // namespace errata::tokenizer
