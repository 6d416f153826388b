// Three sets of kernels: portable C++, AVX2 and AVX-512. The wide ones are compiled for their instruction set function
// by function, and picked when the processor says that it has it; the rest of the program stays plain x86-64 or arm64.

#include "errata/slice/bitset.h"

#include <array>
#include <bit>
#include <vector>

#if defined(__x86_64__)
// GCC 12 takes the deliberately undefined vectors of its own AVX-512 header for a mistake.
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#endif

namespace errata::slice {
namespace {

// A code lies in first … last when its distance above first, modulo the width of the code, is at most last - first.

template <typename Code>
std::uint64_t range_word(const Code* codes, std::size_t count, Code first, Code last) {
  const auto width = static_cast<Code>(last - first);
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < count; ++i) {
    word |= static_cast<std::uint64_t>(static_cast<Code>(codes[i] - first) <= width) << i;
  }
  return word;
}

template <typename Code>
void in_range_portable(const Code* codes, std::size_t count, Code first, Code last, std::uint64_t* out) {
  for (; count >= 64; codes += 64, count -= 64) *out++ = range_word(codes, 64, first, last);
  if (count > 0) *out = range_word(codes, count, first, last);
}

void intersect_portable(const std::uint64_t* a, const std::uint64_t* b, std::size_t words, std::uint64_t* out) {
  for (std::size_t i = 0; i < words; ++i) out[i] = a[i] & b[i];
}

std::uint64_t count_and_portable(const std::uint64_t* a, const std::uint64_t* b, std::size_t words) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < words; ++i) total += static_cast<std::uint64_t>(std::popcount(a[i] & b[i]));
  return total;
}

std::size_t positions_portable(const std::uint64_t* a, std::size_t words, std::uint32_t begin, std::uint32_t* out) {
  std::uint32_t* next = out;
  for (std::size_t i = 0; i < words; ++i, begin += 64) {
    for (std::uint64_t left = a[i]; left != 0; left &= left - 1)
      *next++ = begin + static_cast<std::uint32_t>(std::countr_zero(left));
  }
  return static_cast<std::size_t>(next - out);
}

constexpr BitsetKernels kPortable{"portable",
                                  in_range_portable<std::uint8_t>,
                                  in_range_portable<std::uint16_t>,
                                  intersect_portable,
                                  count_and_portable,
                                  positions_portable,
                                  16};

#if defined(__x86_64__)

#define ERRATA_AVX2 __attribute__((target("avx2,popcnt")))
#define ERRATA_AVX512 __attribute__((target("avx512f,avx512bw,avx512vpopcntdq,popcnt")))

ERRATA_AVX2 __m256i load256(const void* at) { return _mm256_loadu_si256(static_cast<const __m256i*>(at)); }

ERRATA_AVX2 std::uint64_t bits_of_bytes(__m256i low, __m256i high) {
  const auto low_bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(low));
  const auto high_bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(high));
  return low_bits | static_cast<std::uint64_t>(high_bits) << 32;
}

ERRATA_AVX2 __m256i in_range_bytes(const std::uint8_t* codes, __m256i first, __m256i width) {
  const __m256i above = _mm256_sub_epi8(load256(codes), first);
  return _mm256_cmpeq_epi8(_mm256_min_epu8(above, width), above);
}

ERRATA_AVX2 void in_range_u8_avx2(const std::uint8_t* codes, std::size_t count, std::uint8_t first, std::uint8_t last,
                                  std::uint64_t* out) {
  const __m256i lowest = _mm256_set1_epi8(static_cast<char>(first));
  const __m256i width = _mm256_set1_epi8(static_cast<char>(last - first));
  for (; count >= 64; codes += 64, count -= 64) {
    *out++ = bits_of_bytes(in_range_bytes(codes, lowest, width), in_range_bytes(codes + 32, lowest, width));
  }
  if (count > 0) *out = range_word(codes, count, first, last);
}

/// Packing two vectors of 16-bit masks to bytes interleaves their 128-bit lanes; the permutation undoes that.
ERRATA_AVX2 __m256i pack_masks(__m256i low, __m256i high) {
  return _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0xD8);
}

ERRATA_AVX2 __m256i in_range_shorts(const std::uint16_t* codes, __m256i first, __m256i width) {
  const __m256i above = _mm256_sub_epi16(load256(codes), first);
  return _mm256_cmpeq_epi16(_mm256_min_epu16(above, width), above);
}

ERRATA_AVX2 void in_range_u16_avx2(const std::uint16_t* codes, std::size_t count, std::uint16_t first,
                                   std::uint16_t last, std::uint64_t* out) {
  const __m256i lowest = _mm256_set1_epi16(static_cast<short>(first));
  const __m256i width = _mm256_set1_epi16(static_cast<short>(last - first));
  for (; count >= 64; codes += 64, count -= 64) {
    const __m256i low = pack_masks(in_range_shorts(codes, lowest, width), in_range_shorts(codes + 16, lowest, width));
    const __m256i high =
        pack_masks(in_range_shorts(codes + 32, lowest, width), in_range_shorts(codes + 48, lowest, width));
    *out++ = bits_of_bytes(low, high);
  }
  if (count > 0) *out = range_word(codes, count, first, last);
}

ERRATA_AVX2 void intersect_avx2(const std::uint64_t* a, const std::uint64_t* b, std::size_t words, std::uint64_t* out) {
  std::size_t i = 0;
  for (; i + 4 <= words; i += 4) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), _mm256_and_si256(load256(a + i), load256(b + i)));
  }
  for (; i < words; ++i) out[i] = a[i] & b[i];
}

ERRATA_AVX2 std::uint64_t count_and_avx2(const std::uint64_t* a, const std::uint64_t* b, std::size_t words) {
  std::uint64_t total0 = 0, total1 = 0;
  std::size_t i = 0;
  for (; i + 4 <= words; i += 4) {
    total0 += static_cast<std::uint64_t>(std::popcount(a[i] & b[i]) + std::popcount(a[i + 1] & b[i + 1]));
    total1 += static_cast<std::uint64_t>(std::popcount(a[i + 2] & b[i + 2]) + std::popcount(a[i + 3] & b[i + 3]));
  }
  for (; i < words; ++i) total0 += static_cast<std::uint64_t>(std::popcount(a[i] & b[i]));
  return total0 + total1;
}

ERRATA_AVX512 void in_range_u8_avx512(const std::uint8_t* codes, std::size_t count, std::uint8_t first,
                                      std::uint8_t last, std::uint64_t* out) {
  const __m512i lowest = _mm512_set1_epi8(static_cast<char>(first));
  const __m512i width = _mm512_set1_epi8(static_cast<char>(last - first));
  for (; count >= 64; codes += 64, count -= 64) {
    *out++ = _mm512_cmple_epu8_mask(_mm512_sub_epi8(_mm512_loadu_si512(codes), lowest), width);
  }
  if (count > 0) *out = range_word(codes, count, first, last);
}

ERRATA_AVX512 void in_range_u16_avx512(const std::uint16_t* codes, std::size_t count, std::uint16_t first,
                                       std::uint16_t last, std::uint64_t* out) {
  const __m512i lowest = _mm512_set1_epi16(static_cast<short>(first));
  const __m512i width = _mm512_set1_epi16(static_cast<short>(last - first));
  for (; count >= 64; codes += 64, count -= 64) {
    const std::uint64_t low = _mm512_cmple_epu16_mask(_mm512_sub_epi16(_mm512_loadu_si512(codes), lowest), width);
    const std::uint64_t high = _mm512_cmple_epu16_mask(_mm512_sub_epi16(_mm512_loadu_si512(codes + 32), lowest), width);
    *out++ = low | high << 32;
  }
  if (count > 0) *out = range_word(codes, count, first, last);
}

ERRATA_AVX512 void intersect_avx512(const std::uint64_t* a, const std::uint64_t* b, std::size_t words,
                                    std::uint64_t* out) {
  std::size_t i = 0;
  for (; i + 8 <= words; i += 8) {
    _mm512_storeu_si512(out + i, _mm512_and_si512(_mm512_loadu_si512(a + i), _mm512_loadu_si512(b + i)));
  }
  for (; i < words; ++i) out[i] = a[i] & b[i];
}

ERRATA_AVX512 std::uint64_t count_and_avx512(const std::uint64_t* a, const std::uint64_t* b, std::size_t words) {
  __m512i total0 = _mm512_setzero_si512(), total1 = _mm512_setzero_si512();
  std::size_t i = 0;
  for (; i + 16 <= words; i += 16) {
    const __m512i both0 = _mm512_and_si512(_mm512_loadu_si512(a + i), _mm512_loadu_si512(b + i));
    const __m512i both1 = _mm512_and_si512(_mm512_loadu_si512(a + i + 8), _mm512_loadu_si512(b + i + 8));
    total0 = _mm512_add_epi64(total0, _mm512_popcnt_epi64(both0));
    total1 = _mm512_add_epi64(total1, _mm512_popcnt_epi64(both1));
  }
  for (; i < words; i += 8) {
    const auto left = static_cast<__mmask8>(words - i >= 8 ? 0xFF : (1U << (words - i)) - 1);
    const __m512i both = _mm512_and_si512(_mm512_maskz_loadu_epi64(left, a + i), _mm512_maskz_loadu_epi64(left, b + i));
    total0 = _mm512_add_epi64(total0, _mm512_popcnt_epi64(both));
  }
  return static_cast<std::uint64_t>(_mm512_reduce_add_epi64(_mm512_add_epi64(total0, total1)));
}

/// Sixteen bits at a time; what lies beyond their positions is written over by the next.
ERRATA_AVX512 std::size_t positions_avx512(const std::uint64_t* a, std::size_t words, std::uint32_t begin,
                                           std::uint32_t* out) {
  const __m512i sixteen = _mm512_set1_epi32(16);
  __m512i numbers = _mm512_add_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
                                     _mm512_set1_epi32(static_cast<int>(begin)));
  std::uint32_t* next = out;
  for (std::size_t i = 0; i < words; ++i) {
    for (std::uint64_t left = a[i], part = 0; part < 4; ++part, left >>= 16) {
      const auto bits = static_cast<__mmask16>(left);
      _mm512_storeu_si512(next, _mm512_maskz_compress_epi32(bits, numbers));
      next += std::popcount(static_cast<std::uint16_t>(left));
      numbers = _mm512_add_epi32(numbers, sixteen);
    }
  }
  return static_cast<std::size_t>(next - out);
}

constexpr BitsetKernels kAvx2{
    "avx2", in_range_u8_avx2, in_range_u16_avx2, intersect_avx2, count_and_avx2, positions_portable, 128};
constexpr BitsetKernels kAvx512{
    "avx512", in_range_u8_avx512, in_range_u16_avx512, intersect_avx512, count_and_avx512, positions_avx512, 768};

#endif

std::vector<const BitsetKernels*> find_usable() {
  std::vector<const BitsetKernels*> usable{&kPortable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) usable.push_back(&kAvx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vpopcntdq")) {
    usable.push_back(&kAvx512);
  }
#endif
  return usable;
}

}  // namespace

std::span<const BitsetKernels* const> usable_bitset_kernels() {
  static const std::vector<const BitsetKernels*> usable = find_usable();
  return usable;
}

const BitsetKernels& bitset_kernels() { return *usable_bitset_kernels().back(); }

}  // namespace errata::slice
