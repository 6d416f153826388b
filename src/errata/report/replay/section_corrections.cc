#include <fmt/format.h>

#include <cmath>

#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/replay/sections.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

std::string_view verdict_css(replay::Verdict verdict) {
  switch (verdict) {
    case replay::Verdict::correctable: return "good";
    case replay::Verdict::irreducible: return "bad";
    case replay::Verdict::unknown: return "soft";
  }
  ERRATA_CHECK(false);
  return {};
}

/// Which of the two ways does better, where one does.
std::string better_html(const replay::CorrectionResult& result) {
  if (result.verdict != replay::Verdict::correctable || result.better.empty()) return {};
  return fmt::format("<div class=\"soft\">by {}</div>", escape_html(plain_text(result.better)));
}

std::string correction_row(const replay::CorrectionResult& result) {
  const auto error = [&](std::string_view label, double value) {
    const bool lower = value < result.error;
    return number_cell(label, value, percent_text(value), lower ? " good" : "");
  };
  return fmt::format("<tr><td class=\"where short\">{}</td><td class=\"{}\" data-label=\"verdict\">{}{}</td>",
                     escape_html(plain_text(result.words)), verdict_css(result.verdict),
                     replay::name_of(result.verdict), better_html(result)) +
         number_cell("cases", static_cast<double>(result.cases), count_text(result.cases)) +
         number_cell("fail", result.error, percent_text(result.error)) + error("flipped", result.flipped_error) +
         error("specialist", result.specialist_error) +
         number_cell("all flipped", result.all_flipped_error, percent_text(result.all_flipped_error), " wide-only") +
         number_cell("p, lower", result.p_value, p_text(std::log(result.p_value))) +
         number_cell("p, higher", result.harm_p_value, p_text(std::log(result.harm_p_value))) + "</tr>\n";
}

}  // namespace

std::string corrections_section(const replay::Replay& replay) {
  std::string html = fmt::format(
      "<section id=\"corrections\"><h2>Can failures be corrected?</h2>\n<p>{}</p>\n"
      "<div class=\"scroll\"><table id=\"correction-table\" class=\"sortable cards\"><thead><tr><th>Where</th>"
      "<th>Verdict</th><th class=\"number\">Cases</th><th class=\"number\">Fail</th><th class=\"number\">Flipped</th>"
      "<th class=\"number\">Specialist</th><th class=\"number wide-only\">All flipped</th>"
      "<th class=\"number\" data-first=\"ascending\">p, lower</th>"
      "<th class=\"number\" data-first=\"ascending\">p, higher</th></tr></thead><tbody>\n",
      escape_html(corrections_words(replay)));
  for (const replay::CorrectionResult& result : replay.corrections) html += correction_row(result);
  return html +
         "</tbody></table></div>\n<p class=\"caption\">Failure rate of the model, had its prediction been flipped "
         "where "
         "the "
         "risk exceeds ½, had the mode’s specialist been followed, and had every prediction been flipped, which is "
         "what "
         "a specialist trained on failures alone does. p, lower: that the better of the two lowers the error; p, "
         "higher: "
         "that both raise it; sequential tests, corrected for their number.</p>\n</section>\n";
}

}  // namespace errata::report
