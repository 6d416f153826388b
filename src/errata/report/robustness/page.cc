#include "errata/report/robustness/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "errata/report/kit/html.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/kit/shell.h"
#include "errata/report/robustness/charts.h"
#include "errata/report/robustness/json.h"
#include "errata/report/robustness/words.h"

namespace errata::report {
namespace {

using robustness::Check;
using robustness::CheckResult;
using robustness::Robustness;
using robustness::Verdict;

std::string_view class_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed: return "good";
    case Verdict::failed: return "off";
    case Verdict::not_measured: break;
  }
  return "soft";
}

std::string verdict_html(Verdict verdict) {
  return fmt::format("<span class=\"{}\">{}</span>", class_of(verdict), check_verdict_words(verdict));
}

std::string head_html(const Robustness& made) {
  const auto count = [&](Verdict verdict) {
    return static_cast<std::size_t>(std::ranges::count(made.results, verdict, &CheckResult::verdict));
  };
  const std::size_t failing = count(Verdict::failed), measured = failing + count(Verdict::passed);
  std::size_t missed = 0;
  for (const CheckResult& result : made.results)
    missed += static_cast<std::size_t>(
        std::ranges::count_if(result.figures, [](const auto& figure) { return !figure.passes(); }));
  const double rate = stats::failure_rate({.failures = made.failures, .trials = made.cases});
  return fmt::format("<header><p class=\"source\">{}</p><h1>{}</h1>\n", escape_html(robustness_subject(made)),
                     escape_html(robustness_headline(made))) +
         "<dl class=\"tiles\">" +
         tile_html("Checks that pass", count_text(count(Verdict::passed)), fmt::format("of {} measured", measured),
                   failing > 0) +
         tile_html("Gates missed", count_text(missed), "by the model", missed > 0) +
         tile_html("Not measured", count_text(count(Verdict::not_measured)), "checks; no pass") +
         tile_html("Fails", percent_text(rate),
                   made.cases == 0 ? std::string("of no cases")
                                   : fmt::format("of {}, {}", counted(made.cases, "case", "cases"),
                                                 interval_text(interval_of(made.failures, made.cases)))) +
         "</dl>\n</header>\n";
}

std::string figures_section(const Robustness& made) {
  std::string html =
      "<section id=\"figures\"><h2>Figures and gates</h2>\n<div class=\"scroll\"><table class=\"cards\"><thead><tr>"
      "<th>Check</th><th>Figure</th><th class=\"number\">Value</th><th>95% interval</th><th>Gate</th><th>Result</th>"
      "</tr></thead><tbody>\n";
  for (const CheckResult& result : made.results) {
    const std::string name(robustness::info_of(result.check).name);
    if (result.figures.empty())
      html += fmt::format(
          "<tr><td class=\"where short\"><a href=\"#{0}\">{0}</a></td><td data-label=\"figure\">–</td><td "
          "class=\"number\" data-label=\"value\">–</td><td data-label=\"95% interval\">–</td><td data-label=\"gate\">–"
          "</td><td data-label=\"result\">{1}</td></tr>\n",
          name, verdict_html(result.verdict()));
    for (const robustness::Figure& figure : result.figures) {
      const auto& info = robustness::info_of(figure.quantity);
      const std::string limit = figure.limit ? limit_words(figure) : std::string("–");
      html += fmt::format(
          "<tr><td class=\"where short\"><a href=\"#{0}\">{0}</a></td><td data-label=\"figure\">{1} <span "
          "class=\"soft\">{2}</span></td>{3}<td data-label=\"95% interval\">{4}</td><td data-label=\"gate\">{5}</td>"
          "<td data-label=\"result\">{6}</td></tr>\n",
          name, escape_html(info.name), escape_html(info.words),
          number_cell("value", figure.value, measured_text(figure.value), figure.passes() ? "" : " bad"),
          measured_interval(figure.interval), limit,
          figure.limit ? verdict_html(figure.passes() ? Verdict::passed : Verdict::failed) : std::string("–"));
    }
  }
  return html + "</tbody></table></div>\n</section>\n";
}

std::string gaps_html(const Robustness& made) {
  std::string html = fmt::format("<p>{}</p>\n", escape_html(gap_words(made)));
  if (made.gaps.empty()) return html;
  html +=
      "<div class=\"scroll\"><table class=\"cards\"><thead><tr><th>Slice</th><th class=\"number\">Cases</th><th "
      "class=\"number\">Fails</th><th class=\"number\">The rest</th><th class=\"number\">Gap</th><th>95% interval</th>"
      "</tr></thead><tbody>\n";
  for (const robustness::GapRow& row : made.gaps) {
    const double fails = stats::failure_rate(row.slice), rest = stats::failure_rate(row.rest);
    html += fmt::format("<tr><td class=\"where\">{}<br><code>{}</code></td>", marked_up(words_of(row.where)),
                        escape_html(plain_text(row.sql, kLongText))) +
            number_cell("cases", static_cast<double>(row.slice.trials), count_text(row.slice.trials)) +
            number_cell("fails", fails, percent_text(fails)) + number_cell("the rest", rest, percent_text(rest)) +
            number_cell("gap", row.gap, measured_text(row.gap)) +
            fmt::format("<td data-label=\"95% interval\">{}</td></tr>\n", measured_interval(row.interval));
  }
  return html + "</tbody></table></div>\n";
}

std::string check_section(const CheckResult& result, const Robustness& made, const std::vector<Chart>& charts) {
  const auto& info = robustness::info_of(result.check);
  std::string html = fmt::format("<section id=\"{0}\"><h2>{0}: {1}</h2>\n<p>{2}</p>\n", info.name,
                                 check_verdict_words(result.verdict()), escape_html(info.words));
  if (result.verdict() == Verdict::not_measured)
    return html + fmt::format("<p class=\"soft\">Not measured: {}.</p></section>\n",
                              escape_html(unmeasured_words(result.why)));
  if (const std::string words = calibration_words(made); result.check == Check::calibration && !words.empty())
    html += fmt::format("<p>{}</p>\n", escape_html(words));
  if (result.check == Check::rejection) html += fmt::format("<p>{}</p>\n", escape_html(rejection_words(made)));
  if (result.check == Check::retention)
    html += fmt::format("<p>{}</p>\n", escape_html(retention_words(*made.retention)));
  if (result.check == Check::slices) html += gaps_html(made);
  return html + "<div class=\"small\">" + charts_html(charts, info.name) + "</div>\n</section>\n";
}

std::string how_section(const Robustness& made) {
  std::string html = "<section id=\"method\"><h2>How this was measured</h2>\n<dl class=\"facts\">";
  html += fact("Seed", fmt::format("{}", made.options.seed));
  if (!made.levels.empty()) html += fact("Gates look at", escape_html(middle_words(made)));
  html += fact("Gates", "held against the value; what is not measured is no pass");
  html +=
      fact("Intervals", fmt::format("95%, by the bootstrap over {} with {} replicates; of retention exact",
                                    made.subject.of_log ? "cases, or streams" : "pictures", made.options.replicates));
  for (const std::string& note : made.subject.notes) html += fact("Note", escape_html(plain_text(note, kLongText)));
  return html + "</dl></section>\n";
}

}  // namespace

std::string robustness_page(const Robustness& made) {
  const std::vector<Chart> charts = robustness_charts(made);
  std::vector<PageLink> contents{{.id = "figures", .words = "Figures and gates"}};
  std::string main = head_html(made) + figures_section(made);
  for (const CheckResult& result : made.results) {
    const char* name = robustness::info_of(result.check).name.data();
    contents.push_back({.id = name, .words = name});
    main += check_section(result, made, charts);
  }
  contents.push_back({.id = "method", .words = "How this was measured"});
  return page_html({.title = "Errata checklist of a classifier",
                    .contents = std::move(contents),
                    .main = std::move(main) + how_section(made),
                    .charts = charts,
                    .data_id = "robustness",
                    .data = robustness_json(made, -1)});
}

}  // namespace errata::report
