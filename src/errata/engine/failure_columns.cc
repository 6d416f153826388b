#include "errata/engine/failure_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

// Which columns does a SQL expression use? Only its names matter, so the lexical level of SQL is enough: words,
// "quoted names" with doubled quotes, 'text' likewise, -- and /* */ comments. Everything else is skipped.

namespace errata::engine {
namespace {

bool begins_word(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0; }
bool in_word(char c) { return begins_word(c) || std::isdigit(static_cast<unsigned char>(c)) || c == '$'; }

struct Name {
  std::string text;
  bool quoted = false;
};

/// Reads what stands between quotes that are doubled inside; `at` is on the opening quote and ends behind the last.
std::string quoted_text(std::string_view sql, std::size_t& at) {
  const char quote = sql[at++];
  std::string text;
  while (at < sql.size()) {
    if (sql[at] == quote && (at + 1 >= sql.size() || sql[at + 1] != quote)) break;
    if (sql[at] == quote) ++at;
    text += sql[at++];
  }
  at = std::min(at + 1, sql.size());
  return text;
}

bool skip_comment(std::string_view sql, std::size_t& at) {
  const auto skip_behind = [&](std::string_view end) {
    const auto found = sql.find(end, at + 2);
    at = found == std::string_view::npos ? sql.size() : found + end.size();
    return true;
  };
  if (sql.substr(at).starts_with("--")) return skip_behind("\n");
  if (sql.substr(at).starts_with("/*")) return skip_behind("*/");
  return false;
}

bool calls_function(std::string_view sql, std::size_t at) {
  while (at < sql.size() && std::isspace(static_cast<unsigned char>(sql[at]))) ++at;
  return at < sql.size() && sql[at] == '(';
}

std::vector<Name> names_in(std::string_view sql) {
  std::vector<Name> names;
  std::size_t at = 0;
  while (at < sql.size()) {
    if (skip_comment(sql, at)) continue;
    if (sql[at] == '\'') {
      quoted_text(sql, at);
    } else if (sql[at] == '"') {
      names.push_back({quoted_text(sql, at), true});
    } else if (in_word(sql[at])) {
      const std::size_t begin = at;
      while (at < sql.size() && in_word(sql[at])) ++at;
      if (begins_word(sql[begin]) && !calls_function(sql, at))
        names.push_back({std::string(sql.substr(begin, at - begin)), false});
    } else {
      ++at;
    }
  }
  return names;
}

bool same_in_any_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace

std::vector<std::string> columns_named_in(std::string_view sql, std::span<const std::string> columns) {
  const auto names = names_in(sql);
  std::vector<std::string> used;
  for (const auto& column : columns) {
    const auto is_column = [&](const Name& name) { return same_in_any_case(name.text, column); };
    if (std::ranges::any_of(names, is_column)) used.push_back(column);
  }
  return used;
}

void drop_failure_columns(table::PredictionLog& log, std::span<const std::string> expressions,
                          std::span<const std::string> named_features) {
  auto& features = log.roles.features;
  auto used = columns_named_in(fmt::format("{}", fmt::join(expressions, "\n")), features);
  std::erase_if(used,
                [&](const auto& name) { return std::ranges::find(named_features, name) != named_features.end(); });
  if (used.empty()) return;
  std::erase_if(features, [&](const auto& name) { return std::ranges::find(used, name) != used.end(); });
  log.warnings.push_back(
      fmt::format("{} {} part of the failure rule and no feature; name it in --features to search it all the same",
                  fmt::join(used, ", "), used.size() == 1 ? "is" : "are"));
}

}  // namespace errata::engine
