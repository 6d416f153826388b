#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "errata/base/error.h"

namespace errata {

/// A file, or a folder that is empty by then, that is removed unless it is kept: by its destructor, and by
/// remove_unfinished_files() when a signal ends the program. At most kMost at a time are known to the signal handler.
class UnfinishedFile {
 public:
  static constexpr std::size_t kMost = 64;

  UnfinishedFile() = default;
  explicit UnfinishedFile(std::filesystem::path path);
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  UnfinishedFile(UnfinishedFile&& other) noexcept;
  UnfinishedFile& operator=(UnfinishedFile&& other) noexcept;
  ~UnfinishedFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// It has a name of its own now, or is gone: nothing is removed.
  void keep() noexcept;

 private:
  void discard() noexcept;
  std::filesystem::path path_;
  std::size_t slot_ = kMost;
};

/// Removes every unfinished file of this process. Async-signal-safe: for signal handlers that end the process.
void remove_unfinished_files() noexcept;

/// A file that appears under its name whole or not at all: it is written beside its place and renamed by commit().
/// Without commit() the destructor removes what was written.
///     ERRATA_ASSIGN(auto file, AtomicFile::create("report.html"));
///     ERRATA_TRY(file.write(page));           // or whatever else writes to file.path()
///     ERRATA_TRY(file.commit());
/// A file that is replaced keeps its permissions; a new one has those of the umask. Symbolic links stay, what they
/// point to is replaced. A place that is no regular file (a pipe, /dev/stdout, a device) is written to, and never
/// replaced. What a crash left behind of the same place is removed.
class AtomicFile {
 public:
  /// @return output error naming the path when the folder does not exist, cannot be written, or the place is a folder
  [[nodiscard]] static Result<AtomicFile> create(std::filesystem::path place);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  /// Where to write meanwhile: a file with the same extension (also `.csv.gz`), in the same folder where it will be
  /// renamed.
  [[nodiscard]] const std::filesystem::path& path() const { return temporary_.path(); }
  /// Removes what is to be replaced: until commit() there is nothing. For files that only mean something together.
  /// @return output error naming the path
  [[nodiscard]] Result<void> remove_old() const;
  /// Makes `content` the whole content of path().
  [[nodiscard]] Result<void> write(std::string_view content) const;
  /// Flushes file and folder to the disk and gives the file its name.
  [[nodiscard]] Result<void> commit();

 private:
  AtomicFile(std::filesystem::path place, UnfinishedFile temporary, int lock, bool replaces);
  [[nodiscard]] Result<void> rename() const;
  [[nodiscard]] Result<void> copy() const;
  void unlock() noexcept;
  std::filesystem::path place_;
  UnfinishedFile temporary_;
  int lock_ = -1;         ///< descriptor of the temporary file, locked while it is written
  bool replaces_ = true;  ///< else its content is copied to the place
};

/// Writes `content` to `place`, whole or not at all.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& place, std::string_view content);

/// The whole file as bytes, or a data error naming the path.
/// @param at_most  bytes; a larger file, or one without end, is refused
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& place, std::size_t at_most = SIZE_MAX);

}  // namespace errata
