// The parser of .npy files: what it reads, it writes and reads again.
#include <cstdint>
#include <string_view>

#include "errata/arrays/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata;
  const auto array = arrays::parse_npy({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!array) return 0;
  ERRATA_CHECK(array->floats().size() == array->size());
  (void)array->integers("fuzz");
  const auto again = arrays::parse_npy(arrays::npy_content(*array), "again");
  ERRATA_CHECK(again && again->shape == array->shape && again->bytes == array->bytes);
  return 0;
}
