#pragma once

#include <string>
#include <string_view>
#include <vector>

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
[[nodiscard]] std::string shown_words(checklist::Shown shown, bool of_outsider);

/// Whose allocator is judged: "Errata's allocator", "your allocator".
[[nodiscard]] std::string_view judged_words(bool of_outsider);
/// Which command is judged, and beside whom; empty: Errata's.
[[nodiscard]] std::string outsider_words(const checklist::Checklist& made);
/// What was not run because allocations alone do not tell it; empty: nothing.
[[nodiscard]] std::string left_out_words(const checklist::Checklist& made);
/// Which real pictures and videos are told beside the scenes, or that there are none.
[[nodiscard]] std::string real_words(const checklist::Checklist& made);
/// "On 16 real pictures", "On real videos, 8 cases".
[[nodiscard]] std::string real_heading(const checklist::OnReal& real);
/// Which gates the judged allocator would miss on them, and with which files; answers that could not be used.
[[nodiscard]] std::vector<std::string> real_notes(const checklist::OnReal& real);
/// What of a mode was not measured for that reason, and each kind of answer that could not be used.
[[nodiscard]] std::vector<std::string> outsider_notes(const checklist::ModeResult& result);

/// "0.882", "–" for NaN.
[[nodiscard]] std::string figure_text(double value);
/// What was read, and what was left out.
[[nodiscard]] std::string reading_words(const checklist::Reading& reading);

/// How the first allocator stands against the best of the others at the budget that the goal is stated for.
[[nodiscard]] std::string reading_goal_words(const checklist::Reading& reading);

}  // namespace errata::report
