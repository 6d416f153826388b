#pragma once

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>

#include "errata/report/utf8.h"

namespace errata::report {

/// Columns of a terminal that the widest line of a text takes.
inline std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, display_width(line));
  return widest;
}

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// A page without the bundles, which hold markup of their own.
inline std::string own_part(const std::string& page) {
  return page.substr(0, page.find("<script type=\"text/plain\""));
}

}  // namespace errata::report
