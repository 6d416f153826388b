#include "errata/arrays/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace errata::arrays {
namespace {

struct Descriptor {
  int number;
  explicit Descriptor(const std::filesystem::path& place) : number(::open(place.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

MappedFile::MappedFile(std::string content) {
  const auto kept = std::make_shared<const std::string>(std::move(content));
  bytes_ = *kept;
  owner_ = kept;
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& place) {
  const auto wrong = [&](const char* why) { return data_error(fmt::format("{}: {}", place.string(), why)); };
  const Descriptor file(place);
  struct stat about{};
  if (file.number < 0 || ::fstat(file.number, &about) != 0) return wrong(std::strerror(errno));
  if (!S_ISREG(about.st_mode)) return wrong("it is no regular file");
  MappedFile mapped;
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size == 0) return mapped;
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (at == MAP_FAILED) return wrong(std::strerror(errno));  // NOLINT(performance-no-int-to-ptr)
  mapped.owner_ =
      std::shared_ptr<const void>(at, [size](const void* from) { ::munmap(const_cast<void*>(from), size); });
  mapped.bytes_ = {static_cast<const char*>(at), size};
  return mapped;
}

}  // namespace errata::arrays
