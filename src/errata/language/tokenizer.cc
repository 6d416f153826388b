#include "errata/language/tokenizer.h"

#include <utility>

#include "errata/language/character_tokenizer.h"

namespace errata::language {

Result<std::unique_ptr<Tokenizer>> load_tokenizer(const std::filesystem::path& folder) {
  ERRATA_ASSIGN(auto characters, CharacterTokenizer::load(folder));
  return std::make_unique<CharacterTokenizer>(std::move(characters));
}

}  // namespace errata::language
