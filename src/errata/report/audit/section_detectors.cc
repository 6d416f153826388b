#include <fmt/format.h>

#include <cmath>

#include "errata/report/audit/charts.h"
#include "errata/report/audit/sections.h"
#include "errata/report/audit/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

namespace {

using audit::Figure;

std::string name_html(const audit::DetectorResult& detector) {
  return fmt::format("<span class=\"name\">{}</span>", escape_html(plain_text(detector.name)));
}

/// Detectors down, sets across.
std::string auroc_table(const audit::Audit& audit) {
  std::string html =
      "<div class=\"scroll\"><table id=\"detector-table\" class=\"sortable cards dense\"><thead><tr>"
      "<th>AUROC of</th>";
  for (const audit::SetResult& set : audit.sets)
    html += fmt::format("<th class=\"number\">{}</th>", escape_html(plain_text(set.name, 40)));
  html += "</tr></thead><tbody>\n";
  for (const std::string& name : detector_names(audit)) {
    html += fmt::format("<tr{}><td class=\"where short\"><span class=\"name\">{}</span></td>",
                        name == kAuditor ? " class=\"own\"" : "", escape_html(plain_text(name)));
    for (const audit::SetResult& set : audit.sets) {
      const double area = figure_of(set, name, Figure::auroc);
      html += number_cell(escape_html(plain_text(set.name, 24)), area, auroc_text(area));
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

/// "0.966" for areas, "61.2%" for shares.
std::string figure_text(Figure figure, double value) {
  switch (figure) {
    case Figure::fpr_at_95_tpr:
    case Figure::coverage_at_1_percent:
    case Figure::coverage_at_2_percent:
    case Figure::coverage_at_5_percent:
    case Figure::ece: return percent_text(value);
    case Figure::aurc:
    case Figure::excess_aurc:
    case Figure::augrc: return std::isfinite(value) ? fmt::format("{:.4f}", value) : number_text(value);
    case Figure::auroc:
    case Figure::average_precision_failures:
    case Figure::average_precision_successes: return auroc_text(value);
  }
  ERRATA_CHECK(false);
  return {};
}

struct Column {
  Figure figure;
  const char* title;
};

/// All figures of all detectors on one set.
std::string figures_table(const audit::SetResult& set) {
  constexpr Column kColumns[] = {{Figure::auroc, "AUROC"},
                                 {Figure::average_precision_failures, "AP failures"},
                                 {Figure::average_precision_successes, "AP successes"},
                                 {Figure::fpr_at_95_tpr, "FPR at 95% TPR"},
                                 {Figure::aurc, "AURC"},
                                 {Figure::excess_aurc, "E-AURC"},
                                 {Figure::augrc, "AUGRC"},
                                 {Figure::coverage_at_1_percent, "Accepted at 1%"},
                                 {Figure::coverage_at_2_percent, "at 2%"},
                                 {Figure::coverage_at_5_percent, "at 5%"}};
  std::string html =
      "<details><summary>Every figure of every detector</summary><div class=\"scroll\"><table class=\"dense\"><thead>"
      "<tr><th>Detector</th>";
  for (const Column& column : kColumns) html += fmt::format("<th class=\"number\">{}</th>", column.title);
  html += "<th class=\"number\">AUROC less softmax</th></tr></thead><tbody>\n";
  for (const audit::DetectorResult& detector : set.detectors) {
    html += fmt::format("<tr{}><td title=\"{}\">{}</td>", detector.name == kAuditor ? " class=\"own\"" : "",
                        escape_html(plain_text(detector.words, 200)), name_html(detector));
    for (const Column& column : kColumns) {
      const audit::Estimate& estimate = detector.metrics[column.figure];
      const auto text = [&](double value) { return figure_text(column.figure, value); };
      html += fmt::format("<td class=\"number\" title=\"{} to {}\">{}</td>", escape_html(text(estimate.interval.low)),
                          escape_html(text(estimate.interval.high)), escape_html(text(estimate.value)));
    }
    const audit::FigureDifference& less = detector.less_msp;
    const bool compared = result_named(set, kSoftmax) != nullptr && detector.name != kSoftmax &&
                          std::isfinite(less.difference) && std::isfinite(less.p_value);
    html += fmt::format("<td class=\"number\">{}</td></tr>\n",
                        compared ? fmt::format("{:+.3f} ({:+.3f} to {:+.3f})", less.difference, less.low, less.high)
                                 : std::string("–"));
  }
  return html + "</tbody></table></div></details>\n";
}

}  // namespace

std::string detectors_section(const audit::Audit& audit, const std::vector<Chart>& charts) {
  return fmt::format("<section id=\"detectors\"><h2>{}</h2>\n{}{}</section>\n",
                     audit.no_auditor.empty() ? "The auditor beside other detectors" : "Detectors without an auditor",
                     charts_html(charts, "detectors"), auroc_table(audit));
}

std::string sets_section(const audit::Audit& audit, const std::vector<Chart>& charts) {
  std::string html = "<section id=\"sets\"><h2>On each set of cases</h2>\n";
  for (std::size_t s = 0; s < audit.sets.size(); ++s) {
    const audit::SetResult& set = audit.sets[s];
    html +=
        fmt::format("<h3 class=\"set\">{}</h3>\n<p>{}, of which {} fail: {}. {}{}</p>\n",
                    escape_html(plain_text(set.name, 60)), counted(set.cases, "case", "cases"),
                    percent_text(failure_share(set.failures, set.cases)), escape_html(plain_text(set.words, kLongText)),
                    audit.points.empty() ? ""
                    : set.exchangeable   ? "Drawn as the calibration cases were: guarantees hold here."
                                         : "Not drawn as the calibration cases were: no guarantee holds here.",
                    std::isfinite(set.label_accuracy)
                        ? fmt::format(" The auditor's own classes are right in {}.", percent_text(set.label_accuracy))
                        : std::string());
    if (const std::string more = better_words(set); !more.empty())
      html += fmt::format("<p class=\"caption\">{}</p>\n", escape_html(more));
    html += "<div class=\"trio\">" + charts_html(charts, set_section(s)) + "</div>\n" + figures_table(set);
  }
  return html + "</section>\n";
}

std::string points_section(const audit::Audit& audit) {
  std::string html = "<section id=\"points\"><h2>Where it refuses</h2>\n<ul class=\"advice\">";
  for (const audit::OperatingPoint& point : audit.points)
    html += fmt::format("<li>{}</li>", escape_html(point_words(point)));
  if (const std::string unlike = unlike_words(audit); !unlike.empty())
    html += fmt::format("<li>{}</li>", escape_html(unlike));
  html +=
      "</ul>\n<div class=\"scroll\"><table class=\"cards\"><thead><tr><th>On</th><th>Threshold</th><th>Guarantee</th>"
      "<th class=\"number\">Accepted</th><th class=\"number\">Of these fail</th><th class=\"number\">95% interval</th>"
      "<th class=\"number\">Abstained</th><th class=\"number\">Unlike</th><th class=\"number\">Accepted and "
      "alike</th><th class=\"number\">Of these fail</th><th class=\"number\">Of all "
      "fail</th></tr></thead><tbody>\n";
  for (const audit::SetResult& set : audit.sets) {
    for (const audit::RealisedPoint& point : set.points) {
      const audit::RealisedRisk& realised = point.realised;
      html += fmt::format(
          "<tr><td class=\"where short\">{}</td><td data-label=\"threshold\">{}</td>"
          "<td data-label=\"guarantee\"{}>{}</td>",
          escape_html(plain_text(set.name, 40)), escape_html(rule_name(point.point)),
          set.exchangeable ? "" : " class=\"soft\"", guarantee_word(set, point.point));
      html +=
          number_cell("accepted", realised.coverage, percent_text(realised.coverage)) +
          number_cell("of these fail", realised.risk, percent_text(realised.risk), breaks_target(point) ? " bad" : "") +
          number_cell("95% interval", realised.risk_interval.low,
                      realised.accepted.trials == 0 ? std::string("–") : interval_text(realised.risk_interval),
                      " soft") +
          number_cell("abstained", static_cast<double>(realised.abstained.trials),
                      count_text(realised.abstained.trials)) +
          number_cell("unlike", set.unlike, percent_text(set.unlike)) +
          number_cell("accepted and alike", point.alike.coverage, percent_text(point.alike.coverage)) +
          number_cell("of these fail", point.alike.risk, percent_text(point.alike.risk)) +
          number_cell("of all fail", realised.base_risk, percent_text(realised.base_risk)) + "</tr>\n";
    }
  }
  return html +
         "</tbody></table></div>\n<p class=\"caption\">A guarantee is about cases drawn like those that set the "
         "threshold. On other sets the realised failure rate beside the target shows what became of it.</p>\n"
         "</section>\n";
}

}  // namespace errata::report
