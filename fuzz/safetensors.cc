// The reader of .safetensors files: what it reads lies where it says, and floats that are written again read the same.
#include <cstdint>
#include <string>

#include "errata/arrays/safetensors.h"
#include "errata/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata;
  const auto file = arrays::parse_safetensors(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
  if (!file) return 0;
  std::size_t bytes = 0;
  for (const arrays::SafetensorEntry& entry : file->entries) {
    bytes += entry.bytes;
    ERRATA_CHECK(entry.start + entry.bytes <= size && file->find(entry.name) == &entry);
    const auto values = file->floats(entry.name, entry.shape);
    if (!values) continue;
    ERRATA_CHECK(values->size() == entry.size());
    const arrays::FloatTensor tensor{.name = entry.name, .shape = entry.shape, .values = *values};
    const auto again = arrays::parse_safetensors(arrays::safetensors_content({&tensor, 1}), "again");
    ERRATA_CHECK(again && again->entries[0].bytes == 4 * values->size());
  }
  ERRATA_CHECK(bytes <= size);
  return 0;
}
