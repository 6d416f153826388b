#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "errata/arrays/mapped_file.h"
#include "errata/arrays/number_formats.h"
#include "errata/base/error.h"

namespace errata::arrays {

/// What a key of a GGUF file holds: a number, a truth value, a text, or a list. Whole numbers of every width are read
/// as 64 bits, those of signed types as int64_t; float32 as double.
struct GgufValue {
  std::variant<std::uint64_t, std::int64_t, double, bool, std::string, std::vector<std::uint64_t>,
               std::vector<std::int64_t>, std::vector<double>, std::vector<bool>, std::vector<std::string>,
               std::vector<GgufValue>>
      value;
};

/// One tensor: its values are the `bytes` bytes from `start` on, row-major.
struct GgufTensor {
  std::string name;
  std::string_view type;               ///< as ggml writes it: "Q4_0", "IQ2_XS"
  std::optional<NumberFormat> format;  ///< nothing for a type that is not read here
  std::vector<std::size_t> shape;      ///< rows first; the file has the reverse
  std::size_t start = 0, bytes = 0;

  [[nodiscard]] std::size_t size() const;  ///< product of the shape
};

/// A .gguf file of version 2 or 3: keys with values, what tensors there are, and their values, each at a multiple of
/// `general.alignment` (32 where it is not given).
///     ERRATA_ASSIGN(Gguf file, read_gguf("model.gguf"));
///     ERRATA_ASSIGN(std::uint64_t layers, file.whole("llama.block_count"));
struct Gguf {
  std::string place;  ///< for messages
  MappedFile file;
  std::map<std::string, GgufValue, std::less<>> metadata;
  std::vector<GgufTensor> tensors;  ///< in the order of the file

  /// Nothing when there is no tensor or key of the name, or the key holds another type.
  [[nodiscard]] const GgufTensor* find(std::string_view name) const;
  template <typename T>
  [[nodiscard]] const T* get(std::string_view key) const {
    const auto found = metadata.find(key);
    return found == metadata.end() ? nullptr : std::get_if<T>(&found->second.value);
  }
  /// A whole number that is not below 0, of any width, signed or not.
  /// @return data error naming file and key where there is none
  [[nodiscard]] Result<std::uint64_t> whole(std::string_view key) const;
  /// Numbers from `first` on of a tensor of a format that is read.
  /// @param first, to  whole blocks within the tensor
  void read(const GgufTensor& tensor, std::size_t first, std::span<float> to) const;
};

/// Parses the content of a file. Held to the format's word: no key or tensor stands twice, texts and lists fit in the
/// file, truth values are 0 or 1, tensors have at most four sides, begin at a multiple of the alignment, lie within the
/// file and not inside one another. A tensor of a type that is not read here is listed; one of a type that is not known
/// is refused, as is a file of version 1 or of the other byte order.
/// @return data error naming `place`, the key or tensor and what is wrong with it
/// Reference: ggml, docs/gguf.md.
[[nodiscard]] Result<Gguf> parse_gguf(MappedFile file, std::string_view place);
[[nodiscard]] Result<Gguf> read_gguf(const std::filesystem::path& file);

/// Names of the types of tensors that are read, for messages: "F32, F16, …".
[[nodiscard]] std::string readable_types();

}  // namespace errata::arrays
