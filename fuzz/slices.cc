// Saved slices: JSON from another run or a text editor.
#include <cstdint>
#include <string_view>

#include "errata/slice/saved_slices.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto slices = errata::slice::parse_saved_slices({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!slices) ERRATA_CHECK(slices.error().message.size() < 1000 + size);
  return 0;
}
