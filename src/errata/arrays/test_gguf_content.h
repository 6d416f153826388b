#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace errata::arrays {

/// Writes GGUF files for tests, right or wrong ones.
class GgufContent {
 public:
  struct Tensor {
    std::string name;
    std::vector<std::uint64_t> sides;  ///< columns first, as in the file
    std::uint32_t type = 0;            ///< float32
    std::uint64_t offset = 0;
  };

  template <typename T>
  static std::string bytes(T value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  }
  static std::string text(std::string_view words) { return bytes(std::uint64_t{words.size()}) + std::string(words); }

  /// @param value  type (32 bits) and content as they stand in the file
  void key(std::string_view name, const std::string& value) {
    keys_ += text(name) + value;
    ++key_count_;
  }
  void text_key(std::string_view name, std::string_view words) { key(name, bytes(std::uint32_t{8}) + text(words)); }
  void whole_key(std::string_view name, std::uint32_t value) { key(name, bytes(std::uint32_t{4}) + bytes(value)); }
  void number_key(std::string_view name, float value) { key(name, bytes(std::uint32_t{6}) + bytes(value)); }
  void texts_key(std::string_view name, const std::vector<std::string>& all) {
    std::string value = bytes(std::uint32_t{9}) + bytes(std::uint32_t{8}) + bytes(std::uint64_t{all.size()});
    for (const std::string& one : all) value += text(one);
    key(name, value);
  }
  void tensor(const Tensor& tensor) {
    tensors_ += text(tensor.name) + bytes(static_cast<std::uint32_t>(tensor.sides.size()));
    for (const std::uint64_t side : tensor.sides) tensors_ += bytes(side);
    tensors_ += bytes(tensor.type) + bytes(tensor.offset);
    ++tensor_count_;
  }
  /// A tensor of float32 behind those before it.
  void floats(std::string_view name, const std::vector<std::uint64_t>& sides, const std::vector<float>& numbers) {
    values.resize((values.size() + 31) / 32 * 32);
    tensor({.name = std::string(name), .sides = sides, .type = 0, .offset = values.size()});
    values.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
  }

  [[nodiscard]] std::string content() const {
    std::string head = "GGUF" + bytes(version) + bytes(tensor_count_ + more_tensors) + bytes(key_count_ + more_keys) +
                       keys_ + tensors_;
    head.resize((head.size() + 31) / 32 * 32);
    return head + values;
  }

  std::uint32_t version = 3;
  std::uint64_t more_tensors = 0, more_keys = 0;  ///< promised and not there
  std::string values;

 private:
  std::string keys_, tensors_;
  std::uint64_t key_count_ = 0, tensor_count_ = 0;
};

}  // namespace errata::arrays
