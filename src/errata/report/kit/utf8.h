#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/utf8.h"

namespace errata::report {

/// Columns that a character takes on a terminal: 0 (combining), 1 or 2 (East Asian wide, emoji).
[[nodiscard]] std::size_t display_width(char32_t code);
[[nodiscard]] std::size_t display_width(std::string_view text);

/// Breaks text at spaces into lines of at most `width` columns; a longer word is broken where it must be.
/// @param width  >= 2
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// The text followed (`left`) or preceded by spaces up to `width` columns; never cut.
[[nodiscard]] std::string pad_right(std::string_view text, std::size_t width);
[[nodiscard]] std::string pad_left(std::string_view text, std::size_t width);

/// The text, or as much of it as fits into `width` >= 1 columns with "…" at its end.
[[nodiscard]] std::string fit(std::string_view text, std::size_t width);

}  // namespace errata::report
