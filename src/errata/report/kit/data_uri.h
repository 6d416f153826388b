#pragma once

#include <string>
#include <string_view>

namespace errata::report {

/// Bytes in the page itself: "data:image/png;base64,…".
/// @param media_type  "image/png"
[[nodiscard]] std::string data_uri(std::string_view media_type, std::string_view bytes);

}  // namespace errata::report
