#pragma once

#include <string>

#include "errata/checklist/checklist.h"

namespace errata::report {

/// "7 of 8 modes pass; camouflaged-text fails".
[[nodiscard]] std::string checklist_headline(const checklist::Checklist& made);

/// "at least 0.85"
[[nodiscard]] std::string gate_words(const checklist::Gate& gate);

/// What a mode's result means: "passes, and the document's allocator fails".
[[nodiscard]] std::string verdict_words(const checklist::ModeResult& result);

}  // namespace errata::report
