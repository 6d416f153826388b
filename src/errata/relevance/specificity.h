#pragma once

#include <cstddef>
#include <string_view>

namespace errata::relevance {

/// What a query says about what it wants.
struct Specificity {
  std::size_t words = 0;
  std::size_t telling = 0;  ///< words that say something about this image and no other
  double value = 0;         ///< in [0, 1]: 0 "describe this", .5 with one telling word, towards 1 with more
};

/// Counts the words that are neither grammar ("what", "is", "the") nor about looking at pictures as such ("describe",
/// "image", "happening", "everything"), and the characters in quotes and numbers, which are always telling:
///     value = 1 − 2^(−telling)
/// English is known; words of other languages count as telling.
[[nodiscard]] Specificity specificity_of(std::string_view query);

}  // namespace errata::relevance
