#include "errata/tokenizer/clip_tokenizer.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "errata/base/utf8.h"
#include "errata/tokenizer/unicode.h"

namespace errata::tokenizer {
namespace {

constexpr const char* kStart = "<|startoftext|>";
constexpr const char* kEnd = "<|endoftext|>";
constexpr char32_t kCapitalDottedI = 0x130, kDotAbove = 0x307;

/// Capitals small, white space as single spaces; broken bytes as they are.
std::string cleaned(std::string_view text) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = first_character(text.substr(at));
    if (character.is_broken())
      clean += text[at];
    else if (kind_of(character.code) != CharacterKind::space)
      append_utf8(clean, character.code == kCapitalDottedI ? U'i' : small_letter(character.code));
    else if (!clean.empty() && clean.back() != ' ')
      clean += ' ';
    if (character.code == kCapitalDottedI) append_utf8(clean, kDotAbove);
    at += character.bytes;
  }
  if (clean.ends_with(' ')) clean.pop_back();
  return clean;
}

/// Bytes of the first part of a cleaned text that does not begin with a space.
std::size_t first_part(std::string_view text) {
  constexpr std::array<std::string_view, 7> kShortened{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
  for (const std::string_view shortened : kShortened)
    if (text.starts_with(shortened)) return shortened.size();
  const Utf8Character first = first_character(text);
  const CharacterKind kind = kind_of(first.code);
  std::size_t end = first.bytes;
  if (kind == CharacterKind::number) return end;
  while (end < text.size()) {
    const Utf8Character next = first_character(text.substr(end));
    if (kind_of(next.code) != kind) break;
    end += next.bytes;
  }
  return end;
}

}  // namespace

Result<ClipTokenizer> ClipTokenizer::make(const NamedText& merges, const std::optional<NamedText>& vocabulary) {
  if (!vocabulary) {
    ERRATA_ASSIGN(BytePairs pairs, BytePairs::from_merges(merges));
    const std::int64_t start = pairs.size();
    return ClipTokenizer(std::move(pairs), start, start + 1, start + 2);
  }
  ERRATA_ASSIGN(BytePairs pairs, BytePairs::from_vocabulary(*vocabulary, merges));
  ERRATA_ASSIGN(const std::int64_t start, pairs.special(kStart));
  ERRATA_ASSIGN(const std::int64_t end, pairs.special(kEnd));
  const std::int64_t size = pairs.size();
  return ClipTokenizer(std::move(pairs), start, end, size);
}

ClipTokens ClipTokenizer::encode(std::string_view text, std::size_t length) const {
  ERRATA_CHECK(length >= 2);
  const std::string clean = cleaned(text);
  std::vector<std::int64_t> ids{start_};
  for (std::string_view rest = clean; !rest.empty();) {
    if (rest.front() == ' ') {
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t part = first_part(rest);
    pairs_.encode(rest.substr(0, part), ids);
    rest.remove_prefix(part);
  }
  ClipTokens tokens{.ids = std::move(ids)};
  tokens.left_out = std::max(tokens.ids.size() + 1, length) - length;
  tokens.ids.resize(std::min(tokens.ids.size(), length - 1));
  tokens.ids.push_back(end_);
  tokens.used = tokens.ids.size();
  tokens.ids.resize(length);
  return tokens;
}

}  // namespace errata::tokenizer
