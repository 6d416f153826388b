#include "errata/base/command_words.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace errata {
namespace {

constexpr std::string_view kBlanks = " \t\r\n", kOfShells = "|&;<>()", kExpanded = "$`";

std::unexpected<Error> needs_a_shell(std::string_view command, char sign) {
  return invalid_argument(
      fmt::format("'{}': no shell runs it, so that {} means nothing; write sh -c '...' or quote it", command, sign));
}

std::unexpected<Error> ends_within(std::string_view command, char sign) {
  return invalid_argument(fmt::format("'{}': it ends behind a {} that wants more", command, sign));
}

/// Takes what stands between quotes, the first of which is at `at`, and leaves `at` on the last.
Result<void> take_quoted(std::string_view command, std::size_t& at, std::string& word) {
  const char quote = command[at];
  for (++at; at < command.size() && command[at] != quote; ++at) {
    if (quote == '"' && kExpanded.contains(command[at])) return needs_a_shell(command, command[at]);
    const bool protects = quote == '"' && command[at] == '\\' && at + 1 < command.size() &&
                          std::string_view("$`\"\\\n").contains(command[at + 1]);
    if (protects && command[++at] == '\n') continue;
    word += command[at];
  }
  if (at >= command.size()) return ends_within(command, quote);
  return {};
}

}  // namespace

Result<std::vector<std::string>> split_command(std::string_view command) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  for (std::size_t at = 0; at < command.size(); ++at) {
    const char sign = command[at];
    if (kBlanks.contains(sign)) {
      if (word) words.push_back(*std::exchange(word, std::nullopt));
      continue;
    }
    if (!word) word.emplace();
    if (sign == '\'' || sign == '"') {
      ERRATA_TRY(take_quoted(command, at, *word));
    } else if (sign == '\\') {
      if (++at == command.size()) return ends_within(command, sign);
      if (command[at] != '\n') *word += command[at];
    } else if (kOfShells.contains(sign) || kExpanded.contains(sign)) {
      return needs_a_shell(command, sign);
    } else {
      *word += sign;
    }
  }
  if (word) words.push_back(*std::move(word));
  if (words.empty()) return invalid_argument("a command of no words");
  return words;
}

}  // namespace errata
