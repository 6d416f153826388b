#include "errata/tokenizer/byte_characters.h"

#include <fmt/format.h>

#include "errata/base/utf8.h"

namespace errata::tokenizer {
namespace {

constexpr std::size_t kShownBytes = 40;  // of a token in an error
constexpr char32_t kByteCharacters = 0x100 + 68;

ByteCharacters made_byte_characters() {
  ByteCharacters characters;
  const auto shows = [](unsigned byte) {
    return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  };
  std::size_t place = 0;
  for (const bool shown : {true, false})
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (shows(byte) != shown) continue;
      const std::size_t hidden = place < 188 ? 0 : place - 188;  // 188 bytes show themselves
      append_utf8(characters.text[byte], static_cast<char32_t>(shown ? byte : 256 + hidden));
      characters.order[place++] = static_cast<std::uint8_t>(byte);
    }
  return characters;
}

/// Of each character the byte that it stands for, or -1.
std::array<std::int16_t, kByteCharacters> made_character_bytes() {
  std::array<std::int16_t, kByteCharacters> bytes{};
  bytes.fill(-1);
  for (std::size_t byte = 0; byte < 256; ++byte)
    bytes.at(first_character(byte_characters().text[byte]).code) = static_cast<std::int16_t>(byte);
  return bytes;
}

}  // namespace

const ByteCharacters& byte_characters() {
  static const ByteCharacters characters = made_byte_characters();
  return characters;
}

std::optional<std::string> bytes_of_characters(std::string_view token) {
  static const auto character_bytes = made_character_bytes();
  std::string bytes;
  for (std::size_t at = 0; at < token.size();) {
    const Utf8Character character = first_character(token.substr(at));
    if (character.code >= kByteCharacters || character_bytes.at(character.code) < 0) return std::nullopt;
    bytes += static_cast<char>(character_bytes.at(character.code));
    at += character.bytes;
  }
  return bytes;
}

Utf8Run first_run(std::string_view text) {
  constexpr unsigned char kAscii = 0x80;
  const bool is_broken = first_character(text).is_broken();
  std::size_t at = 0;
  while (at < text.size()) {
    if (static_cast<unsigned char>(text[at]) < kAscii) {
      if (is_broken) break;
      ++at;
      continue;
    }
    const Utf8Character character = first_character(text.substr(at));
    if (character.is_broken() != is_broken) break;
    at += character.bytes;
  }
  return {.bytes = at, .is_broken = is_broken};
}

std::string shown(std::string_view token) {
  constexpr char32_t kDelete = 0x7F, kLastControl = 0x9F, kReplacement = 0xFFFD;
  std::string text;
  const std::string_view begin = first_bytes(token, kShownBytes);
  for (std::size_t at = 0; at < begin.size();) {
    const Utf8Character character = first_character(begin.substr(at));
    const bool is_control = character.code < U' ' || (character.code >= kDelete && character.code <= kLastControl);
    append_utf8(text, is_control ? kReplacement : character.code);
    at += character.bytes;
  }
  return text + (begin.size() < token.size() ? "…" : "");
}

Result<void> check_text(const NamedText& text, std::size_t most) {
  if (text.content.size() > most)
    return data_error(fmt::format("{}: has more than {} MiB, which no vocabulary has", text.place, most >> 20U));
  if (text.content.empty()) return {};
  const Utf8Run run = first_run(text.content);
  const std::size_t good = run.is_broken ? 0 : run.bytes;
  if (good < text.content.size())
    return data_error(fmt::format("{}: is not UTF-8 (byte {}); a vocabulary is text", text.place, good + 1));
  return {};
}

}  // namespace errata::tokenizer
