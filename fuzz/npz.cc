// The reader of .npz archives.
#include <cstdint>
#include <string_view>

#include "errata/arrays/npz.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata;
  const fuzz::MemoryFile file({reinterpret_cast<const char*>(data), size});
  const auto npz = arrays::NpzFile::open(file.path());
  if (!npz) return 0;
  for (const auto& name : npz->names()) (void)npz->read(name);
  return 0;
}
