#include <fmt/format.h>

#include <cmath>

#include "errata/report/analysis/group_words.h"
#include "errata/report/analysis/sections.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

namespace {

/// "17.5–20.4%": a table of ten columns has no room for more.
std::string short_interval(const slice::GroupFigure& figure) {
  const auto [low, high] = figure.interval;
  if (!slice::is_rate(figure.measure) || std::isnan(low)) return interval_words(figure.measure, figure.interval);
  return fmt::format("{:.1f}–{:.1f}%", 100 * low, 100 * high);
}

std::string figure_cell(const slice::GroupFigure& figure) {
  const std::string interval = short_interval(figure);
  std::string text = escape_html(value_text(figure.measure, figure.value)) + (figure.differs ? "*" : "");
  if (!interval.empty()) text += fmt::format("<div class=\"soft\">{}</div>", escape_html(interval));
  return fmt::format("<td class=\"number{}\" data-label=\"{}\" data-value=\"{}\">{}</td>", figure.differs ? " off" : "",
                     words_of(figure.measure), std::isfinite(figure.value) ? fmt::format("{}", figure.value) : "",
                     text);
}

std::string row_html(const std::string& label, const slice::Group& group, bool is_whole) {
  std::string html =
      fmt::format("<tr{}><td class=\"where short\">{}{}</td>{}", is_whole ? " class=\"own\"" : "", escape_html(label),
                  group.is_small ? "<div class=\"soft\">few cases, not tested</div>" : "",
                  number_cell("cases", static_cast<double>(group.n), count_text(group.n)));
  for (const slice::GroupFigure& figure : group.figures) html += figure_cell(figure);
  return html + "</tr>\n";
}

std::string figures_html(const slice::GroupComparison& groups, const slice::GroupTable& table,
                         const std::vector<std::string>& labels) {
  std::string html =
      "<div class=\"scroll\"><table class=\"sortable cards dense\"><thead><tr><th>Group</th><th "
      "class=\"number\">Cases</th>";
  for (const slice::GroupFigure& figure : groups.whole.figures)
    html +=
        fmt::format("<th class=\"number\" title=\"{}\">{}</th>", words_of(figure.measure), short_name(figure.measure));
  html += "</tr></thead><tbody>\n";
  for (std::size_t g = 0; g < labels.size(); ++g) html += row_html(labels[g], table.groups[g], false);
  return html + row_html("all cases", groups.whole, true) + "</tbody></table></div>\n";
}

std::string findings_html(const slice::GroupTable& table, const std::vector<std::string>& labels) {
  const auto findings = findings_of(table);
  if (findings.empty()) return "<p>No group differs from the rest beyond chance.</p>\n";
  constexpr std::size_t kOpen = 6;
  std::string open, folded;
  for (std::size_t i = 0; i < findings.size(); ++i)
    (i < kOpen ? open : folded) +=
        fmt::format("<li>{}</li>", escape_html(finding_words(labels[findings[i].group], *findings[i].figure)));
  std::string html = fmt::format("<ul>{}</ul>\n", open);
  if (!folded.empty())
    html += fmt::format("<details><summary>{}</summary><ul>{}</ul></details>\n",
                        counted(findings.size() - kOpen, "more difference", "more differences"), folded);
  return html;
}

std::string spreads_html(const slice::GroupTable& table, const std::vector<std::string>& labels) {
  const auto spreads = named_spreads(table);
  if (spreads.empty()) return {};
  std::string html =
      "<div class=\"scroll\"><table class=\"cards dense\"><thead><tr><th>Largest difference between two groups</th>"
      "<th class=\"number\">Difference</th><th class=\"number\">95% interval</th><th>Highest</th><th>Lowest</th>"
      "</tr></thead><tbody>\n";
  for (const auto& [name, key, spread] : spreads)
    html += fmt::format(
        "<tr><td class=\"where short\">{}</td>{}{}<td data-label=\"highest\">{}</td>"
        "<td data-label=\"lowest\">{}</td></tr>\n",
        name, number_cell("difference", spread.difference, number_text(spread.difference, 3)),
        number_cell("95% interval", spread.interval.low,
                    fmt::format("{} to {}", number_text(spread.interval.low, 3), number_text(spread.interval.high, 3))),
        escape_html(labels[spread.highest]), escape_html(labels[spread.lowest]));
  return html + "</tbody></table></div>\n";
}

}  // namespace

std::string groups_section(const slice::GroupComparison& groups, const std::vector<Chart>& charts) {
  std::string html = fmt::format("<section id=\"groups\"><h2>Groups</h2>\n<p>{} * marks what differs.</p>\n",
                                 escape_html(method_words(groups)));
  for (std::size_t t = 0; t < groups.tables.size(); ++t) {
    const slice::GroupTable& table = groups.tables[t];
    const auto labels = group_labels(table);
    html += fmt::format("<h3>{}</h3>\n", marked_up(title_of(table)));
    html += fmt::format("<div class=\"small\">{}</div>\n", charts_html(charts, fmt::format("groups_{}", t + 1)));
    html += figures_html(groups, table, labels);
    if (const std::string small = small_words(groups, table); !small.empty())
      html += fmt::format("<p class=\"soft\">{}</p>\n", small);
    html += findings_html(table, labels) + spreads_html(table, labels);
  }
  return html + "</section>\n";
}

}  // namespace errata::report
