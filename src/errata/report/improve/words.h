#pragma once

#include <string>
#include <string_view>

#include "errata/improve/improvement.h"

namespace errata::report {

/// "Held-out accuracy went from 0.893 to 0.981 in 4 rounds, 3 of them kept."
[[nodiscard]] std::string improve_headline(const improve::Improvement& made);
/// What was improved by what: "arithmetic, 99,520 parameters; adapters of 35,840; learns from its failures".
[[nodiscard]] std::string improve_subject(const improve::Improvement& made);
/// "kept", "taken back: no gain", …
[[nodiscard]] std::string_view verdict_words(improve::Verdict verdict);
/// How the held-out answers changed, with McNemar's test; nothing without rounds.
[[nodiscard]] std::string change_words(const improve::Improvement& made);

/// "0.981", "–" for NaN.
[[nodiscard]] std::string accuracy_text(double value);

}  // namespace errata::report
