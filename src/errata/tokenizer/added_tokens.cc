#include "errata/tokenizer/added_tokens.h"

#include <algorithm>

#include "errata/base/utf8.h"

namespace errata::tokenizer {
namespace {

/// Where the white space at the end of a text begins.
std::size_t space_begins(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0) {
    std::size_t at = begin - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
    if (!is_white_space(first_character(text.substr(at)).code)) break;
    begin = at;
  }
  return begin;
}

/// Bytes of white space at the beginning of a text.
std::size_t space_ends(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Character character = first_character(text.substr(at));
    if (!is_white_space(character.code)) break;
    at += character.bytes;
  }
  return at;
}

}  // namespace

bool is_white_space(char32_t code) {
  return code == U' ' || (code >= 0x9 && code <= 0xD) || code == 0x85 || code == 0xA0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F ||
         code == 0x3000;
}

AddedTokens::AddedTokens(const std::vector<AddedToken>& tokens) {
  for (const AddedToken& token : tokens) {
    ERRATA_CHECK(!token.content.empty());
    lengths_[static_cast<unsigned char>(token.content.front())].push_back(token.content.size());
    tokens_.emplace(token.content, token);
  }
  for (auto& lengths : lengths_) {
    std::ranges::sort(lengths, std::ranges::greater());
    const auto again = std::ranges::unique(lengths);
    lengths.erase(again.begin(), again.end());
  }
}

const AddedToken* AddedTokens::at(std::string_view text) const {
  for (const std::size_t length : lengths_[static_cast<unsigned char>(text.front())]) {
    if (length > text.size()) continue;
    const auto found = tokens_.find(text.substr(0, length));
    if (found != tokens_.end()) return &found->second;
  }
  return nullptr;
}

Result<void> AddedTokens::walk(std::string_view text, const std::function<Result<void>(std::string_view)>& on_text,
                               const std::function<void(std::int32_t)>& on_token) const {
  std::size_t done = 0;
  for (std::size_t i = 0; !tokens_.empty() && i < text.size();) {
    const AddedToken* const token = at(text.substr(i));
    if (token == nullptr) {
      ++i;
      continue;
    }
    std::size_t begin = i, end = i + token->content.size();
    i = end;
    if (token->takes_before) begin = std::max(space_begins(text.substr(0, begin)), done);
    if (token->takes_after) end += space_ends(text.substr(end));
    if (begin > done) ERRATA_TRY(on_text(text.substr(done, begin - done)));
    on_token(token->number);
    done = end;
  }
  if (done < text.size()) ERRATA_TRY(on_text(text.substr(done)));
  return {};
}

}  // namespace errata::tokenizer
