#include "errata/report/checklist/words.h"

#include <fmt/format.h>

#include <algorithm>

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

}  // namespace errata::report
