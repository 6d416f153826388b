#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace errata::nn {

/// One field of a protobuf message: a number, or bytes, which are a text or a message.
struct ProtoField {
  std::uint32_t number = 0;  ///< of the field
  bool is_bytes = false;
  std::uint64_t value = 0;   ///< of an integer; 0 for a floating-point number, which is passed over
  std::string_view bytes{};  ///< a piece of the message that was walked
};

/// Calls `use` for each field of a message until it gives false.
/// @return whether every call gave true and the message is whole: no field cut short, no wire type that is not in use
bool each_field(std::string_view message, const std::function<bool(const ProtoField&)>& use);

/// Appends a field of bytes to a message.
void append_field(std::string& message, std::uint32_t number, std::string_view bytes);
/// Appends a field of an integer.
void append_field(std::string& message, std::uint32_t number, std::uint64_t value);

}  // namespace errata::nn
