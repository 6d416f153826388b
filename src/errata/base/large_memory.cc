// Blocks in unlinked files.
//
// Problem: columns, codes and scratch of a log that is larger than memory, in code that takes them for vectors.
//
// Idea: a large block is a file without a name (O_TMPFILE; where a file system has none, one that is unlinked before
// anything is written), reserved on the disk in full and mapped as shared. Its pages belong to the file: the kernel
// may write them out and drop them whenever it needs room, and reads them back when they are touched. Columns are
// read from front to back, which is what read-ahead is for.
//
// The kernel only does so under pressure, of the machine or of a control group. A limit has to hold without either, so
// a thread looks at what is resident and, above 4/5 of the limit, unmaps every page of every block (MADV_DONTNEED on a
// shared mapping drops no data: what was written is the file's). What is touched again is mapped again.
//
// The registry must not allocate large blocks itself: its nodes are small.
#include "errata/base/large_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <stop_token>
#include <thread>

namespace errata::large_memory {
namespace {

constexpr std::size_t kSmallest = std::size_t{256} << 10U;
constexpr std::size_t kPage = 4096;

std::atomic<std::uint64_t> the_limit = 0;

struct Registry {
  std::mutex mutex;
  std::string folder;
  std::map<void*, std::size_t> blocks;
  Held held;
  std::jthread keeper;
};

/// Never destroyed: other statics may free blocks after it.
Registry& registry() {
  static Registry* const only = new Registry;
  return *only;
}

/// A file without a name, or −1.
int open_unnamed(const std::string& folder) {
  const int file = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return file;
  std::string name = folder + "/errata-XXXXXX";
  const int named = mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) unlink(name.c_str());
  return named;
}

std::uint64_t resident() {
  std::uint64_t pages = 0, own = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%lu %lu", &pages, &own) != 2) own = 0;
    std::fclose(file);
  }
  return own * kPage;
}

/// Unmaps the pages of all blocks; what they hold stays in the files.
void let_go() {
  Registry& all = registry();
  const std::scoped_lock lock(all.mutex);
  for (const auto& [block, bytes] : all.blocks) madvise(block, bytes, MADV_DONTNEED);
}

void keep_within(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (resident() > the_limit / 5 * 4) let_go();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

Result<void> limit_to(std::uint64_t bytes, const std::string& folder) {
  struct statfs about{};
  const int file = open_unnamed(folder);
  if (file < 0)
    return output_error(
        fmt::format("{}: no file can be made there for what memory does not hold: {}; TMPDIR names "
                    "another folder",
                    folder, std::strerror(errno)));
  const bool in_memory = fstatfs(file, &about) == 0 && (about.f_type == TMPFS_MAGIC || about.f_type == RAMFS_MAGIC);
  close(file);
  if (in_memory)
    return output_error(fmt::format("{}: the folder lies in memory itself; TMPDIR names one on a disk", folder));
  Registry& all = registry();
  all.folder = folder;
  the_limit = bytes;
  if (!all.keeper.joinable()) all.keeper = std::jthread(keep_within);
  return {};
}

std::uint64_t limit() { return the_limit; }

void* allocate(std::size_t bytes) {
  if (bytes < kSmallest || the_limit == 0) return nullptr;
  const std::size_t whole = (bytes + kPage - 1) / kPage * kPage;
  if (whole < bytes) return nullptr;
  Registry& all = registry();
  const int file = open_unnamed(all.folder);
  if (file < 0) return nullptr;
  // A page that finds no room when it is written would be a signal: all of it is asked for here.
  const int reserved = posix_fallocate(file, 0, static_cast<off_t>(whole));
  void* const block = reserved == 0 ? mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
  close(file);
  if (reserved == ENOSPC || reserved == EDQUOT || reserved == EFBIG) throw std::bad_alloc();
  if (block == MAP_FAILED) return nullptr;
  const std::scoped_lock lock(all.mutex);
  all.blocks.emplace(block, whole);
  all.held.now += whole;
  all.held.most = std::max(all.held.most, all.held.now);
  return block;
}

bool release(void* block) {
  // Blocks begin with a page, which blocks of the heap seldom do.
  if (the_limit == 0 || block == nullptr || reinterpret_cast<std::uintptr_t>(block) % kPage != 0) return false;
  Registry& all = registry();
  // The node is freed once the lock is: it may lie at the begin of a page as well, and comes here then.
  std::map<void*, std::size_t>::node_type entry;
  {
    const std::scoped_lock lock(all.mutex);
    const auto found = all.blocks.find(block);
    if (found == all.blocks.end()) return false;
    entry = all.blocks.extract(found);
    all.held.now -= entry.mapped();
  }
  munmap(block, entry.mapped());
  return true;
}

Held held() {
  Registry& all = registry();
  const std::scoped_lock lock(all.mutex);
  return all.held;
}

}  // namespace errata::large_memory
