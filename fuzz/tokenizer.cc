// The reader of tokenizer.json: the first byte says how much of the rest is one, the whole is encoded. Of a first byte
// of 0 the rest is a pattern, a line's end and a text that it splits.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "errata/tokenizer/byte_characters.h"
#include "errata/tokenizer/byte_level_tokenizer.h"
#include "errata/tokenizer/tokenizer_json.h"

namespace {

using namespace errata;
using namespace errata::tokenizer;

void split(std::string_view all) {
  const std::size_t line = std::min(all.find('\n'), all.size());
  const auto pattern = SplitPattern::create(all.substr(0, line), "pattern");
  const std::string text = with_replacements(all.substr(line));
  if (!pattern) return;
  std::size_t last = 0;
  (void)pattern->find(text, [&](std::size_t begin, std::size_t end) {
    ERRATA_CHECK(begin >= last && end >= begin && end <= text.size());
    last = end;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 0) {
    split(all);
    return 0;
  }
  const auto vocabulary =
      parse_tokenizer_json({.content = all.substr(0, all.size() * data[0] / 255), .place = "t.json"});
  if (!vocabulary) return 0;
  const auto made = ByteLevelTokenizer::create(*vocabulary, "t.json");
  if (!made) return 0;
  const std::string written = tokenizer_json(*vocabulary);
  ERRATA_CHECK(parse_tokenizer_json({.content = written, .place = "written"}) == *vocabulary);
  const auto tokens = made->encode(all);
  if (!tokens) return 0;
  ERRATA_CHECK(std::ranges::all_of(
      *tokens, [&](std::int32_t id) { return id >= 0 && static_cast<std::size_t>(id) < made->size(); }));
  const std::string text = made->decode(*tokens, true);
  ERRATA_CHECK(text.empty() || (!first_run(text).is_broken && first_run(text).bytes == text.size()));
  return 0;
}
