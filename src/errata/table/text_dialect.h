#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace errata::table {

/// How a file of delimited text is laid out.
struct TextDialect {
  char delimiter = ',';
  char quote = '"';                  ///< '\0': fields are never quoted
  char escape = '"';                 ///< before a quote within a quoted field
  bool mixed_ends = false;           ///< some lines end in LF and some in CR LF, or in CR CR LF
  std::size_t skipped = 0;           ///< lines before the one that names the columns: blank ones and comments (#)
  std::vector<std::string> names{};  ///< of the columns, each once: "" is column<place>, a repeated one name_1, …
  std::vector<std::pair<std::string, std::string>> repeated{};  ///< a name that was there before, what it is read as
  std::size_t unnamed = 0;                                      ///< columns without a name

  bool operator==(const TextDialect&) const = default;
};

/// Finds the layout under which most lines have as many fields as the header names, widest first.
/// @param lines      the first lines of the file, without their ends; no line at all gives no names
/// @param delimiter  named by the user or by the kind of file
///     find_dialect(std::vector<std::string>{"a;b", "0,5;1"}, {}).delimiter;  // ';'
[[nodiscard]] TextDialect find_dialect(std::span<const std::string> lines, std::optional<char> delimiter);

}  // namespace errata::table
