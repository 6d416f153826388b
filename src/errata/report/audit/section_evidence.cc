#include <fmt/format.h>

#include <cmath>

#include "errata/report/audit/sections.h"
#include "errata/report/audit/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

namespace {

std::string evidence_rows(const std::vector<audit::EvidenceResult>& evidence) {
  std::string html;
  for (const audit::EvidenceResult& one : evidence) {
    html +=
        fmt::format("<tr><td class=\"where short\"><span class=\"name\">{}</span></td>",
                    escape_html(plain_text(one.name, 60))) +
        number_cell("AUROC lost", one.auroc_lost, fmt::format("{:.4f} ± {:.4f}", one.auroc_lost, one.auroc_lost_sd)) +
        number_cell("of the gradients", one.integrated,
                    fmt::format("{} ± {}", percent_text(one.integrated), percent_text(one.integrated_sd))) +
        "</tr>\n";
  }
  return html;
}

std::string evidence_table(const std::vector<audit::EvidenceResult>& evidence, const char* title) {
  return fmt::format(
      "<div class=\"scroll\"><table class=\"cards dense\"><thead><tr><th>{}</th><th class=\"number\">AUROC lost</th>"
      "<th class=\"number\">Of the gradients</th></tr></thead><tbody>\n{}</tbody></table></div>\n",
      title, evidence_rows(evidence));
}

}  // namespace

std::string cases_section(const std::vector<Chart>& charts) {
  return "<section id=\"cases\"><h2>Confidence, risk and the latents</h2>\n" + charts_html(charts, "cases") +
         "</section>\n";
}

std::string left_out_section(const audit::Audit& audit, const std::vector<Chart>& charts) {
  std::string html = fmt::format("<section id=\"left-out\"><h2>What it never saw</h2>\n<p>{}</p>\n{}",
                                 escape_html(left_out_words(audit)), charts_html(charts, "left_out"));
  html +=
      "<div class=\"scroll\"><table id=\"left-out-table\" class=\"sortable cards dense\"><thead><tr><th>Left out</th>"
      "<th>Family</th><th class=\"number\">Cases</th><th class=\"number\">Fail</th>"
      "<th class=\"number\" data-first=\"ascending\">AUROC</th><th class=\"number\">Softmax</th>"
      "<th class=\"number\" data-first=\"ascending\">Gain</th><th class=\"number\">Own classes right</th></tr></thead>"
      "<tbody>\n";
  for (const std::size_t i : left_out_order(audit)) {
    const audit::LeftOutResult& result = audit.left_out[i];
    const double gain = result.auditor_auroc - result.msp_auroc;
    const double fails = failure_share(result.failures, result.cases);
    html += fmt::format("<tr><td class=\"where short\">{}</td><td data-label=\"family\">{}</td>",
                        escape_html(plain_text(result.group, 40)), escape_html(plain_text(result.family, 40))) +
            number_cell("cases", static_cast<double>(result.cases), count_text(result.cases)) +
            number_cell("fail", fails, percent_text(fails)) +
            number_cell("AUROC", result.auditor_auroc, auroc_text(result.auditor_auroc)) +
            number_cell("softmax", result.msp_auroc, auroc_text(result.msp_auroc)) +
            number_cell("gain", gain, std::isnan(gain) ? std::string("–") : fmt::format("{:+.3f}", gain),
                        gain < 0 ? " bad" : "") +
            number_cell("own classes right", result.label_accuracy, percent_text(result.label_accuracy)) + "</tr>\n";
  }
  return html + "</tbody></table></div>\n</section>\n";
}

std::string evidence_section(const audit::Audit& audit, const std::vector<Chart>& charts) {
  std::string html =
      fmt::format("<section id=\"evidence\"><h2>Where the evidence is</h2>\n<p>{}</p>\n<div class=\"pair\">{}</div>\n",
                  marked_up(evidence_words(audit)), charts_html(charts, "evidence"));
  html += evidence_table(audit.evidence, "Block");
  if (!audit.channels.empty())
    html += "<details><summary>Columns</summary>" + evidence_table(audit.channels, "Column") + "</details>\n";
  return html +
         "<p class=\"caption\">AUROC lost: when the columns are exchanged between cases. Of the gradients: share of "
         "the "
         "summed integrated gradients of the risk. ±: standard deviation over seeds.</p>\n</section>\n";
}

}  // namespace errata::report
