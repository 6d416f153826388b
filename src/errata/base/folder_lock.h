#pragma once

#include <filesystem>
#include <utility>

#include "errata/base/error.h"

namespace errata {

/// A folder that this process alone works in, until this goes or the process ends, however it ends. It keeps nobody
/// from reading; whoever does not ask for the lock is not kept from writing either. Leaves nothing in the folder.
class FolderLock {
 public:
  /// @param folder  that is there
  /// @return unavailable error naming the folder while another process (or another lock of this one) holds it; output
  ///     error where it cannot be opened
  [[nodiscard]] static Result<FolderLock> take(const std::filesystem::path& folder);
  FolderLock(FolderLock&& other) noexcept : folder_(std::exchange(other.folder_, -1)) {}
  FolderLock& operator=(FolderLock&& other) noexcept {
    std::swap(folder_, other.folder_);
    return *this;
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int folder) : folder_(folder) {}
  int folder_;  ///< descriptor, or -1
};

}  // namespace errata
