#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace errata::improve {

/// A decimal number in a form that equal numbers share: "-1,200.50" is "-1200.5", "007" is "7", "-0" is "0". A leading
/// $ or +, a sign before or behind the $, commas between digits and a full stop or % behind are let pass.
/// @return nothing for what is no number: "", "1.2.3", "1e3", "1/2", "12 apples"
[[nodiscard]] std::optional<std::string> decimal(std::string_view text);

/// What stands behind the last "####", up to the end of its line, as a number.
/// @return nothing without "####", or where no number is behind it
[[nodiscard]] std::optional<std::string> final_number(std::string_view text);

/// The last number of a text, as decimal() has it: of "66 + 73 = 139." it is "139", of "x = -2" "-2", of "7 - 2" "2".
/// @return nothing where there is none
[[nodiscard]] std::optional<std::string> last_number(std::string_view text);

/// Without blanks at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

}  // namespace errata::improve
