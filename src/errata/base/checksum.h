#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace errata {

/// 64 bits that tell damage: they change when a byte does, by accident. No help against somebody who wants two files to
/// look alike. Archives and checkpoints hold it; new formats use it.
inline std::uint64_t checksum(std::string_view bytes) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  std::uint64_t sum = kOdd ^ bytes.size();
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = bytes.size() < sizeof word ? bytes.size() : sizeof word;
    std::memcpy(&word, bytes.data(), size);
    bytes.remove_prefix(size);
    sum = std::rotl((sum ^ word) * kOdd, 29);
  }
  return (sum ^ (sum >> 32)) * kOdd;
}

}  // namespace errata
