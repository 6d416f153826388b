#pragma once

#include <duckdb.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace errata::table {

/// Whether a row of a vector holds a value. @param validity  as DuckDB gives it, null when all do
inline bool is_valid(const std::uint64_t* validity, std::size_t row) {
  return validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1U) != 0;
}

/// The text of a value, where it lies: DuckDB keeps up to 12 bytes in the value itself and points to longer ones.
inline std::string_view view_of(const duckdb_string_t& text) {
  constexpr std::uint32_t kInlined = 12;
  const std::uint32_t length = text.value.inlined.length;
  return {length <= kInlined ? text.value.inlined.inlined : text.value.pointer.ptr, length};
}

}  // namespace errata::table
