#include "errata/tokenizer/normal_form.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/utf8.h"

namespace errata::tokenizer {
namespace {

struct Inert {
  char32_t first, last;
};

/// Characters that NFC leaves alone whatever stands beside them.
constexpr std::array<Inert, 7> kInert{{{.first = 0, .last = 0x2FF},
                                       {.first = 0x400, .last = 0x482},
                                       {.first = 0x2010, .last = 0x2027},
                                       {.first = 0x3041, .last = 0x3096},
                                       {.first = 0x30A1, .last = 0x30FA},
                                       {.first = 0x3400, .last = 0x9FFF},
                                       {.first = 0x1F300, .last = 0x1FAFF}}};

int combining_class(std::int32_t code) { return utf8proc_get_property(code)->combining_class; }

/// Marks in their canonical order, which utf8proc would find in quadratic time.
void put_in_order(std::vector<std::int32_t>& codes) {
  for (auto begin = codes.begin(); begin != codes.end();) {
    if (combining_class(*begin) == 0) {
      ++begin;
      continue;
    }
    const auto end = std::find_if(begin, codes.end(), [](std::int32_t code) { return combining_class(code) == 0; });
    std::ranges::stable_sort(begin, end, {}, combining_class);
    begin = end;
  }
}

}  // namespace

bool is_surely_composed(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const Utf8Character character = first_character(text.substr(at));
    const auto holds = [&](const Inert& one) { return character.code >= one.first && character.code <= one.last; };
    if (!std::ranges::any_of(kInert, holds)) return false;
    at += character.bytes;
  }
  return true;
}

std::string composed(std::string_view text) {
  if (is_surely_composed(text)) return std::string(text);
  constexpr std::size_t kLongest = 8;  // of a decomposed character
  constexpr auto kDecompose = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
  std::vector<std::int32_t> codes;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = first_character(text.substr(at));
    at += character.bytes;
    std::array<std::int32_t, kLongest> parts{};
    int last = 0;
    const auto size =
        utf8proc_decompose_char(static_cast<std::int32_t>(character.code), parts.data(), kLongest, kDecompose, &last);
    ERRATA_CHECK(size >= 0 && static_cast<std::size_t>(size) <= kLongest);
    codes.insert(codes.end(), parts.begin(), parts.begin() + size);
  }
  put_in_order(codes);
  const auto size = utf8proc_normalize_utf32(codes.data(), static_cast<utf8proc_ssize_t>(codes.size()),
                                             static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  ERRATA_CHECK(size >= 0);
  std::string out;
  for (utf8proc_ssize_t i = 0; i < size; ++i)
    append_utf8(out, static_cast<char32_t>(codes[static_cast<std::size_t>(i)]));
  return out;
}

}  // namespace errata::tokenizer
