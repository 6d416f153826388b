#include "errata/base/atomic_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "errata/base/test_folder.h"

namespace errata {
namespace {

namespace fs = std::filesystem;

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
  const TestFolder folder;
  auto file = AtomicFile::create(folder / "report.html");
  ASSERT_TRUE(file) << file.error().message;
  std::ofstream(file->path()) << "whole";
  EXPECT_FALSE(fs::exists(folder / "report.html"));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(read_file(folder / "report.html").value(), "whole");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(AtomicFile, IsWrittenInTheSameFolderWithTheSameExtension) {
  const TestFolder folder;
  const auto file = AtomicFile::create(folder / "caf\u00e9 1.tar.parquet");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->path().parent_path(), folder.path());
  EXPECT_EQ(file->path().extension(), ".parquet");
}

TEST(AtomicFile, LeavesNothingWhenDiscarded) {
  const TestFolder folder;
  {
    const auto file = AtomicFile::create(folder / "cases.parquet");
    ASSERT_TRUE(file);
    std::ofstream(file->path()) << "half";
    EXPECT_EQ(folder.entries(), 1U);
  }
  EXPECT_EQ(folder.entries(), 0U);
}

TEST(AtomicFile, KeepsTheOldFileUntilTheNewOneIsWhole) {
  const TestFolder folder;
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
  const TestFolder folder;
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
  const TestFolder folder;
  auto file = AtomicFile::create(folder / "a");
  ASSERT_TRUE(file && file->commit());
  EXPECT_DEATH(static_cast<void>(file->commit()), "does not hold");
}

TEST(AtomicFile, HasThePermissionsOfAnOrdinaryNewFile) {
  const TestFolder folder;
  const mode_t before = ::umask(027);
  ASSERT_TRUE(write_file(folder / "a.json", "x"));
  ::umask(before);
  EXPECT_EQ(fs::status(folder / "a.json").permissions(), fs::perms(0640));
}

/// The message names the place and says why; nothing is left in the folder.
void expect_refused(const TestFolder& folder, const fs::path& place, std::string_view why) {
  const std::size_t entries = folder.entries();
  const auto written = write_file(place, "content");
  ASSERT_FALSE(written) << place;
  EXPECT_EQ(written.error().code, ErrorCode::output);
  EXPECT_NE(written.error().message.find(place.string()), std::string::npos) << written.error().message;
  EXPECT_NE(written.error().message.find(why), std::string::npos) << written.error().message;
  EXPECT_EQ(folder.entries(), entries);
}

TEST(AtomicFile, RefusesPlacesThatCannotBeWritten) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "file", ""));
  fs::create_directory(folder / "inner");
  expect_refused(folder, "", "empty");
  expect_refused(folder, folder / "inner", "it is a directory");
  expect_refused(folder, folder / "absent" / "a.json", "No such file or directory");
  expect_refused(folder, folder / "file" / "a.json", "Not a directory");
  expect_refused(folder, folder / std::string(300, 'x'), "File name too long");
}

TEST(AtomicFile, RefusesAFolderWithoutWritePermission) {
  const TestFolder folder;
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
  const TestFolder folder;
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

TEST(AtomicFile, KeepsThePermissionsOfWhatItReplaces) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "secret.json", "old"));
  fs::permissions(folder / "secret.json", fs::perms(0600));
  ASSERT_TRUE(write_file(folder / "secret.json", "new"));
  EXPECT_EQ(fs::status(folder / "secret.json").permissions(), fs::perms(0600));
}

TEST(AtomicFile, SymbolicLinksStayAndWhatTheyPointToIsReplaced) {
  const TestFolder folder;
  fs::create_directory(folder / "inner");
  ASSERT_TRUE(write_file(folder / "inner" / "target.json", "old"));
  fs::create_symlink("inner/target.json", folder / "link.json");
  fs::create_symlink("inner/later.json", folder / "dangling.json");
  ASSERT_TRUE(write_file(folder / "link.json", "new"));
  ASSERT_TRUE(write_file(folder / "dangling.json", "made"));
  EXPECT_TRUE(fs::is_symlink(folder / "link.json"));
  EXPECT_TRUE(fs::is_symlink(folder / "dangling.json"));
  EXPECT_EQ(read_file(folder / "inner" / "target.json").value(), "new");
  EXPECT_EQ(read_file(folder / "inner" / "later.json").value(), "made");
  EXPECT_EQ(folder.entries(), 3U);
}

TEST(AtomicFile, APipeIsWrittenToAndStaysAPipe) {
  const TestFolder folder;
  const fs::path pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string read;
  {
    std::jthread reader([&] { read = read_file(pipe).value_or("nothing"); });
    ASSERT_TRUE(write_file(pipe, std::string(200'000, 'x')));
  }
  EXPECT_EQ(read, std::string(200'000, 'x'));
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(AtomicFile, DevicesAreWrittenToAndNeverReplaced) {
  ASSERT_TRUE(write_file("/dev/null", "nothing"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  const auto full = write_file("/dev/full", "x");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().message, "/dev/full: cannot be written: No space left on device");
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST(AtomicFile, LongNamesAreNamesToo) {
  const TestFolder folder;
  const fs::path place = folder / (std::string(250, 'x') + ".json");
  ASSERT_TRUE(write_file(place, "x"));
  EXPECT_EQ(read_file(place).value(), "x");
}

TEST(AtomicFile, WhatACrashLeftIsRemovedAtTheNextWriteThereAndNothingElse) {
  const TestFolder folder;
  // A child that ends in the middle of writing, as by a crash.
  const pid_t child = ::fork();
  if (child == 0) {
    auto file = AtomicFile::create(folder / "report.html");
    static_cast<void>(file->write("half"));
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ASSERT_EQ(folder.entries(), 1U);
  {
    // Somebody is writing the same place, and another one.
    const auto writing = AtomicFile::create(folder / "report.html");
    const auto other = AtomicFile::create(folder / "other.html");
    EXPECT_EQ(folder.entries(), 2U);
    ASSERT_TRUE(write_file(folder / "report.html", "whole"));
    EXPECT_EQ(folder.entries(), 3U);
    EXPECT_TRUE(fs::exists(writing->path()));
  }
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(UnfinishedFile, IsRemovedByTheSignalHandlersFunctionUnlessItIsKept) {
  const TestFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    auto lost = AtomicFile::create(folder / "lost.json");
    auto kept = AtomicFile::create(folder / "kept.json");
    static_cast<void>(kept->write("x"));
    static_cast<void>(kept->commit());
    remove_unfinished_files();
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(folder.entries(), 1U);
  EXPECT_EQ(read_file(folder / "kept.json").value(), "x");
}

RC_GTEST_PROP(AtomicFile, WhatIsWrittenIsRead, (std::string content)) {
  const TestFolder folder;
  content += std::string(1, '\0') + "\r\n";
  RC_ASSERT(write_file(folder / "any.bin", content).has_value());
  RC_ASSERT(read_file(folder / "any.bin").value() == content);
}

TEST(ReadFile, RefusesWhatIsNoReadableFile) {
  const TestFolder folder;
  const auto directory = read_file(folder.path());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::data);
  EXPECT_EQ(directory.error().message, folder.path().string() + ": is a directory, not a file");
  const auto absent = read_file(folder / "absent.csv");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::data);
  EXPECT_EQ(absent.error().message, (folder / "absent.csv").string() + ": cannot be read: No such file or directory");
}

TEST(ReadFile, StopsAtALimit) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "a", std::string(100, 'x')));
  EXPECT_EQ(read_file(folder / "a", 100).value().size(), 100U);
  EXPECT_EQ(read_file(folder / "a", 99).error().message, (folder / "a").string() + ": is larger than 99 bytes");
}

TEST(ReadFile, DoesNotReadADeviceThatNeverEnds) {
  EXPECT_EQ(read_file("/dev/zero").error().message, "/dev/zero: is a device, not a file");
}

}  // namespace
}  // namespace errata
