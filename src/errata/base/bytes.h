#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "errata/base/error.h"

namespace errata {

static_assert(std::endian::native == std::endian::little, "snapshots are little-endian and written as they lie");

/// Appends values to a string, little-endian, floats bit for bit.
///     ByteWriter out;  out.write(3.5);  out.write(name);  file = out.bytes();
class ByteWriter {
 public:
  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void write(T value) {
    append(&value, sizeof value);
  }
  /// The length (64 bits), then the values.
  template <typename T>
    requires std::is_arithmetic_v<T>
  void write(std::span<const T> values) {
    write(static_cast<std::uint64_t>(values.size()));
    append(values.data(), values.size_bytes());
  }
  template <typename T>
    requires std::is_arithmetic_v<T>
  void write(const std::vector<T>& values) {
    write(std::span<const T>(values));
  }
  void write(std::string_view text) { write(std::span<const char>(text.data(), text.size())); }
  /// How many (64 bits), then each as text.
  void write(const std::vector<std::string>& texts);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void append(const void* from, std::size_t size) {
    if (size > 0) bytes_.append(static_cast<const char*>(from), size);
  }
  std::string bytes_;
};

/// Reads what ByteWriter wrote. After the first read past the end every read gives zero or nothing, and `finish` tells:
/// a loader reads on and asks once. A length that the remaining bytes cannot hold counts as past the end, so that a
/// hostile file cannot ask for memory.
///     ByteReader in(file);  auto rate = in.read<double>();  in.read_into(counts);
///     ERRATA_TRY(in.finish("memory.snap"));
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  T read() {
    T value{};
    take(&value, sizeof value);
    return value;
  }
  template <typename T>
    requires std::is_arithmetic_v<T>
  void read_into(std::vector<T>& values) {
    const auto size = read<std::uint64_t>();
    if (truncated_ || size > rest_.size() / sizeof(T)) {
      truncated_ = true;
      values.clear();
      return;
    }
    values.resize(static_cast<std::size_t>(size));
    take(values.data(), values.size() * sizeof(T));
  }
  [[nodiscard]] std::string read_text();
  [[nodiscard]] std::vector<std::string> read_texts();
  [[nodiscard]] bool truncated() const { return truncated_; }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  /// @return data error naming `place` when something was read past the end, or when bytes are left over
  [[nodiscard]] Result<void> finish(std::string_view place) const;

 private:
  void take(void* to, std::size_t size) {
    if (truncated_ || size > rest_.size()) {
      truncated_ = true;
      return;
    }
    if (size > 0) std::memcpy(to, rest_.data(), size);
    rest_.remove_prefix(size);
  }
  std::string_view rest_;
  bool truncated_ = false;
};

}  // namespace errata
