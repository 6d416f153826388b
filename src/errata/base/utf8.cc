#include "errata/base/utf8.h"

#include <fmt/format.h>

namespace errata {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Number of bytes that a leading byte announces, 0 for one that cannot lead.
std::size_t announced_bytes(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

}  // namespace

Utf8Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t bytes = announced_bytes(lead);
  if (bytes == 1) return {.code = lead, .bytes = 1};
  if (bytes == 0 || bytes > text.size()) return {.code = kReplacement, .bytes = 1};
  char32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return {.code = kReplacement, .bytes = 1};
    code = (code << 6U) | (byte & 0x3FU);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return {.code = kReplacement, .bytes = 1};
  return {.code = code, .bytes = bytes};
}

void append_utf8(std::string& text, char32_t code) {
  const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xE0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string with_broken_bytes_shown(std::string_view text) {
  std::string shown;
  for (std::string_view rest = text; !rest.empty();) {
    const Utf8Character next = first_character(rest);
    shown += next.is_broken() ? fmt::format("\\x{:02X}", static_cast<unsigned char>(rest.front()))
                              : std::string(rest.substr(0, next.bytes));
    rest.remove_prefix(next.bytes);
  }
  return shown;
}

std::string_view first_bytes(std::string_view text, std::size_t most) {
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const std::size_t next = bytes + first_character(text.substr(bytes)).bytes;
    if (next > most) break;
    bytes = next;
  }
  return text.substr(0, bytes);
}

}  // namespace errata
