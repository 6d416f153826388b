#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace errata::slice {

/// Sets of rows as bits, row i in bit i % 64 of word i / 64. The kernels are chosen once, at run time, from what the
/// processor offers, so that one binary serves every machine; all give the same answers.
struct BitsetKernels {
  std::string_view name;
  /// Sets bit i of out when first <= codes[i] <= last, for i < count; the rest of the last word is 0.
  /// out has (count + 63) / 64 words.
  void (*in_range_u8)(const std::uint8_t* codes, std::size_t count, std::uint8_t first, std::uint8_t last,
                      std::uint64_t* out);
  void (*in_range_u16)(const std::uint16_t* codes, std::size_t count, std::uint16_t first, std::uint16_t last,
                       std::uint64_t* out);
  /// out = a & b.
  void (*intersect)(const std::uint64_t* a, const std::uint64_t* b, std::size_t words, std::uint64_t* out);
  /// Number of bits set in both.
  std::uint64_t (*count_and)(const std::uint64_t* a, const std::uint64_t* b, std::size_t words);
  /// Writes `begin` and the number of each bit that is set, ascending. @return how many  @param out  room for kRoom
  /// more
  std::size_t (*positions)(const std::uint64_t* a, std::size_t words, std::uint32_t begin, std::uint32_t* out);
  static constexpr std::size_t kRoom = 16;
  /// About how many rows count_and takes in the time in which a table of counts takes one.
  std::size_t rows_an_addition;
};

/// The fastest kernels of this machine.
[[nodiscard]] const BitsetKernels& bitset_kernels();

/// Every set of kernels that this machine can run, the portable one first.
[[nodiscard]] std::span<const BitsetKernels* const> usable_bitset_kernels();

[[nodiscard]] constexpr std::size_t words_for(std::size_t bits) { return (bits + 63) / 64; }

}  // namespace errata::slice
