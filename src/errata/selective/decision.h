#pragma once

#include <cstdint>
#include <string_view>

namespace errata::selective {

/// What to do with a case.
enum class Decision : std::uint8_t {
  accept,   ///< use the model's prediction
  defer,    ///< hand the case to someone or something that can check it
  abstain,  ///< give no answer
};

/// "accept", "defer" or "abstain".
[[nodiscard]] std::string_view word(Decision decision);

}  // namespace errata::selective
