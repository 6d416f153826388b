#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/tokenizer/text_map.h"

namespace errata::tokenizer {

/// A token whose name is found in texts before they are split.
struct AddedToken {
  std::int32_t number = 0;
  std::string content;         ///< 1 to 1024 bytes of UTF-8
  bool is_special = false;     ///< left out of decoded texts
  bool takes_before = false;   ///< with the white space before it (lstrip)
  bool takes_after = false;    ///< and behind it (rstrip)
  bool is_normalized = false;  ///< found in the normalized text, else in the text as it is
  friend bool operator==(const AddedToken&, const AddedToken&) = default;
};

/// Finds added tokens in texts: the leftmost, of several there the longest.
class AddedTokens {
 public:
  /// Tokens of other contents each.
  explicit AddedTokens(const std::vector<AddedToken>& tokens);

  /// Calls on_text(piece) for what stands between them, if anything, and on_token(number) for each, from left to right.
  /// Cost: O(bytes), times the number of lengths that tokens of one first byte have
  [[nodiscard]] Result<void> walk(std::string_view text, const std::function<Result<void>(std::string_view)>& on_text,
                                  const std::function<void(std::int32_t)>& on_token) const;

 private:
  [[nodiscard]] const AddedToken* at(std::string_view text) const;
  TextMap<AddedToken> tokens_;
  std::vector<std::vector<std::size_t>> lengths_ = std::vector<std::vector<std::size_t>>(256);  ///< longest first
};

/// White space as Unicode has it.
[[nodiscard]] bool is_white_space(char32_t code);

}  // namespace errata::tokenizer
