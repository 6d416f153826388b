#pragma once

#include <cstddef>
#include <string>

#include "errata/base/error.h"
#include "errata/tokenizer/byte_characters.h"
#include "errata/tokenizer/byte_level_tokenizer.h"

namespace errata::tokenizer {

/// Bytes of a tokenizer.json that are read at most.
inline constexpr std::size_t kMostTokenizerBytes = std::size_t{32} << 20;

/// A tokenizer.json of Hugging Face's library `tokenizers` that is byte-level BPE. What it can hold and is not named
/// here is refused by its name; docs/methods/language.md lists it.
///   model           BPE, merges as "a b" or ["a", "b"], without dropout, prefix, suffix or byte fallback
///   added_tokens    all but single_word
///   normalizer      none, NFC
///   pre_tokenizer   ByteLevel, last, after Split (isolated or removed) and Digits
///   post_processor  none, ByteLevel, TemplateProcessing
///   decoder         ByteLevel
/// truncation and padding are left to who calls.
/// @return data error naming place and field
[[nodiscard]] Result<ByteLevelVocabulary> parse_tokenizer_json(const NamedText& file);

/// The same as a tokenizer.json, which parse_tokenizer_json() and `tokenizers` read.
[[nodiscard]] std::string tokenizer_json(const ByteLevelVocabulary& vocabulary);

}  // namespace errata::tokenizer
