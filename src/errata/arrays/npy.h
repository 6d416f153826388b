#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/base/cancellation.h"
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
  float64
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

/// Writes a .npz file, whole or not at all; numpy.load reads it. @return output error naming the place
/// @param cancellation  looked at while the arrays go to the disk; unwinds with Cancelled
///     ERRATA_TRY(write_npz("cache.npz", {{"latents", npy_array(std::span(values), {n, d})}}));
[[nodiscard]] Result<void> write_npz(const std::filesystem::path& place,
                                     const std::vector<std::pair<std::string, NpyArray>>& arrays,
                                     const Cancellation* cancellation = nullptr);

/// A .npz file: a zip archive of .npy files. Arrays are read one by one, so that an unused one costs nothing.
class NpzFile {
 public:
  /// @return data error naming the file when it is not there or no whole zip archive
  [[nodiscard]] static Result<NpzFile> open(const std::filesystem::path& file);
  NpzFile(NpzFile&&) noexcept;
  NpzFile& operator=(NpzFile&&) noexcept;
  ~NpzFile();

  /// Names of the arrays, without .npy, in the order of the archive.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] bool has(std::string_view name) const;
  /// @return data error naming file and array: no array of this name, damaged, or what parse_npy refuses
  [[nodiscard]] Result<NpyArray> read(std::string_view name) const;

 private:
  struct Archive;
  NpzFile(std::string place, std::unique_ptr<Archive> archive);
  std::string place_;
  std::unique_ptr<Archive> archive_;
  std::vector<std::string> names_;
};

}  // namespace errata::arrays
