#include "errata/base/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace errata {

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
  const auto problem = [&](int code) {
    return output_error(fmt::format("{}: {}", folder.string(), std::generic_category().message(code)));
  };
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return problem(errno);
  FolderLock lock(opened);
  if (::flock(opened, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return problem(errno);
  return unavailable(
      fmt::format("{}: another process works in this folder; wait for it, or choose another folder", folder.string()));
}

FolderLock::~FolderLock() {
  if (folder_ >= 0) ::close(folder_);
}

}  // namespace errata
