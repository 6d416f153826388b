#include "errata/report/kit/utf8.h"

#include <algorithm>
#include <array>
#include <span>

namespace errata::report {

namespace {

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
