#include "errata/language/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "errata/language/byte_pair_tokenizer.h"
#include "errata/language/character_tokenizer.h"
#include "errata/language/gguf_tokenizer.h"

namespace errata::language {

Result<std::string> Tokenizer::chat(std::span<const Message>) const {
  return data_error("the tokenizer of this model has no chat template; ask with plain prompts");
}

Result<std::vector<std::int32_t>> prompt_tokens(const Tokenizer& tokenizer, std::string_view prompt) {
  ERRATA_ASSIGN(auto tokens, tokenizer.encode(prompt));
  const auto begin = tokenizer.begin();
  if (!std::ranges::equal(begin, std::span(tokens).first(std::min(begin.size(), tokens.size()))))
    tokens.insert(tokens.begin(), begin.begin(), begin.end());
  return tokens;
}

Result<std::vector<std::int32_t>> question_tokens(const Tokenizer& tokenizer, const std::string& question) {
  if (!tokenizer.has_chat()) return prompt_tokens(tokenizer, question);
  const std::array messages{Message{.role = "user", .content = question}};
  ERRATA_ASSIGN(const std::string prompt, tokenizer.chat(messages));
  return prompt_tokens(tokenizer, prompt);
}

Result<std::unique_ptr<Tokenizer>> load_tokenizer(const std::filesystem::path& folder) {
  const auto is_there = [&](const char* name) {
    std::error_code ignored;
    return std::filesystem::exists(folder / name, ignored);
  };
  if (folder.extension() == ".gguf") {
    ERRATA_ASSIGN(auto pairs, load_gguf_tokenizer(folder));
    return std::make_unique<BytePairTokenizer>(std::move(pairs));
  }
  if (is_there(kCharacterFile)) {
    ERRATA_ASSIGN(auto characters, CharacterTokenizer::load(folder));
    return std::make_unique<CharacterTokenizer>(std::move(characters));
  }
  if (!is_there(kTokenizerFile))
    return data_error(
        fmt::format("{}: has no tokenizer, neither {} nor {}", folder.string(), kTokenizerFile, kCharacterFile));
  ERRATA_ASSIGN(auto pairs, BytePairTokenizer::load(folder));
  return std::make_unique<BytePairTokenizer>(std::move(pairs));
}

}  // namespace errata::language
