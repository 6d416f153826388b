// The programs' operator new and delete: as the library's, but that large blocks lie in files where --memory-limit was
// given (errata/base/large_memory.h). Forms that are not replaced here call these, or do not mix with them.
#include <cstddef>
#include <cstdlib>
#include <new>

#include "errata/base/large_memory.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
#define ERRATA_OWN_NEW
#elif !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) && !__has_feature(memory_sanitizer)
#define ERRATA_OWN_NEW
#endif
#endif

#ifdef ERRATA_OWN_NEW

void* operator new(std::size_t bytes) {
  if (void* const block = errata::large_memory::allocate(bytes)) return block;
  for (;;) {
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): this is where memory comes from
    if (void* const block = std::malloc(bytes == 0 ? 1 : bytes)) return block;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void operator delete(void* block) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc)
  if (!errata::large_memory::release(block)) std::free(block);
}

void operator delete(void* block, std::size_t /*bytes*/) noexcept { operator delete(block); }

#endif

namespace errata::cli {

/// Refers to this file, so that the linker takes it.
bool large_memory_is_in_files() {
#ifdef ERRATA_OWN_NEW
  return true;
#else
  return false;
#endif
}

}  // namespace errata::cli
