#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/arrays/mapped_file.h"
#include "errata/arrays/number_formats.h"
#include "errata/base/error.h"

namespace errata::arrays {

/// What the values of a tensor are, by the format's names: F32, BF16, …
enum class SafetensorType : std::uint8_t {
  boolean,
  uint8,
  int8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  float16,
  bfloat16,
  float32,
  float64
};

/// One tensor of a file: its values are the `bytes` bytes from `start` on, row-major and little-endian.
struct SafetensorEntry {
  std::string name;
  SafetensorType type = SafetensorType::float32;
  std::vector<std::size_t> shape;  ///< empty for a single number
  std::size_t start = 0, bytes = 0;

  [[nodiscard]] std::size_t size() const;  ///< product of the shape
  /// Nothing for what are no floating-point numbers.
  [[nodiscard]] std::optional<NumberFormat> format() const;
};

/// A .safetensors file: 8 bytes that hold the length n of the header, n bytes of JSON, the values of all tensors.
///     ERRATA_ASSIGN(Safetensors file, read_safetensors("model.safetensors"));
///     ERRATA_ASSIGN(std::vector<float> norm, file.floats("model.norm.weight", file.find("model.norm.weight")->shape));
struct Safetensors {
  std::string place;                            ///< for messages
  MappedFile file;                              ///< the whole of it
  std::vector<SafetensorEntry> entries;         ///< in the order of their values
  std::map<std::string, std::string> metadata;  ///< of "__metadata__"

  /// Nothing when no tensor has the name.
  [[nodiscard]] const SafetensorEntry* find(std::string_view name) const;
  /// The tensor of a name. @return data error naming file and tensor, as floats()
  [[nodiscard]] Result<const SafetensorEntry*> tensor(std::string_view name, std::span<const std::size_t> shape) const;
  /// Numbers of a tensor of floating-point numbers from `first` on, within it.
  void read(const SafetensorEntry& entry, std::size_t first, std::span<float> to) const;
  /// The values as float32; float64 is rounded to the nearest, float16 and bfloat16 are exact.
  /// @return data error naming file and tensor: it is missing, its shape is another, it holds no floating-point numbers
  [[nodiscard]] Result<std::vector<float>> floats(std::string_view name, std::span<const std::size_t> shape) const;
};

/// Longest header that is read, as in the reference implementation.
inline constexpr std::size_t kMostSafetensorsHeader = 100'000'000;

/// Parses the content of a file. Held to the format's word: the header is an object that begins with `{`, no key stands
/// twice, shapes fit their bytes, and the tensors fill the rest of the file without overlap, hole or end beyond it.
/// @return data error naming `place`, the tensor and what is wrong with it
/// Reference: Hugging Face, safetensors, "Format".
[[nodiscard]] Result<Safetensors> parse_safetensors(MappedFile content, std::string_view place);
[[nodiscard]] Result<Safetensors> parse_safetensors(std::string content, std::string_view place);
/// The same of a file, which is mapped and not read whole.
[[nodiscard]] Result<Safetensors> read_safetensors(const std::filesystem::path& file);

/// A tensor of float32 to write. @param values  as many as the product of the shape
struct FloatTensor {
  std::string name;
  std::vector<std::size_t> shape;
  std::span<const float> values;
};

/// The content of a file, values in the order given; the header is filled up with spaces so that they lie at a multiple
/// of 8 bytes. parse_safetensors gives the tensors back.
[[nodiscard]] std::string safetensors_content(std::span<const FloatTensor> tensors,
                                              const std::map<std::string, std::string>& metadata = {});

}  // namespace errata::arrays
