#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace errata {

/// One character of UTF-8 text. Broken bytes are read one by one as U+FFFD.
struct Utf8Character {
  char32_t code = 0;
  std::size_t bytes = 0;  ///< of the text it was read from
  /// Not a character but a byte of none: U+FFFD itself has three.
  [[nodiscard]] bool is_broken() const { return code == 0xFFFD && bytes == 1; }
};

/// The first character of a text that is not empty.
[[nodiscard]] Utf8Character first_character(std::string_view text);

void append_utf8(std::string& text, char32_t code);

/// The text with each broken byte written as \xE9: the same text where it is UTF-8.
[[nodiscard]] std::string with_broken_bytes_shown(std::string_view text);

/// As much of the beginning of a text as fits into some bytes without cutting a character.
[[nodiscard]] std::string_view first_bytes(std::string_view text, std::size_t most);

}  // namespace errata
