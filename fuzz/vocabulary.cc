// The reader of byte-pair vocabularies: the first byte says how much of the rest is a vocab.json. What is read encodes.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "errata/tokenizer/clip_tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata;
  using namespace errata::tokenizer;
  if (size == 0) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t json = all.size() * data[0] / 255;
  std::optional<NamedText> vocabulary;
  if (data[0] > 0) vocabulary = NamedText{.content = all.substr(0, json), .place = "vocab.json"};
  const auto made = ClipTokenizer::make({.content = all.substr(json), .place = "merges.txt"}, vocabulary);
  if (!made) return 0;
  const ClipTokens tokens = made->encode(all, 16);
  ERRATA_CHECK(tokens.ids.size() == 16 && tokens.used >= 2 && tokens.used <= 16);
  ERRATA_CHECK(std::ranges::all_of(tokens.ids, [&](std::int64_t id) { return id >= 0 && id < made->size(); }));
  return 0;
}
