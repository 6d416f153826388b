#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"

namespace errata::arrays {

enum class NpyType : std::uint8_t {
  boolean,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  float32,
  float64,
  float16
};

/// A NumPy array as its file holds it, row-major.
///     ERRATA_ASSIGN(NpyArray latents, read_npy("latents.npy"));
///     const std::vector<float> values = latents.floats();
struct NpyArray {
  NpyType type = NpyType::float32;
  std::vector<std::size_t> shape;  ///< empty for a single number
  std::string bytes;               ///< little-endian

  [[nodiscard]] std::size_t size() const;  ///< product of the shape
  [[nodiscard]] bool is_integer() const { return type < NpyType::float32; }
  /// The values as float32; integers and float64 are rounded to the nearest.
  [[nodiscard]] std::vector<float> floats() const;
  /// The values as integers.
  /// @return data error naming `place` and the first value that is a fraction or beyond 64 bits
  [[nodiscard]] Result<std::vector<std::int64_t>> integers(std::string_view place) const;
};

/// "[60000, 28, 28]"
[[nodiscard]] std::string shape_text(const std::vector<std::size_t>& shape);

/// What the header of a .npy file says: the values are the `bytes` bytes from `start` on.
struct NpyLayout {
  NpyType type = NpyType::float32;
  std::vector<std::size_t> shape;
  std::size_t start = 0, bytes = 0;
};

/// Bytes at the start of a file that hold any header that is read.
inline constexpr std::size_t kMostNpyBegin = 12 + 65'535;

/// @param begin  the first kMostNpyBegin bytes of a file, or all of a shorter one
/// @return data error as of parse_npy, but for values that are missing or left over
[[nodiscard]] Result<NpyLayout> parse_npy_layout(std::string_view begin, std::string_view place);

/// Parses the content of a .npy file (format versions 1 to 3; little-endian numbers and booleans in C order).
/// @return data error naming `place`: no such magic, truncated, left-over bytes, Fortran order, another dtype
/// Reference: NEP 1, "A simple file format for NumPy arrays".
[[nodiscard]] Result<NpyArray> parse_npy(std::string_view content, std::string_view place);
[[nodiscard]] Result<NpyArray> read_npy(const std::filesystem::path& file);

/// An array of numbers that somebody holds. @param shape  its product is the number of values
template <typename T>
[[nodiscard]] NpyArray npy_array(std::span<const T> values, std::vector<std::size_t> shape);

/// The content of a .npy file (version 1); parse_npy gives the array back.
[[nodiscard]] std::string npy_content(const NpyArray& array);

}  // namespace errata::arrays
