#pragma once

#include <string>
#include <string_view>

namespace errata::nn {

/// What libtorch said, without the source lines and the trace of addresses around it: the first line, or of an error
/// inside a TorchScript program the last one, which holds the words of the program.
[[nodiscard]] std::string short_words(std::string_view what);

}  // namespace errata::nn
