#include "errata/base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace errata {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> cannot_write(const fs::path& place, std::string_view why) {
  return output_error(fmt::format("{}: cannot be written: {}", place.string(), why));
}

/// Thread-safe, unlike std::strerror.
std::string last_error() { return std::generic_category().message(errno); }

}  // namespace

AtomicFile::AtomicFile(fs::path place, fs::path temporary)
    : place_(std::move(place)), temporary_(std::move(temporary)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : place_(std::move(other.place_)), temporary_(std::exchange(other.temporary_, {})) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    discard();
    place_ = std::move(other.place_);
    temporary_ = std::exchange(other.temporary_, {});
  }
  return *this;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() noexcept {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove(temporary_, ignored);
  temporary_.clear();
}

Result<AtomicFile> AtomicFile::create(fs::path place) {
  std::error_code error;
  if (place.empty()) return output_error("an output path is empty");
  if (fs::is_directory(place, error)) return cannot_write(place, "it is a directory");
  std::string name = "." + place.stem().string() + ".XXXXXX" + place.extension().string();
  std::string path = (place.parent_path() / name).string();
  const int file = ::mkstemps(path.data(), static_cast<int>(place.extension().string().size()));
  if (file < 0) return cannot_write(place, last_error());
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(file, 0666 & ~mask);
  ::close(file);
  return AtomicFile(std::move(place), path);
}

Result<void> AtomicFile::commit() {
  ERRATA_CHECK(!temporary_.empty());
  const int file = ::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return cannot_write(place_, last_error());
  const std::string failure = ::fsync(file) == 0 ? "" : last_error();
  ::close(file);
  if (!failure.empty()) return cannot_write(place_, failure);
  std::error_code error;
  fs::rename(temporary_, place_, error);
  if (error) return cannot_write(place_, error.message());
  temporary_.clear();
  return {};
}

Result<void> write_file(const fs::path& place, std::string_view content) {
  ERRATA_ASSIGN(AtomicFile file, AtomicFile::create(place));
  std::ofstream stream(file.path(), std::ios::binary | std::ios::trunc);
  stream.write(content.data(), static_cast<std::streamsize>(content.size()));
  stream.close();
  if (!stream) return cannot_write(place, last_error());
  return file.commit();
}

Result<std::string> read_file(const fs::path& place) {
  std::error_code error;
  if (fs::is_directory(place, error)) return data_error(fmt::format("{}: is a directory, not a file", place.string()));
  std::ifstream stream(place, std::ios::binary);
  if (!stream) return data_error(fmt::format("{}: cannot be read: {}", place.string(), last_error()));
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

}  // namespace errata
