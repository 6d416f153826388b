#include "errata/report/kit/utf8.h"

#include <algorithm>
#include <array>
#include <span>

namespace errata::report {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct CodeRange {
  char32_t first, last;
};

/// Marks that are drawn over the character before them (the common blocks of combining marks and joiners).
constexpr std::array kZeroWidth{CodeRange{0x0300, 0x036F}, CodeRange{0x0483, 0x0489}, CodeRange{0x0591, 0x05BD},
                                CodeRange{0x064B, 0x065F}, CodeRange{0x200B, 0x200F}, CodeRange{0x20D0, 0x20FF},
                                CodeRange{0xFE00, 0xFE0F}, CodeRange{0xFE20, 0xFE2F}};
/// East Asian wide and emoji blocks (Unicode's EastAsianWidth W and F, by block).
constexpr std::array kDoubleWidth{CodeRange{0x1100, 0x115F},   CodeRange{0x2E80, 0x303E},  CodeRange{0x3041, 0x33FF},
                                  CodeRange{0x3400, 0x4DBF},   CodeRange{0x4E00, 0x9FFF},  CodeRange{0xA000, 0xA4CF},
                                  CodeRange{0xAC00, 0xD7A3},   CodeRange{0xF900, 0xFAFF},  CodeRange{0xFE30, 0xFE4F},
                                  CodeRange{0xFF00, 0xFF60},   CodeRange{0xFFE0, 0xFFE6},  CodeRange{0x1F300, 0x1F64F},
                                  CodeRange{0x1F900, 0x1F9FF}, CodeRange{0x20000, 0x3FFFD}};

bool holds(std::span<const CodeRange> ranges, char32_t code) {
  return std::ranges::any_of(ranges, [&](CodeRange range) { return range.first <= code && code <= range.last; });
}

/// Number of bytes that a leading byte announces, 0 for one that cannot lead.
std::size_t announced_bytes(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

/// The longest start of `text` that fits into `width` columns, at least one character, in bytes.
std::size_t bytes_that_fit(std::string_view text, std::size_t width) {
  std::size_t bytes = 0;
  std::size_t columns = 0;
  while (bytes < text.size()) {
    const Utf8Character next = first_character(text.substr(bytes));
    columns += display_width(next.code);
    if (bytes > 0 && columns > width) break;
    bytes += next.bytes;
  }
  return bytes;
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

std::size_t display_width(char32_t code) {
  if (code < 0x0300) return 1;
  if (holds(kZeroWidth, code)) return 0;
  return holds(kDoubleWidth, code) ? 2 : 1;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Utf8Character next = first_character(text);
    width += display_width(next.code);
    text.remove_prefix(next.bytes);
  }
  return width;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  const auto finish_line = [&] {
    lines.push_back(std::move(line));
    line.clear();
  };
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) break;
    std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) finish_line();
    while (display_width(word) > width) {
      const std::size_t bytes = bytes_that_fit(word, width);
      lines.emplace_back(word.substr(0, bytes));
      word.remove_prefix(bytes);
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) finish_line();
  return lines;
}

std::string pad_right(std::string_view text, std::size_t width) {
  const std::size_t columns = display_width(text);
  return std::string(text) + std::string(width > columns ? width - columns : 0, ' ');
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t columns = display_width(text);
  return std::string(width > columns ? width - columns : 0, ' ') + std::string(text);
}

std::string fit(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width <= 1) return "…";
  return std::string(text.substr(0, bytes_that_fit(text, width - 1))) + "…";
}

}  // namespace errata::report
