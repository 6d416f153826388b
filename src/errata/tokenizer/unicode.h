#pragma once

#include <cstdint>

namespace errata::tokenizer {

/// What a character is to a tokenizer that parts text by Unicode's general categories.
enum class CharacterKind : std::uint8_t {
  letter,  ///< L…
  number,  ///< N…
  space,   ///< white space, as Python's str.isspace() has it
  other,   ///< all else: marks, punctuation, symbols, what is not assigned
};

/// By the tables of Unicode 14. Cost: O(log of the number of ranges).
[[nodiscard]] CharacterKind kind_of(char32_t code);

/// The small letter of a capital, else the code itself. A capital whose small form is several characters (U+0130 alone)
/// stays.
[[nodiscard]] char32_t small_letter(char32_t code);

}  // namespace errata::tokenizer
