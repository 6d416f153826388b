#include "errata/language/gguf_tokenizer.h"

#include <fmt/format.h>

#include <utility>

#include "errata/language/gguf_model.h"
#include "errata/tokenizer/gguf_tokens.h"

namespace errata::language {

Result<BytePairTokenizer> load_gguf_tokenizer(const std::filesystem::path& place) {
  ERRATA_ASSIGN(const arrays::Gguf file, arrays::read_gguf(place));
  ERRATA_ASSIGN(GgufTokenizer said, tokenizer_of(file));
  if (said.model != "gpt2")
    return data_error(fmt::format("{}: tokenizer.ggml.model is '{}', and only gpt2 (byte-level pairs) is read here",
                                  file.place, said.model));
  tokenizer::GgufTokens tokens{.tokens = std::move(said.tokens),
                               .merges = std::move(said.merges),
                               .token_types = {said.types.begin(), said.types.end()},
                               .pre = said.pre,
                               .bos = said.begin,
                               .adds_bos = said.adds_begin};
  TokenizerWords words{
      .ends = ends_of(file, tokens.tokens.size()), .chat_template = std::move(said.chat_template), .begin_name = {}};
  if (words.ends.empty()) return data_error(fmt::format("{}: tokenizer.ggml.eos_token_id names no token", file.place));
  if (said.begin && static_cast<std::size_t>(*said.begin) < tokens.tokens.size())
    words.begin_name = tokens.tokens[static_cast<std::size_t>(*said.begin)];
  ERRATA_ASSIGN(auto vocabulary, tokenizer::gguf_vocabulary(tokens, file.place));
  return BytePairTokenizer::create(std::move(vocabulary), std::move(words), file.place);
}

}  // namespace errata::language
