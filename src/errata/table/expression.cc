#include "errata/table/expression.h"

#include <cstddef>

namespace errata::table {
namespace {

/// The position after a quoted or commented part that begins at `at`; `at` itself when none begins there; npos when it
/// does not end.
std::size_t skip_opaque(std::string_view text, std::size_t at) {
  const auto after = [&](std::string_view end, std::size_t from) {
    const std::size_t found = text.find(end, from);
    return found == std::string_view::npos ? found : found + end.size();
  };
  const std::string_view rest = text.substr(at);
  if (rest.starts_with('\'') || rest.starts_with('"')) return after(rest.substr(0, 1), at + 1);
  if (rest.starts_with("/*")) return after("*/", at + 2);
  if (rest.starts_with("--")) return text.find('\n', at) == std::string_view::npos ? text.size() : after("\n", at);
  return at;
}

}  // namespace

bool is_one_expression(std::string_view text) {
  std::size_t open = 0;
  bool blank = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = skip_opaque(text, at);
    if (next == std::string_view::npos) return false;
    if (next != at) {
      blank = blank && text[at] != '\'' && text[at] != '"';
      at = next;
      continue;
    }
    const char c = text[at++];
    blank = blank && (c == ' ' || c == '\t' || c == '\n' || c == '\r');
    if (c == ';') return false;
    if (c == '(') ++open;
    if (c == ')' && open-- == 0) return false;
  }
  return open == 0 && !blank;
}

}  // namespace errata::table
