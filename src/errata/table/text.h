#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace errata::table {

/// A text without the white space around it.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

/// A name as SQL compares names: without regard to the case of ASCII letters.
[[nodiscard]] inline std::string folded(std::string_view name) {
  std::string result(name);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

}  // namespace errata::table
