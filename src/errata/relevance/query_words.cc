#include "errata/relevance/query_words.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "errata/base/edit_distance.h"

namespace errata::relevance {
namespace {

constexpr std::array<std::string_view, 43> kWritingWords{
    "text",        "texts",   "word",   "words",  "letter",      "letters",    "lettering", "writing",  "written",
    "inscription", "sign",    "signs",  "title",  "titles",      "headline",   "headlines", "heading",  "caption",
    "label",       "labels",  "price",  "prices", "read",        "reads",      "say",       "says",     "spell",
    "spelled",     "spelt",   "menu",   "name",   "names",       "transcribe", "plate",     "signpost", "billboard",
    "date",        "address", "slogan", "poster", "handwriting", "subtitle",   "document"};
constexpr std::array<std::string_view, 30> kFaceWords{
    "face",  "faces",    "who",   "whose", "whom",     "person",  "persons",   "people", "man",      "men",
    "woman", "women",    "child", "kid",   "children", "kids",    "boy",       "boys",   "girl",     "girls",
    "lady",  "somebody", "smile", "crowd", "someone",  "smiling", "everybody", "anyone", "portrait", "everyone"};
/// Behind these stands what the target is near, or is not.
constexpr std::array<std::string_view, 23> kAsideWords{"behind", "beside",  "besides", "near",     "nearest",  "next",
                                                       "not",    "without", "except",  "beneath",  "under",    "above",
                                                       "below",  "beyond",  "around",  "against",  "opposite", "than",
                                                       "over",   "between", "ignore",  "ignoring", "no"};
/// Likewise with "of".
constexpr std::array<std::string_view, 8> kAsideOf{"left", "right",   "front",   "top",
                                                   "side", "outside", "instead", "back"};
constexpr std::array<std::string_view, 3> kClauseWords{"and", "or", "but"};
/// That are no names when they begin a sentence, and nothing to look for in what was read.
constexpr std::array<std::string_view, 62> kPlainWords{
    "a",      "an",    "the",   "this",  "that",   "these",   "those",   "what",  "which", "where", "when",
    "how",    "why",   "is",    "are",   "was",    "were",    "does",    "do",    "did",   "can",   "could",
    "will",   "has",   "have",  "there", "it",     "its",     "in",      "on",    "of",    "at",    "for",
    "with",   "by",    "find",  "show",  "tell",   "look",    "give",    "me",    "i",     "you",   "any",
    "all",    "some",  "many",  "much",  "please", "here",    "located", "about", "into",  "look",  "list",
    "locate", "point", "image", "photo", "shown",  "picture", "describe"};

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A piece of a query between spaces, or between quotation marks.
struct QueryPiece {
  std::string_view text;
  bool quoted = false, begins_sentence = false;
  bool ends_clause = false;
};

struct QuotationMarks {
  std::string_view open, close;
};
constexpr std::array<QuotationMarks, 6> kQuotationMarks{QuotationMarks{"\"", "\""},
                                                        {"\xe2\x80\x9c", "\xe2\x80\x9d"},  // “ ”
                                                        {"\xe2\x80\x9e", "\xe2\x80\x9c"},  // „ “
                                                        {"\xc2\xab", "\xc2\xbb"},          // « »
                                                        {"\xe2\x80\x98", "\xe2\x80\x99"},  // ‘ ’
                                                        {"'", "'"}};

/// The quotation that begins here, its marks included; empty where none does.
std::pair<std::string_view, std::size_t> quotation_at(std::string_view query, std::size_t at) {
  for (const auto& marks : kQuotationMarks) {
    if (!query.substr(at).starts_with(marks.open)) continue;
    const std::size_t first = at + marks.open.size(), end = query.find(marks.close, first);
    if (end == std::string_view::npos || end == first) continue;
    return {query.substr(first, end - first), end + marks.close.size()};
  }
  return {};
}

std::vector<QueryPiece> pieces_of(std::string_view query) {
  std::vector<QueryPiece> pieces;
  bool begins = true;
  for (std::size_t at = 0; at < query.size();) {
    if (static_cast<unsigned char>(query[at]) <= ' ') {
      ++at;
      continue;
    }
    if (const auto [quoted, end] = quotation_at(query, at); end != 0) {
      pieces.push_back({.text = quoted, .quoted = true});
      at = end;
      begins = false;
      continue;
    }
    std::size_t end = at;
    while (end < query.size() && static_cast<unsigned char>(query[end]) > ' ') ++end;
    const std::string_view text = query.substr(at, end - at);
    const bool ends_sentence = text.ends_with('.') || text.ends_with('?') || text.ends_with('!');
    const bool ends_clause = ends_sentence || text.ends_with(',') || text.ends_with(';') || text.ends_with(':');
    pieces.push_back({.text = text, .begins_sentence = begins, .ends_clause = ends_clause});
    begins = ends_sentence;
    at = end;
  }
  return pieces;
}

/// Small letter without accent of U+00C0 … U+017F, in turn; a space where there is none, two letters at their code.
constexpr std::string_view kBaseLetters =
    "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty"   // U+00C0 to U+00FF
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"   // U+0100 to U+013F
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";  // U+0140 to U+017F
static_assert(kBaseLetters.size() == 0x180 - 0xC0);

/// The bytes of the character that begins here; one byte where they are not UTF-8.
std::string_view character_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1;
  if (size > text.size() - at) return text.substr(at, 1);
  for (std::size_t i = 1; i < size; ++i)
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return text.substr(at, 1);
  return text.substr(at, size);
}

std::size_t tolerated(const NamedWords& name) { return name.exactly ? 0 : name.text.size() / 4; }

std::string without_spaces(std::string_view text) {
  std::string joined;
  for (const char c : text)
    if (c != ' ') joined += c;
  return joined;
}

std::vector<std::string_view> words_in(std::string_view folded_text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < folded_text.size();) {
    const std::size_t end = std::min(folded_text.find(' ', at), folded_text.size());
    if (end > at) words.push_back(folded_text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

/// Whether the letters of a query say which words are names: not when all are capitals.
bool has_small_letters(std::string_view query) { return std::ranges::any_of(query, is_small); }

/// Adds a piece as a name where it looks like one. @return whether it does
bool add_name(const QueryPiece& piece, const std::string& word, bool mixed_case, std::vector<NamedWords>& named) {
  if (piece.quoted) {
    named.push_back({.text = word});
    return true;
  }
  const bool digit = std::ranges::any_of(piece.text, is_digit);
  const auto capitals = std::ranges::count_if(piece.text, is_capital);
  if (word.size() < 2 || (!digit && (capitals == 0 || !mixed_case)) || is_one_of(word, kPlainWords)) return false;
  named.push_back({.text = word, .exactly = !digit && capitals == 1 && piece.begins_sentence});
  return true;
}

}  // namespace

std::string folded(std::string_view text) {
  std::string made;
  const auto add = [&](char c) {
    if (c != ' ' || (!made.empty() && made.back() != ' ')) made += c;
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view letter = character_at(text, at);
    at += letter.size();
    const char c = letter.front();
    const auto byte = static_cast<unsigned char>(c);
    if (is_capital(c)) {
      add(static_cast<char>(c - 'A' + 'a'));
    } else if (is_small(c) || is_digit(c)) {
      add(c);
    } else if (letter.size() == 2 && byte >= 0xC3 && byte <= 0xC5) {
      const std::size_t code = std::size_t{byte & 0x1FU} << 6U | (static_cast<unsigned char>(letter[1]) & 0x3FU);
      add(kBaseLetters[code - 0xC0]);
    } else if (letter.size() > 1 && byte != 0xC2 && byte != 0xE2) {  // these two begin signs, dashes, quotation marks
      made += letter;
    } else {
      add(' ');
    }
  }
  while (made.ends_with(' ')) made.pop_back();
  return made;
}

QueryWords words_of_query(std::string_view query) {
  QueryWords words;
  const bool mixed_case = has_small_letters(query);
  const auto pieces = pieces_of(query);
  std::string before;
  bool aside = false;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const QueryPiece& piece = pieces[i];
    const std::string word = folded(piece.text);
    if (!piece.quoted && is_one_of(word, kClauseWords)) aside = false;
    if (!piece.quoted && (is_one_of(word, kAsideWords) || (word == "of" && is_one_of(before, kAsideOf)))) aside = true;
    if (!aside && !word.empty()) {
      const bool of = i + 1 < pieces.size() && folded(pieces[i + 1].text) == "of";  // "signs of rust"
      const bool plate = before == "licence" || before == "license" || before == "number";
      const bool writing = !piece.quoted && is_one_of(word, kWritingWords) && (word != "plate" || plate) &&
                           !((word == "sign" || word == "signs") && of);
      const bool faces = !piece.quoted && is_one_of(word, kFaceWords);
      words.asks_for_writing |= writing;
      words.asks_for_faces |= faces;
      const bool named = add_name(piece, word, mixed_case && !writing && !faces, words.named);
      if (!named && !writing && !faces && word.size() >= 4 && !is_one_of(word, kPlainWords))
        words.other.push_back({.text = word, .exactly = true});
    }
    if (piece.ends_clause) aside = false;
    before = word;
  }
  if (!words.asks_for_writing) words.other.clear();
  return words;
}

double likeness(const NamedWords& name, std::string_view line) {
  const std::string wanted = without_spaces(name.text);
  if (wanted.empty()) return 0;
  const std::size_t most = tolerated(name);
  std::size_t fewest = most + 1;
  const auto compare = [&](std::string_view place) {
    const std::size_t longer = std::max(place.size(), wanted.size()), shorter = std::min(place.size(), wanted.size());
    if (longer - shorter < fewest) fewest = std::min(fewest, edit_distance(wanted, place));
  };
  const auto words = words_in(line);
  for (std::size_t first = 0; first < words.size(); ++first) {
    std::string run;
    for (std::size_t i = first; i < words.size() && run.size() < wanted.size() + most; ++i) {
      run += words[i];
      compare(run);
    }
  }
  constexpr std::size_t kLongName = 6;
  if (wanted.size() >= kLongName && !name.exactly) {
    const std::string joined = without_spaces(line);
    for (std::size_t at = 0; at + wanted.size() <= joined.size(); ++at)
      compare(std::string_view(joined).substr(at, wanted.size()));
  }
  return fewest > most ? 0 : 1 - static_cast<double>(fewest) / static_cast<double>(wanted.size());
}

}  // namespace errata::relevance
