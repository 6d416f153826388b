#pragma once

/// Marks a function whose loops the compiler shall turn into vector instructions, in one version for every x86-64
/// machine and one for AVX2 chosen when the program starts. Neither fuses multiplications with additions, so both give
/// the same bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define ERRATA_VECTORIZED __attribute__((target_clones("avx2", "default"), optimize("O3", "fp-contract=off")))
#else
#define ERRATA_VECTORIZED
#endif
