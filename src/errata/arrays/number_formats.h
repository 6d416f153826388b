#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace errata::arrays {

/// How floating-point numbers lie in files. Those from q4_0 on are shared out in blocks with a scale each.
enum class NumberFormat : std::uint8_t { f64, f32, f16, bf16, q4_0, q4_1, q5_0, q5_1, q8_0, q4_k, q5_k, q6_k };

/// One format: its numbers come in blocks of `block`, of `bytes` bytes each.
struct NumberLayout {
  NumberFormat format;
  std::string_view name;  ///< as ggml writes it
  std::size_t block, bytes;
};
[[nodiscard]] const NumberLayout& layout_of(NumberFormat format);

/// The nearest float32 of each number; exact but for f64. Of a block of scale d (and least m) they are d·(q − 8) in
/// q4_0, d·q + m in q4_1, d·(q − 16) in q5_0, d·q + m in q5_1, d·q in q8_0, and likewise in parts of 16 or 32 with
/// scales of their own in the K formats.
/// @param from  the bytes of whole blocks, as many as `to` asks for
/// @param to    a multiple of the block
/// Reference: ggml, ggml-quants.c.
void read_numbers(NumberFormat format, const char* from, std::span<float> to);

}  // namespace errata::arrays
