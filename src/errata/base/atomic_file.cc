// Renaming a finished file over the old one is atomic; everything else here is about what can go wrong around it.
//
// A crash leaves a temporary file. Its name begins with ".errata-" and a checksum of the final name, and it is locked
// (flock) while somebody writes it, so the next writer of the same name can tell what was left from what is being
// written: it removes those that it can lock. Between making a file and locking it somebody else may have removed it:
// the writer looks whether the name still means its file and otherwise takes another.
//
// A signal ends a program between two instructions; the handler may only use memory that is always there. So the paths
// of unfinished files also stand in fixed slots.
#include "errata/base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fstream>
#include <random>
#include <system_error>
#include <utility>

#include "errata/base/checksum.h"

namespace errata {
namespace {

namespace fs = std::filesystem;

enum class Slot : std::uint8_t { free, filling, used };
struct SlotPath {
  std::atomic<Slot> state{Slot::free};
  std::array<char, PATH_MAX> path{};
};
std::array<SlotPath, UnfinishedFile::kMost> unfinished;

std::size_t take_slot(const std::string& path) {
  if (path.size() >= PATH_MAX) return UnfinishedFile::kMost;
  for (std::size_t s = 0; s < unfinished.size(); ++s) {
    Slot expected = Slot::free;
    if (!unfinished[s].state.compare_exchange_strong(expected, Slot::filling)) continue;
    std::memcpy(unfinished[s].path.data(), path.c_str(), path.size() + 1);
    unfinished[s].state = Slot::used;
    return s;
  }
  return UnfinishedFile::kMost;
}

std::unexpected<Error> cannot_write(const fs::path& place, std::string_view why) {
  return output_error(fmt::format("{}: cannot be written: {}", place.string(), why));
}

/// Thread-safe, unlike std::strerror.
std::string last_error() { return std::generic_category().message(errno); }

/// An open file, closed at its end.
class OpenPlace {
 public:
  OpenPlace(const fs::path& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  OpenPlace(const OpenPlace&) = delete;
  OpenPlace& operator=(const OpenPlace&) = delete;
  ~OpenPlace() {
    if (is_open()) ::close(number_);
  }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

/// What the temporary files of a place begin with.
std::string temporary_prefix(const fs::path& place) {
  return fmt::format(".errata-{:016x}-", checksum(place.filename().string()));
}

bool is_file_at(int file, const fs::path& path) {
  struct stat opened{}, named{};
  return ::fstat(file, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

/// Removes temporary files of a place that nobody writes any more.
void remove_leftovers(const fs::path& folder, const std::string& prefix) {
  std::error_code ignored;
  for (fs::directory_iterator at(folder, ignored), end; !ignored && at != end; at.increment(ignored)) {
    if (!at->path().filename().string().starts_with(prefix)) continue;
    const OpenPlace file(at->path(), O_RDONLY | O_NOFOLLOW);
    if (file.is_open() && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(at->path().c_str());
  }
}

/// A new, locked file in a folder. @return its descriptor, or -1 with errno
int make_locked(const fs::path& folder, const std::string& prefix, const std::string& extension, fs::path& path) {
  std::random_device random;  // a name, not a number that a result depends on
  for (int attempt = 0; attempt < 100; ++attempt) {
    path = folder / fmt::format("{}{:08x}{}", prefix, random(), extension);
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file < 0 && errno == EEXIST) continue;
    if (file < 0) return -1;
    if (::flock(file, LOCK_EX) == 0 && is_file_at(file, path)) return file;
    ::close(file);
  }
  errno = EEXIST;
  return -1;
}

/// Follows symbolic links, also to what is not there yet.
fs::path behind_links(fs::path place) {
  std::error_code error;
  for (int depth = 0; depth < 40 && fs::is_symlink(place, error); ++depth) {
    const fs::path target = fs::read_symlink(place, error);
    if (error) break;
    place = target.is_absolute() ? target : place.parent_path() / target;
  }
  return place;
}

/// Pipes, devices, and the names under which the kernel hands out open files.
bool is_written_to(const fs::path& place) {
  std::error_code error;
  const fs::file_status status = fs::status(place, error);
  const std::string text = place.string();
  return fs::exists(status) &&
         (!fs::is_regular_file(status) || text.starts_with("/dev/") || text.starts_with("/proc/"));
}

/// Flushes a folder, so that a new name in it outlives a power cut. Some file systems cannot, which is no error.
void flush_folder(const fs::path& folder) {
  const OpenPlace opened(folder, O_RDONLY | O_DIRECTORY);
  if (opened.is_open()) ::fsync(opened.get());
}

/// What says of which kind a file is: ".csv.gz", not ".gz" alone.
std::string extension_of(const fs::path& place) {
  const std::string last = place.extension().string();
  return last == ".gz" ? place.stem().extension().string() + last : last;
}

fs::path folder_of(const fs::path& place) { return place.has_parent_path() ? place.parent_path() : fs::path("."); }

/// The permissions of the file that is replaced.
Result<void> take_permissions(const fs::path& place, int file) {
  struct stat old{};
  if (::stat(place.c_str(), &old) != 0) {
    if (errno == ENOENT) return {};
    return cannot_write(place, last_error());
  }
  if (::access(place.c_str(), W_OK) != 0) return cannot_write(place, last_error());
  ::fchmod(file, old.st_mode & 07777);
  return {};
}

}  // namespace

UnfinishedFile::UnfinishedFile(fs::path path) : path_(std::move(path)), slot_(take_slot(path_.string())) {}

UnfinishedFile::UnfinishedFile(UnfinishedFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), slot_(std::exchange(other.slot_, kMost)) {}

UnfinishedFile& UnfinishedFile::operator=(UnfinishedFile&& other) noexcept {
  if (this != &other) {
    discard();
    path_ = std::exchange(other.path_, {});
    slot_ = std::exchange(other.slot_, kMost);
  }
  return *this;
}

UnfinishedFile::~UnfinishedFile() { discard(); }

void UnfinishedFile::keep() noexcept {
  if (slot_ < kMost) unfinished[slot_].state = Slot::free;
  slot_ = kMost;
  path_.clear();
}

void UnfinishedFile::discard() noexcept {
  std::error_code ignored;
  if (!path_.empty()) fs::remove(path_, ignored);
  keep();
}

void remove_unfinished_files() noexcept {
  for (const SlotPath& slot : unfinished)
    if (slot.state == Slot::used) ::unlink(slot.path.data());
  for (const SlotPath& slot : unfinished)
    if (slot.state == Slot::used) ::rmdir(slot.path.data());  // folders, once they are empty
}

AtomicFile::AtomicFile(fs::path place, UnfinishedFile temporary, int lock, bool replaces)
    : place_(std::move(place)), temporary_(std::move(temporary)), lock_(lock), replaces_(replaces) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : place_(std::move(other.place_)),
      temporary_(std::move(other.temporary_)),
      lock_(std::exchange(other.lock_, -1)),
      replaces_(other.replaces_) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    temporary_ = std::move(other.temporary_);  // removed while it is still locked
    unlock();
    place_ = std::move(other.place_);
    lock_ = std::exchange(other.lock_, -1);
    replaces_ = other.replaces_;
  }
  return *this;
}

AtomicFile::~AtomicFile() {
  temporary_ = UnfinishedFile();
  unlock();
}

void AtomicFile::unlock() noexcept {
  if (lock_ >= 0) ::close(std::exchange(lock_, -1));
}

Result<AtomicFile> AtomicFile::create(fs::path place) {
  std::error_code error;
  if (place.empty()) return output_error("an output path is empty");
  if (fs::is_directory(place, error)) return cannot_write(place, "it is a directory");
  struct stat there{};
  if (::lstat(place.c_str(), &there) != 0 && errno != ENOENT) return cannot_write(place, last_error());

  const bool replaces = !is_written_to(place);
  if (replaces) place = behind_links(std::move(place));
  const fs::path folder = replaces ? folder_of(place) : fs::temp_directory_path(error);
  if (folder.empty()) return cannot_write(place, "there is no folder for temporary files: " + error.message());
  const std::string prefix = temporary_prefix(place);
  remove_leftovers(folder, prefix);
  fs::path path;
  const int file = make_locked(folder, prefix, extension_of(place), path);
  if (file < 0) return cannot_write(place, last_error());
  AtomicFile made(std::move(place), UnfinishedFile(std::move(path)), file, replaces);
  if (replaces) ERRATA_TRY(take_permissions(made.place_, file));
  return made;
}

Result<void> AtomicFile::write(std::string_view content) const {
  std::ofstream stream(temporary_.path(), std::ios::binary | std::ios::trunc);
  stream.write(content.data(), static_cast<std::streamsize>(content.size()));
  stream.close();
  if (!stream) return cannot_write(place_, last_error());
  return {};
}

Result<void> AtomicFile::remove_old() const {
  if (!replaces_) return {};
  if (::unlink(place_.c_str()) != 0 && errno != ENOENT) return cannot_write(place_, last_error());
  flush_folder(folder_of(place_));
  return {};
}

Result<void> AtomicFile::rename() const {
  // By its name: a library that wrote it may have put another file there.
  const OpenPlace file(temporary_.path(), O_RDONLY);
  if (!file.is_open() || ::fsync(file.get()) != 0) return cannot_write(place_, last_error());
  if (::rename(temporary_.path().c_str(), place_.c_str()) != 0) return cannot_write(place_, last_error());
  flush_folder(folder_of(place_));
  return {};
}

Result<void> AtomicFile::copy() const {
  const OpenPlace from(temporary_.path(), O_RDONLY);
  const OpenPlace to(place_, O_WRONLY | O_NOCTTY);
  if (!from.is_open() || !to.is_open()) return cannot_write(place_, last_error());
  std::array<char, 65'536> buffer{};
  while (true) {
    const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
    if (count == 0) return {};
    if (count < 0) return cannot_write(place_, last_error());
    for (ssize_t done = 0; done < count;) {
      const ssize_t written = ::write(to.get(), buffer.data() + done, static_cast<std::size_t>(count - done));
      if (written >= 0) {
        done += written;
      } else if (errno == EPIPE) {
        return {};  // a reader that went away has what it wanted
      } else if (errno != EINTR) {
        return cannot_write(place_, last_error());
      }
    }
  }
}

Result<void> AtomicFile::commit() {
  ERRATA_CHECK(!temporary_.path().empty());
  if (replaces_) {
    ERRATA_TRY(rename());
    temporary_.keep();
  } else {
    ERRATA_TRY(copy());
    temporary_ = UnfinishedFile();
  }
  unlock();
  return {};
}

Result<void> write_file(const fs::path& place, std::string_view content) {
  ERRATA_ASSIGN(AtomicFile file, AtomicFile::create(place));
  ERRATA_TRY(file.write(content));
  return file.commit();
}

Result<std::string> read_file(const fs::path& place, std::size_t at_most) {
  std::error_code error;
  if (fs::is_directory(place, error)) return data_error(fmt::format("{}: is a directory, not a file", place.string()));
  if (fs::is_character_file(place, error))
    return data_error(fmt::format("{}: is a device, not a file", place.string()));
  std::ifstream stream(place, std::ios::binary);
  if (!stream) return data_error(fmt::format("{}: cannot be read: {}", place.string(), last_error()));
  std::string content;
  std::array<char, 65'536> buffer{};
  while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0) {
    if (content.size() + static_cast<std::size_t>(stream.gcount()) > at_most)
      return data_error(fmt::format("{}: is larger than {} bytes", place.string(), at_most));
    content.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return data_error(fmt::format("{}: cannot be read: {}", place.string(), last_error()));
  return content;
}

}  // namespace errata
