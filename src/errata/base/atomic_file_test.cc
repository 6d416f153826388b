#include "errata/base/atomic_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace errata {
namespace {

namespace fs = std::filesystem;

/// An empty folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "errata_atomic_file_XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] fs::path operator/(std::string_view name) const { return path_ / name; }
  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
};

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
  const Folder folder;
  auto file = AtomicFile::create(folder / "report.html");
  ASSERT_TRUE(file) << file.error().message;
  std::ofstream(file->path()) << "whole";
  EXPECT_FALSE(fs::exists(folder / "report.html"));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(read_file(folder / "report.html").value(), "whole");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(AtomicFile, IsWrittenInTheSameFolderWithTheSameExtension) {
  const Folder folder;
  const auto file = AtomicFile::create(folder / "caf\u00e9 1.tar.parquet");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->path().parent_path(), folder.path());
  EXPECT_EQ(file->path().extension(), ".parquet");
}

TEST(AtomicFile, LeavesNothingWhenDiscarded) {
  const Folder folder;
  {
    const auto file = AtomicFile::create(folder / "cases.parquet");
    ASSERT_TRUE(file);
    std::ofstream(file->path()) << "half";
    EXPECT_EQ(folder.entries(), 1U);
  }
  EXPECT_EQ(folder.entries(), 0U);
}

TEST(AtomicFile, KeepsTheOldFileUntilTheNewOneIsWhole) {
  const Folder folder;
  ASSERT_TRUE(write_file(folder / "a.json", "old"));
  {
    const auto file = AtomicFile::create(folder / "a.json");
    ASSERT_TRUE(file);
    std::ofstream(file->path()) << "half";
    EXPECT_EQ(read_file(folder / "a.json").value(), "old");
  }
  EXPECT_EQ(read_file(folder / "a.json").value(), "old");
  ASSERT_TRUE(write_file(folder / "a.json", "new"));
  EXPECT_EQ(read_file(folder / "a.json").value(), "new");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(AtomicFile, MovesKeepOneOwner) {
  const Folder folder;
  auto first = AtomicFile::create(folder / "first");
  auto second = AtomicFile::create(folder / "second");
  ASSERT_TRUE(first && second);
  AtomicFile moved = std::move(*first);
  EXPECT_EQ(folder.entries(), 2U);
  moved = std::move(*second);  // what it held before is discarded
  EXPECT_EQ(folder.entries(), 1U);
  ASSERT_TRUE(moved.commit());
  EXPECT_TRUE(fs::exists(folder / "second"));
  EXPECT_FALSE(fs::exists(folder / "first"));
}

TEST(AtomicFileDeathTest, CommittingTwiceIsABug) {
  const Folder folder;
  auto file = AtomicFile::create(folder / "a");
  ASSERT_TRUE(file && file->commit());
  EXPECT_DEATH(static_cast<void>(file->commit()), "does not hold");
}

TEST(AtomicFile, HasThePermissionsOfAnOrdinaryNewFile) {
  const Folder folder;
  const mode_t before = ::umask(027);
  ASSERT_TRUE(write_file(folder / "a.json", "x"));
  ::umask(before);
  EXPECT_EQ(fs::status(folder / "a.json").permissions(), fs::perms(0640));
}

/// The message names the place and says why; nothing is left in the folder.
void expect_refused(const Folder& folder, const fs::path& place, std::string_view why) {
  const std::size_t entries = folder.entries();
  const auto written = write_file(place, "content");
  ASSERT_FALSE(written) << place;
  EXPECT_EQ(written.error().code, ErrorCode::output);
  EXPECT_NE(written.error().message.find(place.string()), std::string::npos) << written.error().message;
  EXPECT_NE(written.error().message.find(why), std::string::npos) << written.error().message;
  EXPECT_EQ(folder.entries(), entries);
}

TEST(AtomicFile, RefusesPlacesThatCannotBeWritten) {
  const Folder folder;
  ASSERT_TRUE(write_file(folder / "file", ""));
  fs::create_directory(folder / "inner");
  expect_refused(folder, "", "empty");
  expect_refused(folder, folder / "inner", "it is a directory");
  expect_refused(folder, folder / "absent" / "a.json", "No such file or directory");
  expect_refused(folder, folder / "file" / "a.json", "Not a directory");
  expect_refused(folder, folder / std::string(300, 'x'), "File name too long");
}

TEST(AtomicFile, RefusesAFolderWithoutWritePermission) {
  const Folder folder;
  fs::permissions(folder.path(), fs::perms(0555));
  // Permissions do not bind root, so root becomes somebody else meanwhile.
  const uid_t self = ::geteuid();
  constexpr uid_t kNobody = 65534;
  if (self == 0) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  expect_refused(folder, folder / "a.json", "Permission denied");
  if (self == 0) {
    ASSERT_EQ(::seteuid(self), 0);
  }
  fs::permissions(folder.path(), fs::perms(0755));
}

TEST(AtomicFile, LeavesTheOldFileWhenTheDiskIsFull) {
  const Folder folder;
  ASSERT_TRUE(write_file(folder / "a.json", "old"));
  // A limit on file sizes stops the write half-way, as a full disk would.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {.rlim_cur = 1 << 16, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = write_file(folder / "a.json", std::string(1 << 20, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::output);
  EXPECT_EQ(read_file(folder / "a.json").value(), "old");
  EXPECT_EQ(folder.entries(), 1U);
}

RC_GTEST_PROP(AtomicFile, WhatIsWrittenIsRead, (std::string content)) {
  const Folder folder;
  content += std::string(1, '\0') + "\r\n";
  RC_ASSERT(write_file(folder / "any.bin", content).has_value());
  RC_ASSERT(read_file(folder / "any.bin").value() == content);
}

TEST(ReadFile, RefusesWhatIsNoReadableFile) {
  const Folder folder;
  const auto directory = read_file(folder.path());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::data);
  EXPECT_EQ(directory.error().message, folder.path().string() + ": is a directory, not a file");
  const auto absent = read_file(folder / "absent.csv");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::data);
  EXPECT_EQ(absent.error().message, (folder / "absent.csv").string() + ": cannot be read: No such file or directory");
}

}  // namespace
}  // namespace errata
