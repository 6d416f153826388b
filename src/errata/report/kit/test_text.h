#pragma once

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>

#include "errata/report/kit/utf8.h"

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

/// What stands in a section of a page; empty when it has none of that id.
inline std::string section_of(const std::string& page, const std::string& id) {
  const std::size_t begin = page.find("<section id=\"" + id + "\">");
  return begin == std::string::npos ? std::string() : page.substr(begin, page.find("</section>", begin) - begin);
}

/// What a terminal shows: without the escape sequences of colours and without spaces at the ends of lines.
inline std::string without_colours(const std::string& text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = text.find('m', i);
      continue;
    }
    if (text[i] == '\n') shown.erase(shown.find_last_not_of(' ') + 1);
    shown += text[i];
  }
  return shown;
}

}  // namespace errata::report
