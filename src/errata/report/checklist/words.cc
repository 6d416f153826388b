#include "errata/report/checklist/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/report/kit/numbers.h"

namespace errata::report {

std::string gate_words(const checklist::Gate& gate) {
  return fmt::format("{} {}", gate.at_least ? "at least" : "at most", number_text(gate.limit, 3));
}

std::string verdict_words(const checklist::ModeResult& result) {
  if (!result.passed()) return "FAILS";
  if (result.is_telling()) return "passes";
  return result.holds() ? "passes, as the document's does"
                        : "passes, but so does the document's: the mode tells nothing";
}

std::string checklist_headline(const checklist::Checklist& made) {
  std::vector<std::string> failing;
  for (const auto& mode : made.modes)
    if (!mode.holds()) failing.emplace_back(mode.mode->name);
  const std::string passing =
      fmt::format("{} of {} pass", made.modes.size() - failing.size(), counted(made.modes.size(), "mode", "modes"));
  return failing.empty()
             ? passing
             : fmt::format("{}; {} {} not", passing, fmt::join(failing, ", "), failing.size() == 1 ? "does" : "do");
}

std::string_view class_words(checklist::ModeClass kind) {
  switch (kind) {
    case checklist::ModeClass::perceptual: return "sensing";
    case checklist::ModeClass::strategic: return "deciding what to spend";
    case checklist::ModeClass::temporal: return "from one look to the next";
    case checklist::ModeClass::learning: return "what training did";
    case checklist::ModeClass::placing: break;
  }
  return "where the tokens stand";
}

std::string_view shown_words(checklist::Shown shown) {
  switch (shown) {
    case checklist::Shown::typical: return "A typical case: the median by what the document's allocator misses";
    case checklist::Shown::worst: return "The worst case: Errata's allocator misses a limit by most";
    case checklist::Shown::worst_of_second: break;
  }
  return "The worst case of the document's allocator; Errata's misses no limit in any case";
}

std::string figure_text(double value) { return std::isfinite(value) ? fmt::format("{:.3f}", value) : "–"; }

}  // namespace errata::report
