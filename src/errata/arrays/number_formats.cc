#include "errata/arrays/number_formats.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "errata/base/error.h"

namespace errata::arrays {
namespace {

constexpr std::array kNumberFormats{
    NumberLayout{NumberFormat::f64, "F64", 1, 8},       NumberLayout{NumberFormat::f32, "F32", 1, 4},
    NumberLayout{NumberFormat::f16, "F16", 1, 2},       NumberLayout{NumberFormat::bf16, "BF16", 1, 2},
    NumberLayout{NumberFormat::q4_0, "Q4_0", 32, 18},   NumberLayout{NumberFormat::q4_1, "Q4_1", 32, 20},
    NumberLayout{NumberFormat::q5_0, "Q5_0", 32, 22},   NumberLayout{NumberFormat::q5_1, "Q5_1", 32, 24},
    NumberLayout{NumberFormat::q8_0, "Q8_0", 32, 34},   NumberLayout{NumberFormat::q4_k, "Q4_K", 256, 144},
    NumberLayout{NumberFormat::q5_k, "Q5_K", 256, 176}, NumberLayout{NumberFormat::q6_k, "Q6_K", 256, 210},
};

template <typename T>
T number_at(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// Without a branch: 2¹¹² sets a subnormal half right as well, and infinities and NaN get the highest exponent.
float float_of_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16U, rest = half & 0x7FFFU;
  const float scaled = std::bit_cast<float>(rest << 13U) * 0x1.0p112F;
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(scaled) | (rest >= 0x7C00U ? 0x7F800000U : 0U);
  return std::bit_cast<float>(bits | sign);
}

float half_at(const char* from) { return float_of_half(number_at<std::uint16_t>(from)); }
std::uint32_t byte_at(const char* from) { return static_cast<std::uint8_t>(*from); }

/// Two numbers of four bits a byte: the lower half of the block first.
template <typename Value>
void read_nibbles(const char* from, float* to, const Value& value) {
  for (std::size_t i = 0; i < 16; ++i) {
    const std::uint32_t both = byte_at(from + i);
    to[i] = value(both & 15U, i);
    to[i + 16] = value(both >> 4U, i + 16);
  }
}

void read_q4_0(const char* from, float* to) {
  const float scale = half_at(from);
  read_nibbles(from + 2, to,
               [&](std::uint32_t q, std::size_t) { return scale * static_cast<float>(static_cast<int>(q) - 8); });
}

void read_q4_1(const char* from, float* to) {
  const float scale = half_at(from), least = half_at(from + 2);
  read_nibbles(from + 4, to, [&](std::uint32_t q, std::size_t) { return scale * static_cast<float>(q) + least; });
}

/// The fifth bit of each number.
std::uint32_t fifth(std::uint32_t bits, std::size_t place) { return (bits >> place & 1U) << 4U; }

void read_q5_0(const char* from, float* to) {
  const float scale = half_at(from);
  const auto high = number_at<std::uint32_t>(from + 2);
  read_nibbles(from + 6, to, [&](std::uint32_t q, std::size_t i) {
    return scale * static_cast<float>(static_cast<int>(q | fifth(high, i)) - 16);
  });
}

void read_q5_1(const char* from, float* to) {
  const float scale = half_at(from), least = half_at(from + 2);
  const auto high = number_at<std::uint32_t>(from + 4);
  read_nibbles(from + 8, to,
               [&](std::uint32_t q, std::size_t i) { return scale * static_cast<float>(q | fifth(high, i)) + least; });
}

void read_q8_0(const char* from, float* to) {
  const float scale = half_at(from);
  for (std::size_t i = 0; i < 32; ++i) to[i] = scale * static_cast<float>(number_at<std::int8_t>(from + 2 + i));
}

/// Scale and least of part j (of eight) of a block of q4_k or q5_k: six bits each in twelve bytes.
struct PartScale {
  float scale, least;
};
PartScale part_scale(const char* packed, std::size_t j, float scale, float least) {
  const auto at = [&](std::size_t i) { return byte_at(packed + i); };
  const std::uint32_t s = j < 4 ? at(j) & 63U : (at(j + 4) & 15U) | (at(j - 4) >> 6U) << 4U;
  const std::uint32_t m = j < 4 ? at(j + 4) & 63U : at(j + 4) >> 4U | (at(j) >> 6U) << 4U;
  return {.scale = scale * static_cast<float>(s), .least = least * static_cast<float>(m)};
}

/// q4_k, and q5_k where `high` has the fifth bits.
void read_q45_k(const char* from, const char* high, const char* low, float* to) {
  const float scale = half_at(from), least = half_at(from + 2);
  for (std::size_t j = 0; j < 8; ++j) {
    const PartScale part = part_scale(from + 4, j, scale, least);
    for (std::size_t i = 0; i < 32; ++i) {
      const std::uint32_t both = byte_at(low + j / 2 * 32 + i);
      std::uint32_t q = j % 2 == 0 ? both & 15U : both >> 4U;
      if (high != nullptr) q |= (byte_at(high + i) >> j & 1U) << 4U;
      to[32 * j + i] = part.scale * static_cast<float>(q) - part.least;
    }
  }
}

/// 128 bytes of lower four bits, 64 of upper two, 16 scales, the scale of scales.
void read_q6_k(const char* from, float* to) {
  const float scale = half_at(from + 208);
  for (std::size_t i = 0; i < 256; ++i) {
    const std::size_t half = i / 128, within = i % 128, part = within / 32, place = within % 32;
    const std::uint32_t low = byte_at(from + 64 * half + part % 2 * 32 + place) >> (part < 2 ? 0U : 4U) & 15U;
    const std::uint32_t high = byte_at(from + 128 + 32 * half + place) >> (2 * part) & 3U;
    const auto of_part = static_cast<float>(number_at<std::int8_t>(from + 192 + i / 16));
    to[i] = scale * of_part * static_cast<float>(static_cast<int>(low | high << 4U) - 32);
  }
}

void read_block(NumberFormat format, const char* from, float* to) {
  switch (format) {
    case NumberFormat::q4_0: read_q4_0(from, to); break;
    case NumberFormat::q4_1: read_q4_1(from, to); break;
    case NumberFormat::q5_0: read_q5_0(from, to); break;
    case NumberFormat::q5_1: read_q5_1(from, to); break;
    case NumberFormat::q8_0: read_q8_0(from, to); break;
    case NumberFormat::q4_k: read_q45_k(from, nullptr, from + 16, to); break;
    case NumberFormat::q5_k: read_q45_k(from, from + 16, from + 48, to); break;
    default: read_q6_k(from, to);
  }
}

}  // namespace

const NumberLayout& layout_of(NumberFormat format) { return kNumberFormats[static_cast<std::size_t>(format)]; }

void read_numbers(NumberFormat format, const char* from, std::span<float> to) {
  if (to.empty()) return;
  const NumberLayout& size = layout_of(format);
  ERRATA_CHECK(to.size() % size.block == 0);
  switch (format) {
    case NumberFormat::f64:
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<float>(number_at<double>(from + 8 * i));
      break;
    case NumberFormat::f32: std::memcpy(to.data(), from, to.size_bytes()); break;
    case NumberFormat::f16:
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = half_at(from + 2 * i);
      break;
    case NumberFormat::bf16:
      for (std::size_t i = 0; i < to.size(); ++i)
        to[i] = std::bit_cast<float>(static_cast<std::uint32_t>(number_at<std::uint16_t>(from + 2 * i)) << 16U);
      break;
    default:
      for (std::size_t i = 0; i < to.size(); i += size.block, from += size.bytes)
        read_block(format, from, to.data() + i);
  }
}

}  // namespace errata::arrays
