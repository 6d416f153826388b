#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "errata/base/error.h"

namespace errata {

/// The memory that this process is to stay within, for work on what is larger: blocks from 256 KiB on then lie in files
/// without a name, mapped into memory, so that the system writes out and reads back what there is no room for. A file
/// is never seen in its folder and is gone with its block, or with the process however that ends.
///
/// The programs' operator new asks here (apps/shared/new_delete.cc), so that no code that computes knows of it and
/// every result is the same.
namespace large_memory {

/// From now on. Starts a thread that lets go of mapped pages when more than about 4/5 of the limit is resident.
/// @param bytes   the limit
/// @param folder  for the files, on a disk
/// @return output error for a folder that cannot hold files or is itself in memory
[[nodiscard]] Result<void> limit_to(std::uint64_t bytes, const std::string& folder);
/// The limit; 0 where there is none.
[[nodiscard]] std::uint64_t limit();

/// A block in a file of its own, page by page; null where there is no limit, for small ones, and where the system does
/// not give one. Throws std::bad_alloc when the disk is full.
[[nodiscard]] void* allocate(std::size_t bytes);
/// Frees a block of allocate(). @return false for what is not one
[[nodiscard]] bool release(void* block);
/// Bytes of all blocks that are held, and the most that were held at a time.
struct Held {
  std::uint64_t now = 0, most = 0;
};
[[nodiscard]] Held held();

}  // namespace large_memory
}  // namespace errata
