#pragma once

#include <cstdint>
#include <string_view>

namespace errata::audit {

/// What the auditor is asked in training. Never how confident the model was.
enum class AuditorTarget : std::uint8_t {
  failure,  ///< was the model wrong? One output, the risk its sigmoid: the source's auditor
  label,    ///< what is the truth? One output a class, the risk 1 − P(predicted class | latents)
};

/// "failure" or "label".
[[nodiscard]] constexpr std::string_view word(AuditorTarget target) {
  return target == AuditorTarget::label ? "label" : "failure";
}

}  // namespace errata::audit
