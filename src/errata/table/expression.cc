#include "errata/table/expression.h"

#include <cctype>
#include <cstddef>

namespace errata::table {
namespace {

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (c & 0x80) != 0;
}

/// What opens a $tag$…$tag$ quote at `at`, or nothing.
std::string_view dollar_quote(std::string_view text, std::size_t at) {
  if (text[at] != '$') return {};
  std::size_t end = at + 1;
  if (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) return {};
  while (end < text.size() && text[end] != '$' && in_word(text[end])) ++end;
  return end < text.size() && text[end] == '$' ? text.substr(at, end + 1 - at) : std::string_view();
}

/// The position after E'…', in which a backslash escapes a quote.
std::size_t after_escape_string(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 2; i < text.size(); ++i) {
    if (text[i] == '\'') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return std::string_view::npos;
}

/// The position after a quoted or commented part that begins at `at`; `at` itself when none begins there; npos when it
/// does not end, or when a dollar quote touches a word, which SQL dialects read in two ways.
std::size_t skip_opaque(std::string_view text, std::size_t at) {
  const auto after = [&](std::string_view end, std::size_t from) {
    const std::size_t found = text.find(end, from);
    return found == std::string_view::npos ? found : found + end.size();
  };
  const std::string_view rest = text.substr(at);
  if (rest.starts_with('\'') || rest.starts_with('"')) return after(rest.substr(0, 1), at + 1);
  const bool within_word = at > 0 && in_word(text[at - 1]);
  if (rest.starts_with("e'") || rest.starts_with("E'")) return within_word ? at : after_escape_string(text, at);
  if (const std::string_view quote = dollar_quote(text, at); !quote.empty()) {
    return within_word ? std::string_view::npos : after(quote, at + quote.size());
  }
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
      blank = blank && (text[at] == '-' || text[at] == '/');
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
