#pragma once

#include <string>
#include <string_view>

#include "errata/checklist/checklist.h"

namespace errata::report {

/// "7 of 8 modes pass; camouflaged-text fails".
[[nodiscard]] std::string checklist_headline(const checklist::Checklist& made);

/// "at least 0.85"
[[nodiscard]] std::string gate_words(const checklist::Gate& gate);

/// What a mode's result means: "passes, and the document's allocator fails".
[[nodiscard]] std::string verdict_words(const checklist::ModeResult& result);

/// What a class of the taxonomy is about: "sensing".
[[nodiscard]] std::string_view class_words(checklist::ModeClass kind);

/// Why a case is shown: "A typical case: …".
[[nodiscard]] std::string_view shown_words(checklist::Shown shown);

/// "0.882", "–" for NaN.
[[nodiscard]] std::string figure_text(double value);

}  // namespace errata::report
