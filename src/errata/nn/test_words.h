#pragma once

#include <string>

namespace errata::nn {

/// The message of a result's error; "" when it holds a value.
std::string words_of(const auto& result) { return result ? std::string() : result.error().message; }

}  // namespace errata::nn
