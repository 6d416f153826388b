// The page's skeleton and style come from web/; this file writes its words. Everything a reader must know stands in
// HTML, so that the page works without JavaScript, in print and in a mail client's preview; charts are empty places
// named by data-chart, which the page's script fills.
//
// Nothing from the log can become markup: every piece of text passes escape_html(), every piece of data
// escape_script_json(), and the policy of the template allows only the two scripts whose hashes it names.
#include "errata/report/page.h"

#include <fmt/format.h>

#include "errata/report/charts.h"
#include "errata/report/json.h"
#include "errata/report/page/html.h"
#include "errata/report/page/sections.h"
#include "errata/report/page_assets.h"

namespace errata::report {

namespace {

std::string body_html(const slice::Analysis& analysis, const std::vector<Chart>& charts) {
  const bool has_saved = !analysis.saved.empty();
  const bool has_time = analysis.over_time && !analysis.over_time->periods.empty();
  const bool has_drift = analysis.drift && !analysis.drift->columns.empty();
  const bool has_quality = analysis.classes || analysis.numbers;
  const auto link = [](bool there, const char* id, const char* words) {
    return there ? fmt::format("<li><a href=\"#{}\">{}</a></li>", id, words) : std::string();
  };
  std::string html = "<div class=\"page\">\n<nav aria-label=\"Contents\"><span class=\"brand\">Errata</span><ol>" +
                     link(true, "hotspots", "Where it fails") + link(has_saved, "saved", "Saved slices") +
                     link(has_time, "time", "When it fails") + link(has_drift, "drift", "What has changed") +
                     link(true, "features", "What goes with failure") +
                     link(has_quality, "quality", "Overall quality") + link(true, "method", "How this was found") +
                     "</ol></nav>\n<main>\n";
  html += header_html(analysis) + hotspots_section(analysis, charts);
  if (has_saved) html += saved_section(analysis);
  if (has_time) html += time_section(analysis, charts);
  if (has_drift) html += drift_section(charts);
  html += features_section(analysis, charts);
  if (has_quality) html += quality_section(analysis, charts);
  html += method_section(analysis);
  return html + "<footer>Made by errata " ERRATA_VERSION
                ". This file is complete: it loads nothing and sends nothing.</footer>\n</main></div>";
}

std::string charts_json(const std::vector<Chart>& charts) {
  std::string json = "{";
  for (const Chart& chart : charts) {
    json += fmt::format("{}\"{}\":{}", json.size() > 1 ? ",\n" : "", chart.name, chart.spec);
  }
  return json + "}";
}

}  // namespace

std::string render_html(const slice::Analysis& analysis) {
  const std::vector<Chart> charts = make_charts(analysis);
  const auto filling = [&](std::string_view name) -> std::string {
    if (name == "title") return escape_html("Errata: " + file_list(analysis));
    if (name == "body") return body_html(analysis, charts);
    if (name == "charts") return escape_script_json(charts_json(charts));
    if (name == "analysis") return escape_script_json(render_json(analysis, -1));
    if (name == "vega") return std::string(vega_script()) + std::string(embed_script());
    if (name == "script") return std::string(page_script());
    ERRATA_CHECK(false);
    return {};
  };
  // Only the template is searched for {{…}}: what is filled in never is.
  std::string html;
  std::string_view rest = page_template();
  while (true) {
    const std::size_t open = rest.find("{{");
    html += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find("}}", open);
    ERRATA_CHECK(close != std::string_view::npos);
    html += filling(rest.substr(open + 2, close - open - 2));
    rest.remove_prefix(close + 2);
  }
  return html;
}

}  // namespace errata::report
