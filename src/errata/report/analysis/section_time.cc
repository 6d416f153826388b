#include <fmt/format.h>

#include <cmath>

#include "errata/report/analysis/figures.h"
#include "errata/report/analysis/sections.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

std::string time_section(const slice::Analysis& analysis, const std::vector<Chart>& charts) {
  const slice::OverTime& over_time = *analysis.over_time;
  std::string html = "<section id=\"time\"><h2>When it fails</h2>\n" + charts_html(charts, "time");
  if (over_time.segments.size() > 1) {
    html +=
        "<div class=\"scroll\"><table><thead><tr><th>From</th><th>To</th><th class=\"number\">Fail</th>"
        "<th class=\"number\">95% interval</th><th class=\"number\">Cases</th></tr></thead><tbody>";
    for (const slice::Segment& segment : over_time.segments) {
      html += fmt::format(
          "<tr{}><td class=\"period\">{}</td><td class=\"period\">{}</td><td class=\"number rate\">{}</td><td "
          "class=\"number\">{} to {}"
          "</td><td class=\"number\">{}</td></tr>",
          segment.interval.low > whole_failure_rate(analysis) ? " class=\"failing\"" : "",
          escape_html(over_time.periods[segment.first].label), escape_html(over_time.periods[segment.last].label),
          percent_text(segment.rate), percent_text(segment.interval.low), percent_text(segment.interval.high),
          count_text(segment.n));
    }
    html += "</tbody></table></div>\n";
  }
  html += fmt::format(
      "<p class=\"soft\">Over the periods failure counts vary {} times as much as one constant rate would make them "
      "({}); in time order failures come {} (runs test, {}).</p>",
      number_text(over_time.dispersion.statistic, 3), escape_html(p_equation(over_time.dispersion.log_p)),
      over_time.runs.log_p <= std::log(0.05) ? "in clusters" : "no more clustered than by chance",
      escape_html(p_equation(over_time.runs.log_p)));
  return html + "</section>\n";
}

std::string drift_section(const std::vector<Chart>& charts) {
  return "<section id=\"drift\"><h2>What has changed in the data</h2>\n" + charts_html(charts, "drift") +
         "</section>\n";
}

}  // namespace errata::report
