#include <fmt/format.h>

#include <limits>

#include "errata/report/analysis/hard_or_wrong.h"
#include "errata/report/analysis/sections.h"
#include "errata/report/analysis/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"

namespace errata::report {

namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

std::string row_html(const slice::Analysis& analysis, const slice::SavedSlice& saved) {
  const slice::SliceOnLog& on_log = saved.on_log;
  std::string where = conjunction_html(saved.where);
  if (where.empty()) where = words_of(saved.where);
  if (!on_log.unmeasurable.empty()) {
    return fmt::format("<tr><td class=\"where\">{}<div class=\"soft\">{}</div></td>{}{}{}{}</tr>\n", where,
                       escape_html(plain_text(on_log.unmeasurable, kLongText)), number_cell("fail", kNothing, "–"),
                       number_cell("the rest", kNothing, "–"), number_cell("cases", kNothing, "–"),
                       number_cell("adjusted p", kNothing, "–"));
  }
  if (saved.excess) where += fmt::format("<div class=\"soft\">{}</div>", escape_html(excess_words(*saved.excess)));
  if (const std::string kinds = failure_kinds_words(analysis, saved.kinds); !kinds.empty())
    where += fmt::format("<div class=\"soft\">{}</div>", escape_html(kinds));
  return fmt::format("<tr{}><td class=\"where\">{}</td>{}{}{}{}</tr>\n", on_log.raised ? " class=\"failing\"" : "",
                     where, number_cell("fail", on_log.rate, percent_text(on_log.rate), " rate"),
                     number_cell("the rest", on_log.rest, percent_text(on_log.rest)),
                     number_cell("cases", static_cast<double>(on_log.n), count_text(on_log.n)),
                     number_cell("adjusted p", on_log.log_p_adjusted, p_text(on_log.log_p_adjusted)));
}

}  // namespace

std::string saved_section(const slice::Analysis& analysis) {
  std::string html = fmt::format(
      "<section id=\"saved\"><h2>Saved slices on this log</h2>\n<p>{}</p>\n"
      "<div class=\"scroll\"><table id=\"saved-table\" class=\"sortable cards\"><thead><tr><th>Slice</th>"
      "<th class=\"number\">Fail</th><th class=\"number\">The rest</th><th class=\"number\">Cases</th>"
      "<th class=\"number\" data-first=\"ascending\">Adjusted p</th></tr></thead><tbody>\n",
      escape_html(saved_words(analysis)));
  for (const slice::SavedSlice& saved : analysis.saved) html += row_html(analysis, saved);
  return html + "</tbody></table></div>\n</section>\n";
}

}  // namespace errata::report
