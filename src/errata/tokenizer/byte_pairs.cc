#include "errata/tokenizer/byte_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "errata/base/json_nesting.h"

namespace errata::tokenizer {
namespace {

constexpr std::string_view kWordEnd = "</w>";
constexpr std::size_t kMostMerges = 49'152 - 256 - 2;  // of CLIP's vocabulary of 49,408
constexpr std::int64_t kNumbersBelow = std::int64_t{1} << 24;

/// The two parts of a line. @return nothing where it is no two parts
std::pair<std::string_view, std::string_view> parts_of(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos) return {};
  return {line.substr(0, space), line.substr(space + 1)};
}

using Numbers = std::unordered_map<std::string, std::int64_t>;

Result<Numbers> parse_numbers(const NamedText& vocabulary) {
  ERRATA_TRY(check_text(vocabulary, kMostVocabularyBytes));
  const auto refused = [&](const std::string& why) { return data_error(fmt::format("{}: {}", vocabulary.place, why)); };
  constexpr std::size_t kDepth = 4;
  const auto json = nests_deeper(vocabulary.content, kDepth)
                        ? nlohmann::json(nlohmann::json::value_t::discarded)
                        : nlohmann::json::parse(vocabulary.content, nullptr, false);
  if (json.is_discarded() || !json.is_object() || json.empty())
    return refused("is no JSON object of tokens and their numbers (vocab.json)");
  Numbers numbers;
  std::unordered_map<std::int64_t, std::string> tokens;
  for (const auto& [token, number] : json.items()) {
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() >= static_cast<std::uint64_t>(kNumbersBelow))
      return refused(fmt::format("the token {} has the number {}, not a whole one from 0 to {}", shown(token),
                                 shown(number.dump(-1, ' ', true)), kNumbersBelow - 1));
    const auto [other, is_new] = tokens.emplace(number.get<std::int64_t>(), token);
    if (!is_new)
      return refused(
          fmt::format("the tokens {} and {} have one number, {}", shown(other->second), shown(token), other->first));
    numbers.emplace(token, other->first);
  }
  return numbers;
}

}  // namespace

Result<void> BytePairs::take_bytes() {
  const ByteCharacters& characters = byte_characters();
  for (std::size_t place = 0; place < characters.order.size(); ++place) {
    const std::uint8_t byte = characters.order[place];
    for (const bool end : {false, true}) {
      const std::string token = characters.text[byte] + std::string(end ? kWordEnd : "");
      auto& number = end ? at_end_[byte] : inside_[byte];
      number = static_cast<std::int64_t>(place + (end ? characters.order.size() : 0));
      if (!has_own_numbers()) continue;
      const auto found = numbers_.find(token);
      if (found == numbers_.end())
        return data_error(fmt::format("{}: has no token {} for byte {}{}; a vocabulary of bytes has all 256", place_,
                                      token, byte, end ? " at the end of a word" : ""));
      number = found->second;
    }
  }
  return {};
}

Result<void> BytePairs::take_merges(const NamedText& merges) {
  ERRATA_TRY(check_text(merges, kMostVocabularyBytes));
  Numbers made;  // what the bytes and the lines so far make
  const ByteCharacters& characters = byte_characters();
  for (std::size_t byte = 0; byte < characters.text.size(); ++byte) {
    made.emplace(characters.text[byte], inside_[byte]);
    made.emplace(characters.text[byte] + std::string(kWordEnd), at_end_[byte]);
  }
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < merges.content.size() && (has_own_numbers() || merges_.size() < kMostMerges);) {
    const std::size_t end = std::min(merges.content.find('\n', at), merges.content.size());
    std::string_view line = merges.content.substr(at, end - at);
    at = end + 1;
    ++line_number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || (line_number == 1 && line.contains("#version"))) continue;
    const auto refused = [&](const std::string& why) {
      return data_error(fmt::format("{}: line {}: {}", merges.place, line_number, why));
    };
    const auto [left, right] = parts_of(line);
    if (left.empty() || right.empty())
      return refused(fmt::format("\"{}\" is no merge, which is two tokens with a space between", shown(line)));
    const auto left_made = made.find(std::string(left)), right_made = made.find(std::string(right));
    if (left_made == made.end() || right_made == made.end())
      return refused(
          fmt::format("{} is made by no byte and no line before", shown(left_made == made.end() ? left : right)));
    const std::string product = std::string(left) + std::string(right);
    std::int64_t number = static_cast<std::int64_t>(made.size());
    if (has_own_numbers()) {
      const auto found = numbers_.find(product);
      if (found == numbers_.end())
        return refused(fmt::format("makes {}, which has no number in {}", shown(product), place_));
      number = found->second;
    }
    if (!made.emplace(product, number).second)
      return refused(fmt::format("makes {}, which is made already", shown(product)));
    ERRATA_CHECK(merges_.add({.left = static_cast<std::int32_t>(left_made->second),
                              .right = static_cast<std::int32_t>(right_made->second),
                              .product = static_cast<std::int32_t>(number)}));
  }
  if (merges_.size() == 0) return data_error(fmt::format("{}: holds no merges, lines of two tokens", merges.place));
  size_ = static_cast<std::int64_t>(made.size());
  for (const auto& [token, number] : numbers_) size_ = std::max(size_, number + 1);
  return {};
}

Result<BytePairs> BytePairs::from_merges(const NamedText& merges) {
  BytePairs pairs;
  pairs.place_ = merges.place;
  ERRATA_TRY(pairs.take_bytes());
  ERRATA_TRY(pairs.take_merges(merges));
  return pairs;
}

Result<BytePairs> BytePairs::from_vocabulary(const NamedText& vocabulary, const NamedText& merges) {
  BytePairs pairs;
  pairs.place_ = vocabulary.place;
  ERRATA_ASSIGN(pairs.numbers_, parse_numbers(vocabulary));
  ERRATA_TRY(pairs.take_bytes());
  ERRATA_TRY(pairs.take_merges(merges));
  return pairs;
}

void BytePairs::encode(std::string_view word, std::vector<std::int64_t>& tokens) const {
  std::vector<std::int32_t> symbols;
  symbols.reserve(word.size());
  for (const char c : word) symbols.push_back(static_cast<std::int32_t>(inside_[static_cast<std::uint8_t>(c)]));
  symbols.back() = static_cast<std::int32_t>(at_end_[static_cast<std::uint8_t>(word.back())]);
  merges_.merge(symbols);
  tokens.insert(tokens.end(), symbols.begin(), symbols.end());
}

Result<std::int64_t> BytePairs::special(const std::string& token) const {
  const auto found = numbers_.find(token);
  if (found == numbers_.end()) return data_error(fmt::format("{}: has no token {}", place_, token));
  return found->second;
}

}  // namespace errata::tokenizer
