#include "errata/tokenizer/byte_level_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "errata/base/utf8.h"
#include "errata/tokenizer/byte_characters.h"
#include "errata/tokenizer/normal_form.h"

namespace errata::tokenizer {
namespace {

constexpr std::size_t kMostTokens = std::size_t{1} << 22;
constexpr std::size_t kMostAddedBytes = 1024;

std::size_t size_of(const ByteLevelVocabulary& vocabulary) {
  std::size_t size = vocabulary.tokens.size();
  for (const AddedToken& token : vocabulary.added) size = std::max(size, static_cast<std::size_t>(token.number) + 1);
  return size;
}

Result<void> check_added(const ByteLevelVocabulary& vocabulary, std::string_view place) {
  TextMap<std::int32_t> numbers;
  std::unordered_map<std::int32_t, std::string> contents;
  for (const AddedToken& token : vocabulary.added) {
    const auto refused = [&](const std::string& why) {
      return data_error(fmt::format("{}: added token \"{}\": {}", place, shown(token.content), why));
    };
    if (token.content.empty() || token.content.size() > kMostAddedBytes)
      return refused(fmt::format("its name has {} bytes, not 1 to {}", token.content.size(), kMostAddedBytes));
    if (token.number < 0 || static_cast<std::size_t>(token.number) >= kMostTokens)
      return refused(fmt::format("its number {} is not in 0 to {}", token.number, kMostTokens - 1));
    ERRATA_TRY(check_text({.content = token.content, .place = place}, kMostAddedBytes));
    if (!numbers.emplace(token.content, token.number).second) return refused("stands twice");
    if (const auto [other, is_new] = contents.emplace(token.number, token.content); !is_new)
      return refused(fmt::format("has the number {}, as \"{}\" has", token.number, shown(other->second)));
    const auto place_in_tokens = static_cast<std::size_t>(token.number);
    if (place_in_tokens < vocabulary.tokens.size() && !vocabulary.tokens[place_in_tokens].empty() &&
        vocabulary.tokens[place_in_tokens] != token.content)
      return refused(fmt::format("has the number {}, as the token \"{}\" has", token.number,
                                 shown(vocabulary.tokens[place_in_tokens])));
  }
  return {};
}

Result<void> check_tokens(const ByteLevelVocabulary& vocabulary, std::string_view place) {
  if (vocabulary.tokens.empty() || vocabulary.tokens.size() > kMostTokens)
    return data_error(fmt::format("{}: {} tokens, not 1 to {}", place, vocabulary.tokens.size(), kMostTokens));
  TextMap<std::size_t> numbers;
  numbers.reserve(vocabulary.tokens.size());
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    if (vocabulary.tokens[i].empty()) continue;
    if (const auto [other, is_new] = numbers.emplace(vocabulary.tokens[i], i); !is_new)
      return data_error(
          fmt::format("{}: the token \"{}\" has two numbers, {} and {}", place, shown(other->first), other->second, i));
  }
  for (const AddedToken& token : vocabulary.added)
    if (const auto found = numbers.find(token.content);
        found != numbers.end() && found->second != static_cast<std::size_t>(token.number))
      return data_error(fmt::format("{}: added token \"{}\": has the number {}, and as a token {}", place,
                                    shown(token.content), token.number, found->second));
  return {};
}

Result<void> check_merges(const ByteLevelVocabulary& vocabulary, std::string_view place) {
  const std::size_t size = vocabulary.tokens.size();
  const auto is_token = [&](std::int32_t number) { return number >= 0 && static_cast<std::size_t>(number) < size; };
  const auto token = [&](std::int32_t number) -> const std::string& {
    return vocabulary.tokens[static_cast<std::size_t>(number)];
  };
  for (std::size_t i = 0; i < vocabulary.merges.size(); ++i) {
    const PairMerge& merge = vocabulary.merges[i];
    if (!is_token(merge.left) || !is_token(merge.right) || !is_token(merge.product) || token(merge.left).empty() ||
        token(merge.right).empty())
      return data_error(fmt::format("{}: merge {} is not of three tokens", place, i));
    if (token(merge.product) != token(merge.left) + token(merge.right))
      return data_error(fmt::format("{}: merge {} makes \"{}\" of \"{}\" and \"{}\"", place, i,
                                    shown(token(merge.product)), shown(token(merge.left)), shown(token(merge.right))));
  }
  return {};
}

Result<void> check_numbers(const ByteLevelVocabulary& vocabulary, std::string_view place) {
  const std::size_t size = size_of(vocabulary);
  std::vector<std::int32_t> numbers = vocabulary.before;
  numbers.insert(numbers.end(), vocabulary.after.begin(), vocabulary.after.end());
  if (vocabulary.unknown) numbers.push_back(*vocabulary.unknown);
  for (const std::int32_t number : numbers)
    if (number < 0 || static_cast<std::size_t>(number) >= size)
      return data_error(
          fmt::format("{}: token {} around a text or for what is unknown is not in 0 to {}", place, number, size - 1));
  return {};
}

std::vector<AddedToken> added_of(const ByteLevelVocabulary& vocabulary, bool to_normalized) {
  std::vector<AddedToken> tokens;
  for (AddedToken token : vocabulary.added) {
    if (token.is_normalized != to_normalized) continue;
    if (to_normalized && vocabulary.composes) token.content = composed(token.content);
    tokens.push_back(std::move(token));
  }
  return tokens;
}

/// Bytes, at least one, that begin a character and break off, at the beginning of a text that begins broken.
std::size_t broken_beginning(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned lead = byte(0);
  const std::size_t bytes = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : 1;
  const unsigned least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (bytes == 1 || byte(1) < least || byte(1) > most) return 1;
  return bytes == 4 && byte(2) >= 0x80 && byte(2) <= 0xBF ? 3 : 2;
}

}  // namespace

std::string with_replacements(std::string_view bytes) {
  constexpr char32_t kReplacement = 0xFFFD;
  std::string text;
  while (!bytes.empty()) {
    const Utf8Run run = first_run(bytes);
    if (run.is_broken)
      append_utf8(text, kReplacement);
    else
      text += bytes.substr(0, run.bytes);
    bytes.remove_prefix(run.is_broken ? broken_beginning(bytes) : run.bytes);
  }
  return text;
}

ByteLevelTokenizer::ByteLevelTokenizer(ByteLevelVocabulary vocabulary, std::string_view place,
                                       PreTokenizer pre_tokenizer)
    : vocabulary_(std::move(vocabulary)),
      place_(place),
      pre_tokenizer_(std::move(pre_tokenizer)),
      added_(added_of(vocabulary_, false)),
      added_to_normalized_(added_of(vocabulary_, true)) {}

Result<ByteLevelTokenizer> ByteLevelTokenizer::create(ByteLevelVocabulary vocabulary, std::string_view place) {
  ERRATA_TRY(check_added(vocabulary, place));
  ERRATA_TRY(check_tokens(vocabulary, place));
  ERRATA_TRY(check_merges(vocabulary, place));
  ERRATA_TRY(check_numbers(vocabulary, place));
  ERRATA_ASSIGN(auto pre_tokenizer, PreTokenizer::create(vocabulary.splitting, place));
  ByteLevelTokenizer made(std::move(vocabulary), place, std::move(pre_tokenizer));
  made.merges_.reserve(made.vocabulary_.merges.size());
  for (const PairMerge& merge : made.vocabulary_.merges)
    if (!made.merges_.add(merge))
      return data_error(fmt::format("{}: \"{}\" and \"{}\" are merged twice", place,
                                    shown(made.vocabulary_.tokens[static_cast<std::size_t>(merge.left)]),
                                    shown(made.vocabulary_.tokens[static_cast<std::size_t>(merge.right)])));
  made.take_tokens();
  made.take_words();
  return made;
}

void ByteLevelTokenizer::take_tokens() {
  bytes_.resize(size_of(vocabulary_));
  is_special_.resize(bytes_.size());
  byte_tokens_.fill(-1);
  for (std::size_t i = 0; i < vocabulary_.tokens.size(); ++i) {
    const std::string& token = vocabulary_.tokens[i];
    bytes_[i] = bytes_of_characters(token).value_or(token);
    if (bytes_[i].size() == 1 && byte_characters().text[static_cast<std::uint8_t>(bytes_[i].front())] == token)
      byte_tokens_[static_cast<std::uint8_t>(bytes_[i].front())] = static_cast<std::int32_t>(i);
  }
  for (const bool normalized : {false, true})
    for (const AddedToken& token : added_of(vocabulary_, normalized)) {
      bytes_[static_cast<std::size_t>(token.number)] = token.content;
      is_special_[static_cast<std::size_t>(token.number)] = token.is_special;
    }
}

void ByteLevelTokenizer::take_words() {
  std::vector<std::int32_t> symbols;
  for (std::size_t i = 0; i < vocabulary_.tokens.size(); ++i) {
    const auto bytes = bytes_of_characters(vocabulary_.tokens[i]);
    if (!bytes || bytes->empty()) continue;
    const auto number = static_cast<std::int32_t>(i);
    if (!vocabulary_.ignores_merges) {
      symbols.clear();
      for (const char c : *bytes) symbols.push_back(byte_tokens_[static_cast<std::uint8_t>(c)]);
      if (std::ranges::find(symbols, -1) != symbols.end()) continue;
      merges_.merge(symbols);
      if (symbols != std::vector{number}) continue;
    }
    words_.emplace(*bytes, number);
  }
}

void ByteLevelTokenizer::encode_piece(std::string_view piece, std::vector<std::int32_t>& tokens) const {
  if (const auto found = words_.find(piece); found != words_.end()) {
    tokens.push_back(found->second);
    return;
  }
  std::vector<std::int32_t> symbols;
  symbols.reserve(piece.size());
  for (const char c : piece) {
    const auto byte = static_cast<std::uint8_t>(c);
    const std::int32_t token = byte_tokens_[byte] >= 0 ? byte_tokens_[byte] : vocabulary_.unknown.value_or(-1);
    if (token >= 0) symbols.push_back(token);
  }
  merges_.merge(symbols);
  tokens.insert(tokens.end(), symbols.begin(), symbols.end());
}

Result<void> ByteLevelTokenizer::encode_between(std::string_view text, std::vector<std::int32_t>& tokens) const {
  Pieces pieces;
  ERRATA_TRY(pre_tokenizer_.split(text, pieces));
  for (const std::string_view piece : pieces.pieces) encode_piece(piece, tokens);
  return {};
}

Result<void> ByteLevelTokenizer::encode_characters(std::string_view text, std::vector<std::int32_t>& tokens) const {
  const auto on_token = [&](std::int32_t token) { tokens.push_back(token); };
  const auto between = [&](std::string_view rest) { return encode_between(rest, tokens); };
  return added_.walk(
      text,
      [&](std::string_view rest) -> Result<void> {
        if (!vocabulary_.composes || is_surely_composed(rest))
          return added_to_normalized_.walk(rest, between, on_token);
        const std::string normalized = composed(rest);
        return added_to_normalized_.walk(normalized, between, on_token);
      },
      on_token);
}

Result<std::vector<std::int32_t>> ByteLevelTokenizer::encode(std::string_view text) const {
  std::vector<std::int32_t> tokens;
  tokens.reserve(text.size() / 3);
  while (!text.empty()) {
    const Utf8Run run = first_run(text);
    const std::string_view part = text.substr(0, run.bytes);
    if (run.is_broken)
      encode_piece(part, tokens);
    else
      ERRATA_TRY(encode_characters(part, tokens));
    text.remove_prefix(run.bytes);
  }
  return tokens;
}

std::string ByteLevelTokenizer::bytes_of(std::span<const std::int32_t> tokens, bool with_special) const {
  std::string bytes;
  for (const std::int32_t token : tokens) {
    const auto number = static_cast<std::size_t>(token);
    if (token < 0 || number >= bytes_.size() || (is_special_[number] && !with_special)) continue;
    bytes += bytes_[number];
  }
  return bytes;
}

std::string ByteLevelTokenizer::decode(std::span<const std::int32_t> tokens, bool with_special) const {
  return with_replacements(bytes_of(tokens, with_special));
}

std::optional<std::int32_t> ByteLevelTokenizer::number_of(std::string_view token) const {
  for (const AddedToken& one : vocabulary_.added)
    if (one.content == token) return one.number;
  const auto found = std::ranges::find(vocabulary_.tokens, token);
  if (token.empty() || found == vocabulary_.tokens.end()) return std::nullopt;
  return static_cast<std::int32_t>(found - vocabulary_.tokens.begin());
}

}  // namespace errata::tokenizer
