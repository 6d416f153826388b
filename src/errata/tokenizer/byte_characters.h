#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "errata/base/error.h"

namespace errata::tokenizer {

/// A file's content and the name that errors call it by.
struct NamedText {
  std::string_view content, place;
};

/// Bytes as files of vocabularies write them, a character each: bytes 33–126, 161–172 and 174–255 as themselves, the
/// others as U+0100 and on.
struct ByteCharacters {
  std::array<std::uint8_t, 256> order{};  ///< bytes in the order of their characters
  std::array<std::string, 256> text{};    ///< of each byte
};
[[nodiscard]] const ByteCharacters& byte_characters();

/// The bytes that a token is written for, or nothing where a character of it stands for none.
[[nodiscard]] std::optional<std::string> bytes_of_characters(std::string_view token);

/// Bytes at the beginning of a text that are whole characters, or that are none.
struct Utf8Run {
  std::size_t bytes = 0;
  bool is_broken = false;
};
/// The longest such run. @param text  not empty
[[nodiscard]] Utf8Run first_run(std::string_view text);

/// The beginning of a token for a message, without control characters.
[[nodiscard]] std::string shown(std::string_view token);

/// @return data error naming the text's place: more bytes than `most`, no UTF-8
[[nodiscard]] Result<void> check_text(const NamedText& text, std::size_t most);

}  // namespace errata::tokenizer
