#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/report/audit/sections.h"
#include "errata/report/audit/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

namespace {

using audit::Figure;

std::string softmax_note(const audit::SetResult& set, Figure figure, std::string (*text)(double)) {
  const double softmax = figure_of(set, kSoftmax, figure);
  return std::isfinite(softmax) ? "softmax " + text(softmax) : std::string();
}

/// AUROC and coverage on a set.
std::string set_tiles(const audit::SetResult& set) {
  const double own = figure_of(set, kAuditor, Figure::auroc), softmax = figure_of(set, kSoftmax, Figure::auroc);
  const std::string name = escape_html(plain_text(set.name, 24));
  return tile_html("AUROC, " + name, auroc_text(own), softmax_note(set, Figure::auroc, auroc_text), own < softmax) +
         tile_html("Accepted at 5%, " + name, percent_text(figure_of(set, kAuditor, Figure::coverage_at_5_percent)),
                   softmax_note(set, Figure::coverage_at_5_percent, percent_text));
}

/// Without an auditor: how much of the first set fails, and what the best of the others does there.
std::string tiles_of_others(const audit::Audit& audit) {
  if (audit.sets.empty()) return {};
  const audit::SetResult& set = audit.sets.front();
  const std::string name = escape_html(plain_text(set.name, 24));
  std::string html =
      "<dl class=\"tiles\">" + tile_html("Fail, " + name, percent_text(failure_share(set.failures, set.cases)), "");
  if (const audit::DetectorResult* best = best_detector(set))
    html += tile_html("Best AUROC, " + name, auroc_text(best->metrics[Figure::auroc].value),
                      escape_html(plain_text(best->name, 24)));
  return html + "</dl>\n";
}

std::string tiles_html(const audit::Audit& audit) {
  if (!audit.no_auditor.empty()) return tiles_of_others(audit);
  std::string html = "<dl class=\"tiles\">";
  const auto unseen = std::ranges::find_if(audit.sets, is_unseen);
  const auto held = std::ranges::find_if(audit.sets, &audit::SetResult::exchangeable);
  if (unseen != audit.sets.end()) html += set_tiles(*unseen);
  if (held != audit.sets.end()) {
    html += set_tiles(*held);
    if (!held->points.empty())
      html += tile_html("Accepted that fail, " + escape_html(plain_text(held->name, 24)),
                        percent_text(held->points[0].realised.risk), escape_html(rule_name(held->points[0].point)),
                        breaks_target(held->points[0]));
    html += tile_html("ECE, " + escape_html(plain_text(held->name, 24)),
                      percent_text(figure_of(*held, kAuditor, Figure::ece)), "");
  }
  return html + "</dl>\n";
}

}  // namespace

std::string audit_header_html(const audit::Audit& audit) {
  std::string html = fmt::format("<header><p class=\"source\">{}</p><h1>{}</h1><p class=\"lead\">{}</p>\n{}",
                                 escape_html(subject_name(audit)), escape_html(audit_headline(audit)),
                                 marked_up(subject_words(audit)), tiles_html(audit));
  if (!audit.warnings.empty()) {
    html += "<ul class=\"warnings\" aria-label=\"Warnings\">";
    for (const std::string& warning : audit.warnings)
      html += fmt::format("<li>{}</li>", marked_up(plain_text(warning, kLongText)));
    html += "</ul>";
  }
  return html + "</header>\n";
}

std::string findings_section(const audit::Audit& audit) {
  std::string html = "<section id=\"findings\"><h2>What was found</h2>\n<ul class=\"advice\">";
  for (const AuditFinding& finding : audit_findings(audit))
    html += fmt::format("<li{}>{}</li>", finding.bad ? " class=\"bad\"" : "", marked_up(finding.words));
  html += "</ul>\n";
  const std::vector<std::string> advice = audit_advice(audit);
  if (!advice.empty()) {
    html += "<h3>What to do</h3>\n<ul class=\"advice\">";
    for (const std::string& one : advice) html += fmt::format("<li>{}</li>", marked_up(one));
    html += "</ul>\n";
  }
  return html + "</section>\n";
}

std::string audit_method_section(const audit::Audit& audit) {
  const audit::AuditSubject& subject = audit.subject;
  std::string html = "<section id=\"method\"><h2>How this was measured</h2>\n<dl class=\"facts\">";
  html += fact("Cases", fmt::format("{} to learn from ({} fail), {} to calibrate on ({} fail); every figure is of "
                                    "others, unless it says so",
                                    count_text(subject.train_cases), count_text(subject.train_failures),
                                    count_text(subject.calibration_cases), count_text(subject.calibration_failures)));
  html += fact("Split", escape_html(plain_text(subject.split, kLongText)));
  html += fact("Auditor", audit.no_auditor.empty()
                              ? fmt::format("reads {} columns, was asked for the {}; trained in {:.1f} s",
                                            count_text(subject.columns), escape_html(plain_text(subject.target)),
                                            subject.train_seconds)
                              : "none: " + escape_html(plain_text(audit.no_auditor, kLongText)));
  html += fact("Length of training", marked_up(training_words(audit)));
  html += fact("Calibration", audit.calibration.empty()
                                  ? std::string()
                                  : escape_html(plain_text(audit.calibration)) +
                                        ", on one half of the calibration cases; thresholds are set on the other");
  html += fact("Intervals", "95%: DeLong for AUROC, bootstrap over cases for the other figures, Wilson for rates");
  html += fact("Tests", "paired (DeLong) against softmax, corrected by Holm within a set");
  if (audit.built_in) {
    html += fact("Built-in pair", escape_html(pair_words(audit)));
    html += fact("Time", fmt::format("{:.1f} s for the first network, {:.1f} s to capture what it computes",
                                     audit.built_in->primary_seconds, audit.built_in->capture_seconds));
  }
  html += fact("Seed", fmt::format("{}", subject.seed));
  html += fact("Computed by", escape_html(plain_text(subject.runtime, kLongText)));
  return html + "</dl></section>\n";
}

}  // namespace errata::report
