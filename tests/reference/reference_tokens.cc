// Tokens of texts for the references beside it. Usage: reference_tokens TOKENIZER.JSON; a text a line in hexadecimal
// digits on standard input; on standard output its numbers, a tab, and the bytes of the decoded numbers in hexadecimal
// digits.
//   reference_tokens --train SIZE PATTERN: texts likewise; a tokenizer.json on standard output.
//   reference_tokens --chat FOLDER: a role and a content by turns; the prompt in hexadecimal digits.
//   reference_tokens --time TOKENIZER.JSON: the same texts; CPU seconds, bytes and tokens of encoding them all, the
//   best of three.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "errata/base/atomic_file.h"
#include "errata/language/tokenizer.h"
#include "errata/tokenizer/byte_level_tokenizer.h"
#include "errata/tokenizer/byte_pair_training.h"
#include "errata/tokenizer/tokenizer_json.h"

namespace {

using namespace errata;
using namespace errata::tokenizer;

std::vector<std::string> texts_of_input() {
  std::vector<std::string> texts;
  for (std::string line; std::getline(std::cin, line);) {
    std::string& text = texts.emplace_back();
    for (std::size_t i = 0; i + 1 < line.size(); i += 2)
      text += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
  }
  return texts;
}

Result<ByteLevelTokenizer> read(const std::string& place) {
  ERRATA_ASSIGN(const std::string content, read_file(place));
  ERRATA_ASSIGN(auto vocabulary, parse_tokenizer_json({.content = content, .place = place}));
  return ByteLevelTokenizer::create(std::move(vocabulary), place);
}

std::string hexadecimal(std::string_view text) {
  std::string hex;
  for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

Result<void> print_tokens(const ByteLevelTokenizer& tokenizer) {
  for (const std::string& text : texts_of_input()) {
    ERRATA_ASSIGN(const auto tokens, tokenizer.encode(text));
    fmt::print("{}\t{}\n", fmt::join(tokens, " "), hexadecimal(tokenizer.decode(tokens)));
  }
  return {};
}

Result<void> print_chat(const std::string& folder) {
  const auto texts = texts_of_input();
  std::vector<language::Message> messages;
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) messages.push_back({.role = texts[i], .content = texts[i + 1]});
  ERRATA_ASSIGN(const auto tokenizer, language::load_tokenizer(folder));
  ERRATA_ASSIGN(const std::string prompt, tokenizer->chat(messages));
  fmt::print("{}\n", hexadecimal(prompt));
  return {};
}

Result<void> print_time(const ByteLevelTokenizer& tokenizer) {
  const auto texts = texts_of_input();
  double best = std::numeric_limits<double>::infinity();
  std::size_t bytes = 0, tokens = 0;
  for (int run = 0; run < 3; ++run) {
    bytes = tokens = 0;
    const std::clock_t start = std::clock();
    for (const std::string& text : texts) {
      ERRATA_ASSIGN(const auto one, tokenizer.encode(text));
      bytes += text.size();
      tokens += one.size();
    }
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  fmt::print("{} {} {}\n", best, bytes, tokens);
  return {};
}

Result<void> print_trained(std::size_t size, std::string_view pattern) {
  Splitting splitting;
  if (pattern.empty())
    splitting.as_gpt2 = true;
  else
    splitting.steps = {{.pattern = std::string(pattern)}};
  ERRATA_ASSIGN(const auto vocabulary, train_byte_pairs(texts_of_input(), {.size = size, .splitting = splitting}));
  fmt::print("{}", tokenizer_json(vocabulary));
  return {};
}

Result<void> run(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[0] == "--train") return print_trained(std::stoul(words[1]), words[2]);
  if (words.size() == 2 && words[0] == "--chat") return print_chat(words[1]);
  const bool timed = words.size() == 2 && words[0] == "--time";
  if (!timed && words.size() != 1) return invalid_argument("reference_tokens [--time] TOKENIZER.JSON");
  ERRATA_ASSIGN(const auto tokenizer, read(words.back()));
  return timed ? print_time(tokenizer) : print_tokens(tokenizer);
}

}  // namespace

int main(int count, char** arguments) {
  const auto done = run({arguments + 1, arguments + count});
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 1;
}
