#pragma once

#include <string_view>

namespace errata::improve {

/// How a wrong answer differs from the right one, for answers that are numbers: "empty"; "form" (characters where the
/// right one has none, but for a sign); "sign" (nothing else is wrong); "length"; "carry" (every wrong digit is one
/// off, as a carry or borrow that is forgotten or invented leaves it); "digit" (one other digit); "digits".
[[nodiscard]] std::string_view error_kind(std::string_view right, std::string_view wrong);

}  // namespace errata::improve
