// The page of a comparison: what changed as a whole, where, and how that is known. All of it stands in HTML; charts are
// empty places that the page's script fills.
#include <fmt/format.h>

#include <limits>

#include "errata/report/analysis/comparison.h"
#include "errata/report/analysis/comparison_words.h"
#include "errata/report/analysis/sections.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/kit/shell.h"

namespace errata::report {
namespace {

using slice::Change;

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

std::string tiles_html(const slice::Comparison& comparison) {
  const auto& [first, second] = std::pair(comparison.first.compared, comparison.second.compared);
  const double a = failure_rate(first), b = failure_rate(second);
  const auto changed = changed_slices(comparison);
  return "<dl class=\"tiles\">" +
         tile_html("First log fails", percent_text(a), fmt::format("of {}", counted(first.trials, "case", "cases"))) +
         tile_html("Second log fails", percent_text(b), fmt::format("of {}", counted(second.trials, "case", "cases")),
                   comparison.change == Change::worse) +
         tile_html("Difference in points", points_text(b - a), points_text(comparison.difference) + " (95%)") +
         tile_html("New or worse", count_text(changed.worse),
                   fmt::format("of {}", counted(comparison.slices.size(), "slice", "slices")), changed.worse > 0) +
         tile_html("Gone or better", count_text(changed.better),
                   fmt::format("of {}", counted(comparison.slices.size(), "slice", "slices"))) +
         "</dl>\n";
}

std::string warnings_html(const slice::Comparison& comparison) {
  std::string items;
  const auto add = [&](const std::vector<std::string>& warnings, const char* which) {
    for (const auto& warning : warnings)
      items += fmt::format("<li>{}{}</li>", which, marked_up(plain_text(warning, kLongText)));
  };
  add(comparison.warnings, "");
  add(comparison.first.warnings, "First log: ");
  add(comparison.second.warnings, "Second log: ");
  return items.empty() ? items : "<ul class=\"warnings\" aria-label=\"Warnings\">" + items + "</ul>";
}

std::string header_html(const slice::Comparison& comparison) {
  return fmt::format("<header><p class=\"source\">{} → {}</p><h1>{}</h1><p class=\"lead\">{} {}</p>\n{}{}</header>\n",
                     escape_html(files_text(comparison.first)), escape_html(files_text(comparison.second)),
                     escape_html(verdict_words(comparison)), escape_html(difference_words(comparison)),
                     escape_html(rule_words(comparison)), tiles_html(comparison), warnings_html(comparison));
}

const char* css_of(Change change) {
  switch (change) {
    case Change::appeared:
    case Change::worse: return "bad";
    case Change::gone:
    case Change::better: return "good";
    default: return "soft";
  }
}

std::string details_html(const slice::ComparedSlice& compared) {
  std::string inside = fmt::format(
      "<code class=\"sql\">{}</code><button type=\"button\" class=\"tool copy script-only\">Copy SQL</button>",
      escape_html(compared.sql));
  if (compared.paired)
    inside += fmt::format("<p>{} with the second alone, {} with the first alone, {} with both.</p>",
                          counted(compared.paired->only_second, "case fails", "cases fail"),
                          count_text(compared.paired->only_first), count_text(compared.paired->both));
  if (is_comparable(compared))
    inside += fmt::format("<p>Difference {} points (95% interval {}), {} before adjustment.</p>",
                          points_text(compared.second.rate - compared.first.rate), points_text(compared.difference),
                          escape_html(p_equation(compared.log_p)));
  return "<details><summary>SQL and counts</summary><div class=\"inside\">" + inside + "</div></details>";
}

std::string row_html(const slice::ComparedSlice& compared, bool paired) {
  std::string where = conjunction_html(compared.where);
  if (where.empty()) where = words_of(compared.where);
  for (const auto& note : notes_of(compared)) where += fmt::format("<div class=\"soft\">{}</div>", escape_html(note));
  const auto cases = [](const char* label, const slice::SliceOnLog& on) {
    const bool known = on.unmeasurable.empty();
    return number_cell(label, known ? static_cast<double>(on.n) : kNoValue, known ? count_text(on.n) : "–");
  };
  const auto rate = [](const char* label, const slice::SliceOnLog& on, const char* css) {
    return number_cell(label, on.rate, on.n == 0 ? "–" : percent_text(on.rate), css);
  };
  const bool comparable = is_comparable(compared);
  const bool failing = compared.change == Change::appeared || compared.change == Change::worse;
  const double difference = comparable ? compared.second.rate - compared.first.rate : kNoValue;
  return fmt::format("<tr{}><td class=\"{}\">{}</td><td class=\"where\">{}{}</td>{}{}{}{}{}{}</tr>\n",
                     failing ? " class=\"failing\"" : "", css_of(compared.change), slice::name_of(compared.change),
                     where, details_html(compared), cases(paired ? "cases" : "cases, first", compared.first),
                     paired ? "" : cases("cases, second", compared.second), rate("first", compared.first, ""),
                     rate("second", compared.second, " rate"),
                     number_cell("points", difference, points_text(difference)),
                     number_cell("adjusted p", comparable ? compared.log_p_adjusted : kNoValue,
                                 comparable ? p_text(compared.log_p_adjusted) : "–"));
}

std::string slices_section(const slice::Comparison& comparison, const std::vector<Chart>& charts) {
  std::string html = "<section id=\"slices\"><h2>Where it changed</h2>\n";
  if (comparison.slices.empty()) {
    return html + "<p>No hotspot is confirmed on either log, so there is no slice to compare.</p>\n" +
           charts_html(charts, "slices") + "</section>\n";
  }
  const bool paired = comparison.paired.has_value();
  html += fmt::format("<p>{}</p>\n", escape_html(slices_words(comparison)));
  html += charts_html(charts, "slices") + filter_html("slice-table", "Filter slices, e.g. a feature");
  html += fmt::format(
      "<div class=\"scroll\"><table id=\"slice-table\" class=\"sortable "
      "cards\"><thead><tr><th>Change</th><th>Slice</th>"
      "{}<th class=\"number\">First</th><th class=\"number\">Second</th><th class=\"number\">Points</th>"
      "<th class=\"number\" data-first=\"ascending\">Adjusted p</th></tr></thead><tbody>\n",
      paired ? "<th class=\"number\">Cases</th>"
             : "<th class=\"number\">Cases 1</th><th class=\"number\">Cases 2</th>");
  for (const auto& compared : comparison.slices) html += row_html(compared, paired);
  return html + fmt::format("</tbody></table></div>\n<p class=\"caption\">{}</p></section>\n",
                            escape_html(counting_words(comparison)));
}

std::string difference_interval(const slice::Comparison& comparison) {
  const char* over = comparison.paired ? "pairs of cases" : "the cases of either log";
  if (comparison.metrics.replicates == 0) return fmt::format("normal intervals over {}", over);
  return fmt::format("bootstrap over {}, {} replicates", over, count_text(comparison.metrics.replicates));
}

std::string quality_section(const slice::Comparison& comparison) {
  std::string rows;
  for (const auto& [metric, first, second, interval] : comparison.metrics.changes) {
    const bool clear = interval.low > 0 || interval.high < 0;
    const bool better = (second > first) == slice::higher_is_better(metric);
    rows += fmt::format(
        "<tr><td class=\"where short\">{}</td>{}{}{}{}</tr>\n", words_of(metric),
        number_cell("first", first, number_text(first, 4)), number_cell("second", second, number_text(second, 4)),
        number_cell("difference", second - first, number_text(second - first, 3),
                    !clear   ? ""
                    : better ? " good"
                             : " bad"),
        number_cell("95%", interval.low,
                    fmt::format("{} to {}", number_text(interval.low, 3), number_text(interval.high, 3))));
  }
  return fmt::format(
      "<section id=\"quality\"><h2>Metrics</h2>\n<p>Coloured where the 95% interval of the difference leaves out 0; "
      "{}.</p>\n"
      "<div class=\"scroll\"><table class=\"cards\"><thead><tr><th>Metric</th>"
      "<th class=\"number\">First</th><th class=\"number\">Second</th><th class=\"number\">Difference</th>"
      "<th class=\"number\">95% interval</th></tr></thead><tbody>\n{}</tbody></table></div></section>\n",
      difference_interval(comparison), rows);
}

std::string log_fact(const slice::ComparedLog& log) {
  return escape_html(fmt::format("{}: {}", files_text(log), whole_words(log)));
}

std::string method_section(const slice::Comparison& comparison) {
  const auto& rule = comparison.rule;
  std::string html = "<section id=\"method\"><h2>How this was compared</h2>\n<dl class=\"facts\">";
  html += fact("First log", log_fact(comparison.first)) + fact("Second log", log_fact(comparison.second)) +
          fact("A failure is", escape_html(plain_text(rule.words, kLongText)));
  if (rule.threshold)
    html += fact("Threshold", fmt::format("{}, the first log's, on both", escape_html(number_text(*rule.threshold))));
  if (!rule.sql.empty()) html += fact("as SQL", fmt::format("<code>{}</code>", escape_html(rule.sql)));
  if (comparison.positive) html += fact("Positive class", escape_html(plain_text(*comparison.positive)));
  html += fact("Cases", marked_up(pairing_words(comparison))) +
          fact("Tests", fmt::format("two-sided and exact, {}, Benjamini–Hochberg over the slices at {}",
                                    comparison.paired ? "McNemar" : "Fisher", level_text(comparison.fdr)));
  return html + "</dl></section>\n";
}

}  // namespace

std::string comparison_page(const slice::Comparison& comparison) {
  const std::vector<Chart> charts = comparison_charts(comparison);
  const bool has_metrics = !comparison.metrics.changes.empty();
  std::string main = header_html(comparison) + slices_section(comparison, charts);
  if (has_metrics) main += quality_section(comparison);
  main += method_section(comparison);
  return page_html(
      {.title = fmt::format("Errata: {} → {}", files_text(comparison.first), files_text(comparison.second)),
       .contents = {{.id = "slices", .words = "Where it changed"},
                    {.there = has_metrics, .id = "quality", .words = "Metrics"},
                    {.id = "method", .words = "How this was compared"}},
       .main = std::move(main),
       .charts = charts,
       .data_id = "comparison",
       .data = comparison_json(comparison, -1)});
}

}  // namespace errata::report
