#pragma once

/// For vector loops in versions of their own: ERRATA_AVX2 marks one that only runs where has_avx2().
#if defined(__x86_64__) && defined(__GNUC__)
#define ERRATA_AVX2 __attribute__((target("avx2")))
#else
#define ERRATA_AVX2
#endif
#define ERRATA_INLINE inline __attribute__((always_inline))

namespace errata::index {

/// Whether this machine has AVX2 instructions; asked once.
inline bool has_avx2() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool has = __builtin_cpu_supports("avx2") > 0;
  return has;
#else
  return false;
#endif
}

}  // namespace errata::index
