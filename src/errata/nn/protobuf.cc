/// The wire format: a field is a key, which holds its number and how it is written, and then a varint, four or eight
/// bytes, or a length and as many bytes. Groups, the fifth way, are in no file of today.

#include "errata/nn/protobuf.h"

namespace errata::nn {
namespace {

/// Walks the fields of a message. After one that cannot be read, next() gives false and broken() is true.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}
  [[nodiscard]] bool broken() const { return broken_; }

  bool next(ProtoField& field) {
    std::uint64_t key = 0;
    if (broken_ || rest_.empty() || !varint(key)) return false;
    field = {.number = static_cast<std::uint32_t>(key >> 3)};
    if (key >> 3 == 0 || key >> 32 != 0) return fails();
    switch (key & 7) {
      case 0: return varint(field.value);
      case 1: return skip(8);
      case 2: {
        std::uint64_t size = 0;
        if (!varint(size) || size > rest_.size()) return fails();
        field.is_bytes = true;
        field.bytes = rest_.substr(0, static_cast<std::size_t>(size));
        return skip(size);
      }
      case 5: return skip(4);
      default: return fails();
    }
  }

 private:
  bool fails() {
    broken_ = true;
    return false;
  }
  bool skip(std::uint64_t size) {
    if (size > rest_.size()) return fails();
    rest_.remove_prefix(static_cast<std::size_t>(size));
    return true;
  }
  bool varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fails();
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return true;
    }
    return fails();
  }

  std::string_view rest_;
  bool broken_ = false;
};

void append_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

}  // namespace

bool each_field(std::string_view message, const std::function<bool(const ProtoField&)>& use) {
  WireReader reader(message);
  for (ProtoField field; reader.next(field);)
    if (!use(field)) return false;
  return !reader.broken();
}

void append_field(std::string& message, std::uint32_t number, std::string_view bytes) {
  append_varint(message, std::uint64_t{number} << 3 | 2);
  append_varint(message, bytes.size());
  message += bytes;
}

void append_field(std::string& message, std::uint32_t number, std::uint64_t value) {
  append_varint(message, std::uint64_t{number} << 3);
  append_varint(message, value);
}

}  // namespace errata::nn
