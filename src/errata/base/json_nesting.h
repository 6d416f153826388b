#pragma once

#include <cstddef>
#include <string_view>

namespace errata {

/// Do brackets and braces outside of texts stand more than `most` deep in this JSON? Asked before parsing files of
/// strangers: programs that walk through values call themselves once a level. Cost: one pass.
///     if (nests_deeper(content, 64)) return data_error("it is nested more than 64 deep");
[[nodiscard]] inline bool nests_deeper(std::string_view json, std::size_t most) {
  std::size_t depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') in_text = !in_text;
    if (in_text) {
      i += c == '\\' ? 1 : 0;
    } else if (c == '[' || c == '{') {
      if (++depth > most) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace errata
