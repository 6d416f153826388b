#pragma once

#include <string>
#include <string_view>

namespace errata::tokenizer {

/// A text in Unicode's normal form NFC: "e" and U+0301 are one character, Hangul syllables too.
/// @param text  UTF-8  Cost: O(n log n) in its worst case
/// Reference: Unicode Standard Annex #15.
[[nodiscard]] std::string composed(std::string_view text);

/// Nothing in it can be composed or in another order, by a few ranges of characters: a quick no is no answer.
[[nodiscard]] bool is_surely_composed(std::string_view text);

}  // namespace errata::tokenizer
