// Tokens of texts for clip_tokens.py. Usage: clip_tokens MERGES [VOCABULARY]; a text a line in hexadecimal digits on
// standard input, its numbers with start and end on standard output.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <optional>
#include <span>
#include <string>

#include "errata/base/atomic_file.h"
#include "errata/tokenizer/clip_tokenizer.h"

int main(int count, char** arguments) {
  using namespace errata;
  using namespace errata::tokenizer;
  if (count < 2) return 2;
  const std::string merges = read_file(arguments[1]).value();
  std::string json;
  std::optional<NamedText> vocabulary;
  if (count > 2) {
    json = read_file(arguments[2]).value();
    vocabulary = NamedText{.content = json, .place = arguments[2]};
  }
  const auto tokenizer = ClipTokenizer::make({.content = merges, .place = arguments[1]}, vocabulary);
  if (!tokenizer) {
    fmt::print(stderr, "{}\n", tokenizer.error().message);
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) {
    std::string text;
    for (std::size_t i = 0; i + 1 < line.size(); i += 2)
      text += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
    const ClipTokens tokens = tokenizer->encode(text);
    fmt::print("{}\n", fmt::join(std::span(tokens.ids).first(tokens.used), " "));
  }
  return 0;
}
