#include "errata/language/character_tokenizer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "errata/base/atomic_file.h"

namespace errata::language {
namespace {

constexpr const char* kCharactersSchema = "errata.characters";

}  // namespace

Result<CharacterTokenizer> CharacterTokenizer::create(std::string_view alphabet) {
  if (alphabet.empty()) return invalid_argument("an alphabet without characters");
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    const char c = alphabet[i];
    if (c < ' ' || c > '~')
      return invalid_argument(fmt::format(
          "a model of characters reads printable ASCII alone, and there is byte {:#04x} to read; a model of byte pairs "
          "(--byte-pairs) reads everything",
          static_cast<unsigned char>(c)));
    if (alphabet.find(c) != i) return invalid_argument(fmt::format("'{}' stands twice in the alphabet", c));
  }
  return CharacterTokenizer(alphabet);
}

Result<std::vector<std::int32_t>> CharacterTokenizer::encode(std::string_view text) const {
  std::vector<std::int32_t> tokens;
  for (const char c : text) {
    const std::size_t at = alphabet_.find(c);
    if (at == std::string::npos)
      return data_error(fmt::format("character {:#04x} is not in the model's alphabet '{}'",
                                    static_cast<unsigned char>(c), alphabet_));
    tokens.push_back(static_cast<std::int32_t>(at) + 1);
  }
  return tokens;
}

std::string CharacterTokenizer::decode(std::span<const std::int32_t> tokens) const {
  std::string text;
  for (const std::int32_t token : tokens)
    if (token != kEnd) text += alphabet_.at(static_cast<std::size_t>(token) - 1);
  return text;
}

Result<void> CharacterTokenizer::save(const std::filesystem::path& folder) const {
  const nlohmann::ordered_json json{{"schema", kCharactersSchema}, {"schema_version", 1}, {"characters", alphabet_}};
  return write_file(folder / kCharacterFile, json.dump(2) + "\n");
}

Result<CharacterTokenizer> CharacterTokenizer::load(const std::filesystem::path& folder) {
  constexpr std::size_t kMost = 1 << 12;
  const std::string place = (folder / kCharacterFile).string();
  ERRATA_ASSIGN(const std::string text, read_file(place, kMost));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("schema", nlohmann::json()) != kCharactersSchema ||
      !json.contains("characters") || !json["characters"].is_string())
    return data_error(fmt::format("{}: no alphabet of a model ({})", place, kCharactersSchema));
  auto made = create(json["characters"].get<std::string>());
  if (!made) return data_error(fmt::format("{}: {}", place, made.error().message));
  return made;
}

}  // namespace errata::language
