// config.json of language models: what is read is written and read again the same.
#include <cstdint>
#include <string_view>

#include "errata/base/error.h"
#include "errata/language/config_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata;
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  (void)language::parse_ends(content, "fuzz");
  const auto config = language::parse_config(content, "fuzz");
  if (!config) return 0;
  const auto again = language::parse_config(language::config_content(*config), "again");
  ERRATA_CHECK(again && *again == *config);
  return 0;
}
