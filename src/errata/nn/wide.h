#pragma once

/// Marks a function whose loops the compiler shall turn into vector instructions, in versions for AVX-512, AVX2 and
/// every x86-64 machine; one is chosen by what the processor can when the program starts (by its name, g++ 12 takes
/// processors newer than itself for the oldest). They do not fuse multiplications with
/// additions, and the order of a sum stands in the source, so all give the same bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define ERRATA_WIDE __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3", "no-math-errno")))
#else
#define ERRATA_WIDE
#endif
