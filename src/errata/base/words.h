#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace errata {

/// The words of a text in small letters, in order: runs of ASCII letters, digits and bytes of other scripts, whose
/// capitals stay; everything else parts words, an apostrophe too ("where's" is two).
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

}  // namespace errata
