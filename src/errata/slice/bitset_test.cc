#include "errata/slice/bitset.h"

#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "errata/base/rng.h"

namespace errata::slice {
namespace {

template <typename Code>
std::vector<Code> random_codes(std::size_t count, std::uint64_t bound, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<Code> codes(count);
  for (auto& code : codes) code = static_cast<Code>(rng.below(bound));
  return codes;
}

/// Every set of kernels that this machine can run answers like the definition.
class KernelContract : public testing::TestWithParam<const BitsetKernels*> {};

TEST_P(KernelContract, RangesSetTheBitsOfTheirCodes) {
  for (std::size_t count = 0; count < 300; ++count) {
    const auto bytes = random_codes<std::uint8_t>(count, 6, count);
    const auto shorts = random_codes<std::uint16_t>(count, 6, count + 1000);
    std::vector<std::uint64_t> byte_bits(words_for(count) + 1, 0xABCD), short_bits(words_for(count) + 1, 0xABCD);
    GetParam()->in_range_u8(bytes.data(), count, 2, 4, byte_bits.data());
    GetParam()->in_range_u16(shorts.data(), count, 1, 1, short_bits.data());
    for (std::size_t i = 0; i < 64 * words_for(count); ++i) {
      EXPECT_EQ(byte_bits[i / 64] >> (i % 64) & 1, i < count && bytes[i] >= 2 && bytes[i] <= 4);
      EXPECT_EQ(short_bits[i / 64] >> (i % 64) & 1, i < count && shorts[i] == 1);
    }
    EXPECT_EQ(byte_bits.back(), 0xABCDU) << "wrote beyond its words";
    EXPECT_EQ(short_bits.back(), 0xABCDU) << "wrote beyond its words";
  }
}

TEST_P(KernelContract, RangesHoldAtTheEndsOfTheCodes) {
  const std::vector<std::uint8_t> bytes{0, 127, 128, 255};
  const std::vector<std::uint16_t> shorts{0x01FF, 0x00FF, 0xFF00, 0xFFFF};
  // Whole blocks and their rests take different paths.
  for (const std::size_t repeats : {1U, 16U}) {
    std::vector<std::uint8_t> many_bytes;
    std::vector<std::uint16_t> many_shorts;
    for (std::size_t i = 0; i < repeats; ++i) {
      many_bytes.insert(many_bytes.end(), bytes.begin(), bytes.end());
      many_shorts.insert(many_shorts.end(), shorts.begin(), shorts.end());
    }
    const auto bits_u8 = [&](std::uint8_t first, std::uint8_t last) {
      std::uint64_t bits = 0;
      GetParam()->in_range_u8(many_bytes.data(), many_bytes.size(), first, last, &bits);
      return bits & 0xF;
    };
    const auto bits_u16 = [&](std::uint16_t first, std::uint16_t last) {
      std::uint64_t bits = 0;
      GetParam()->in_range_u16(many_shorts.data(), many_shorts.size(), first, last, &bits);
      return bits & 0xF;
    };
    EXPECT_EQ(bits_u8(255, 255), 0b1000U);
    EXPECT_EQ(bits_u8(127, 128), 0b0110U);
    EXPECT_EQ(bits_u8(0, 255), 0b1111U);
    EXPECT_EQ(bits_u16(0x00FF, 0x00FF), 0b0010U);
    EXPECT_EQ(bits_u16(0x0100, 0xFF00), 0b0101U);
    EXPECT_EQ(bits_u16(0xFFFF, 0xFFFF), 0b1000U);
  }
}

TEST_P(KernelContract, IntersectionsAreCounted) {
  for (std::size_t words = 0; words < 70; ++words) {
    const auto a = random_codes<std::uint64_t>(words, ~std::uint64_t{0}, words);
    const auto b = random_codes<std::uint64_t>(words, ~std::uint64_t{0}, words + 100);
    std::vector<std::uint64_t> both(words + 1, 7);
    std::uint64_t expected = 0;
    GetParam()->intersect(a.data(), b.data(), words, both.data());
    for (std::size_t i = 0; i < words; ++i) {
      EXPECT_EQ(both[i], a[i] & b[i]);
      expected += static_cast<std::uint64_t>(std::popcount(a[i] & b[i]));
    }
    EXPECT_EQ(both.back(), 7U);
    EXPECT_EQ(GetParam()->count_and(a.data(), b.data(), words), expected);
  }
}

TEST_P(KernelContract, PositionsAreThoseOfTheBitsInOrder) {
  for (std::size_t words = 0; words < 40; ++words) {
    auto bits = random_codes<std::uint64_t>(words, ~std::uint64_t{0}, words);
    for (std::size_t i = 0; i < words; ++i) {
      if (i % 5 == 1) bits[i] = 0;
      if (i % 5 == 2) bits[i] = ~std::uint64_t{0};
      if (i % 5 == 3) bits[i] &= bits[i] << 3 & bits[i] >> 5;
    }
    std::vector<std::uint32_t> expected;
    for (std::size_t i = 0; i < 64 * words; ++i)
      if ((bits[i / 64] >> (i % 64) & 1) != 0) expected.push_back(static_cast<std::uint32_t>(1'000 + i));
    std::vector<std::uint32_t> found(expected.size() + BitsetKernels::kRoom + 1, 7);
    found.resize(GetParam()->positions(bits.data(), words, 1'000, found.data()));
    EXPECT_EQ(found, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Machine, KernelContract,
                         testing::ValuesIn(usable_bitset_kernels().begin(), usable_bitset_kernels().end()),
                         [](const auto& tested) { return std::string(tested.param->name); });

}  // namespace
}  // namespace errata::slice
