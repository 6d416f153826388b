#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "errata/base/error.h"

namespace errata {

/// A file that appears under its name whole or not at all: it is written beside its place and renamed by commit().
/// Without commit() the destructor removes what was written.
///     ERRATA_ASSIGN(auto file, AtomicFile::create("report.html"));
///     ...write to file.path()...
///     ERRATA_TRY(file.commit());
class AtomicFile {
 public:
  /// @return output error naming the path when the folder does not exist, cannot be written, or the place is a folder
  [[nodiscard]] static Result<AtomicFile> create(std::filesystem::path place);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  /// Where to write meanwhile: same folder, same extension, so that a rename is atomic.
  [[nodiscard]] const std::filesystem::path& path() const { return temporary_; }
  /// Flushes to the disk and renames to the final place.
  [[nodiscard]] Result<void> commit();

 private:
  AtomicFile(std::filesystem::path place, std::filesystem::path temporary);
  void discard() noexcept;
  std::filesystem::path place_;
  std::filesystem::path temporary_;
};

/// Writes `content` to `place`, whole or not at all.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& place, std::string_view content);

/// The whole file as bytes, or a data error naming the path.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& place);

}  // namespace errata
