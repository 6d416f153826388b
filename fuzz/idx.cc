// idx files, packed and not: the first two bytes say how many of the rest are the images.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "errata/image/images.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata;
  if (size < 2) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t middle = std::min<std::size_t>(rest.size(), std::size_t{data[0]} * 256 + data[1]);
  const fuzz::MemoryFile images(rest.substr(0, middle)), labels(rest.substr(middle));
  const auto set = image::read_idx(images.path(), labels.path());
  if (set) ERRATA_CHECK(set->labels.size() == set->count && set->pixels.size() == set->count * set->image_size());
  return 0;
}
