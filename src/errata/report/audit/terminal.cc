// The audit as text for a terminal: the findings first, then the figures behind them, every section shorter than a
// screen; what is left out is counted.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ranges>
#include <utility>

#include "errata/report/audit/terminal.h"
#include "errata/report/audit/words.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

namespace {

using audit::Figure;

constexpr std::size_t kSets = 12, kLeftOut = 24, kBlocks = 8, kChannels = 5, kPoints = 2;
constexpr std::size_t kNameWidth = 22;

bool has_detector(const audit::Audit& audit, std::string_view name) {
  return std::ranges::any_of(audit.sets, [&](const auto& set) { return result_named(set, name) != nullptr; });
}

std::size_t shown_sets(const audit::Audit& audit) { return std::min(audit.sets.size(), kSets); }

void write_subject(const audit::Audit& audit, TerminalText& out) {
  out.paragraph(subject_name(audit), Ink::bold);
  out.paragraph(subject_words(audit));
  if (const std::string words = training_words(audit); !words.empty()) out.paragraph(words, Ink::soft);
  if (!audit.subject.split.empty()) out.paragraph(plain_text(audit.subject.split, kLongLine) + ".", Ink::soft);
  if (audit.built_in) out.paragraph(pair_words(audit), Ink::soft);
  out.blank();
  out.paragraph(audit_headline(audit) + ".", Ink::bold);
}

void write_findings(const audit::Audit& audit, TerminalText& out) {
  const auto findings = audit_findings(audit);
  if (!findings.empty()) out.heading("What was found");
  for (const AuditFinding& finding : findings) out.item("- ", finding.words, finding.bad ? Ink::alert : Ink::plain);
}

Cell area_cell(double area, Ink ink = Ink::plain) { return {.text = auroc_text(area), .ink = ink}; }

void write_detectors(const audit::Audit& audit, std::size_t width, TerminalText& out) {
  if (audit.sets.empty()) return;
  const bool own_column = has_detector(audit, kAuditor), softmax = has_detector(audit, kSoftmax),
             source = has_detector(audit, kSourceAuditor);
  const bool others = std::ranges::any_of(audit.sets, [](const auto& set) { return best_other(set) != nullptr; });
  std::vector<TableColumn> columns{{.title = "AUROC on", .align = Align::left}, {.title = "fail"}};
  if (own_column) columns.push_back({.title = kAuditor});
  if (softmax) columns.push_back({.title = "softmax"});
  if (source) columns.push_back({.title = "source's"});
  if (others) columns.push_back({.title = "best other"});
  const bool named = others && width >= kWholeWidth;
  if (named) columns.push_back({.title = "which is", .align = Align::left});
  std::vector<TerminalText::Row> rows;
  for (std::size_t s = 0; s < shown_sets(audit); ++s) {
    const audit::SetResult& set = audit.sets[s];
    const audit::DetectorResult* other = best_other(set);
    const double own = figure_of(set, kAuditor, Figure::auroc);
    const double best = other == nullptr ? std::nan("") : other->metrics[Figure::auroc].value;
    const bool beaten = !better_detectors(set).empty();
    TerminalText::Row row{.cells = {{.text = plain_text(set.name, kNameWidth)},
                                    {.text = percent_text(failure_share(set.failures, set.cases))}},
                          .notes = {}};
    if (own_column) row.cells.push_back(area_cell(own, beaten ? Ink::alert : Ink::good));
    if (softmax) row.cells.push_back(area_cell(figure_of(set, kSoftmax, Figure::auroc)));
    if (source) row.cells.push_back(area_cell(figure_of(set, kSourceAuditor, Figure::auroc)));
    if (others) row.cells.push_back(area_cell(best));
    if (named) row.cells.push_back({.text = other == nullptr ? "" : plain_text(other->name, kNameWidth)});
    rows.push_back(std::move(row));
  }
  out.heading("How well it tells failures apart");
  out.table(columns, rows);
  out.more(rows.size(), audit.sets.size());
  const std::size_t names = detector_names(audit).size();
  if (names > 4) out.paragraph(fmt::format("All {} detectors are in the report.", names), Ink::soft);
}

void write_use(const audit::Audit& audit, std::size_t width, TerminalText& out) {
  if (audit.sets.empty() || !has_detector(audit, kAuditor)) return;
  const bool whole = width >= kWholeWidth;
  const bool softmax = has_detector(audit, kSoftmax), source = has_detector(audit, kSourceAuditor);
  const bool labels =
      std::ranges::any_of(audit.sets, [](const auto& set) { return std::isfinite(set.label_accuracy); });
  std::vector<TableColumn> columns{{.title = "on", .align = Align::left}, {.title = kAuditor}};
  if (whole) columns.insert(columns.begin() + 1, {.title = "cases"});
  if (softmax) columns.push_back({.title = "softmax"});
  if (source) columns.push_back({.title = "source's"});
  columns.push_back({.title = "ECE"});
  if (labels) columns.push_back({.title = "own classes"});
  std::vector<TerminalText::Row> rows;
  for (std::size_t s = 0; s < shown_sets(audit); ++s) {
    const audit::SetResult& set = audit.sets[s];
    const auto accepted = [&](const char* name) {
      return Cell{.text = percent_text(figure_of(set, name, Figure::coverage_at_5_percent))};
    };
    TerminalText::Row row{.cells = {{.text = plain_text(set.name, kNameWidth)}}, .notes = {}};
    if (whole) row.cells.push_back({.text = count_text(set.cases)});
    row.cells.push_back(accepted(kAuditor));
    if (softmax) row.cells.push_back(accepted(kSoftmax));
    if (source) row.cells.push_back(accepted(kSourceAuditor));
    row.cells.push_back({.text = percent_text(figure_of(set, kAuditor, Figure::ece))});
    if (labels) row.cells.push_back({.text = percent_text(set.label_accuracy)});
    rows.push_back(std::move(row));
  }
  out.heading("What can be accepted with 5% failures, and whether the risk is a probability");
  out.table(columns, rows);
  out.paragraph(fmt::format("Coverage with thresholds set in hindsight. ECE: how far the auditor's risk is off.{}",
                            labels ? " Own classes: how often the auditor's most likely class is right." : ""),
                Ink::soft);
}

/// Places of the points that there is room for: one a target, then the other rules for the same targets.
std::vector<std::size_t> told_points(const audit::Audit& audit) {
  const auto target_of = [&](std::size_t p) {
    return std::pair(audit.points[p].rule == audit::OperatingRule::coverage, audit.points[p].target);
  };
  std::vector<std::size_t> told(audit.points.size());
  std::iota(told.begin(), told.end(), std::size_t{0});
  std::ranges::stable_partition(told, [&](std::size_t p) {
    return std::ranges::none_of(std::views::iota(std::size_t{0}, p),
                                [&](std::size_t before) { return target_of(before) == target_of(p); });
  });
  told.resize(std::min(told.size(), kPoints));
  std::ranges::sort(told);
  return told;
}

void write_points(const audit::Audit& audit, std::size_t width, TerminalText& out) {
  if (audit.points.empty() || audit.sets.empty()) return;
  const std::vector<std::size_t> points = told_points(audit);
  out.heading("Where it refuses");
  for (const std::size_t p : points) out.item("- ", point_words(audit.points[p]));
  const std::string unlike = unlike_words(audit);
  if (!unlike.empty()) out.item("- ", unlike);
  out.blank();
  const auto promising = std::ranges::find_if(
      audit.points, [](const auto& point) { return point.rule != audit::OperatingRule::coverage; });
  const audit::OperatingPoint& told = promising == audit.points.end() ? audit.points[0] : *promising;
  std::vector<TableColumn> columns{{.title = "on", .align = Align::left}, {.title = "guarantee", .align = Align::left}};
  for (const std::size_t p : points) {
    columns.push_back({.title = rule_name(audit.points[p])});
    columns.push_back({.title = width >= kWholeWidth ? "of these fail" : "fail"});
  }
  if (!unlike.empty())
    for (const char* title : {"unlike", "and alike", "fail"}) columns.push_back({.title = title});
  std::vector<TerminalText::Row> rows;
  for (std::size_t s = 0; s < shown_sets(audit); ++s) {
    const audit::SetResult& set = audit.sets[s];
    TerminalText::Row row{.cells = {{.text = plain_text(set.name, kNameWidth)}, {.text = guarantee_word(set, told)}},
                          .notes = {}};
    for (const std::size_t p : points) {
      const audit::RealisedPoint* point = p < set.points.size() ? &set.points[p] : nullptr;
      row.cells.push_back({.text = percent_text(point == nullptr ? std::nan("") : point->realised.coverage)});
      row.cells.push_back({.text = percent_text(point == nullptr ? std::nan("") : point->realised.risk),
                           .ink = point != nullptr && breaks_target(*point) ? Ink::alert : Ink::plain});
    }
    if (!unlike.empty()) {
      const auto at = static_cast<std::size_t>(&told - audit.points.data());
      const audit::RealisedRisk* alike = at < set.points.size() ? &set.points[at].alike : nullptr;
      row.cells.push_back({.text = percent_text(set.unlike)});
      row.cells.push_back({.text = percent_text(alike == nullptr ? std::nan("") : alike->coverage)});
      row.cells.push_back({.text = percent_text(alike == nullptr ? std::nan("") : alike->risk)});
    }
    rows.push_back(std::move(row));
  }
  out.table(columns, rows);
  out.more(points.size(), audit.points.size());
}

void write_left_out(const audit::Audit& audit, std::size_t width, TerminalText& out) {
  if (audit.left_out.empty()) return;
  out.heading("Kinds of input left out of training");
  const bool labels =
      std::ranges::any_of(audit.left_out, [](const auto& result) { return std::isfinite(result.label_accuracy); });
  const bool whole = width >= kWholeWidth;
  std::vector<TableColumn> columns{{.title = "left out", .align = Align::left},
                                   {.title = "family", .align = Align::left}};
  if (whole) columns.push_back({.title = "cases"});
  for (const char* title : {"fail", "AUROC", "softmax", "gain"}) columns.push_back({.title = title});
  if (labels && whole) columns.push_back({.title = "own classes"});
  std::vector<TerminalText::Row> rows;
  for (const std::size_t i : left_out_order(audit)) {
    if (rows.size() == kLeftOut) break;
    const audit::LeftOutResult& result = audit.left_out[i];
    const double gain = result.auditor_auroc - result.msp_auroc;
    TerminalText::Row row{
        .cells = {{.text = plain_text(result.group, kNameWidth)}, {.text = plain_text(result.family, 16)}},
        .notes = {}};
    if (whole) row.cells.push_back({.text = count_text(result.cases)});
    row.cells.push_back({.text = percent_text(failure_share(result.failures, result.cases))});
    row.cells.push_back(area_cell(result.auditor_auroc));
    row.cells.push_back(area_cell(result.msp_auroc));
    row.cells.push_back(
        {.text = std::isnan(gain) ? "–" : fmt::format("{:+.3f}", gain), .ink = gain < 0 ? Ink::alert : Ink::plain});
    if (labels && whole) row.cells.push_back({.text = percent_text(result.label_accuracy)});
    rows.push_back(std::move(row));
  }
  out.table(columns, rows);
  out.more(rows.size(), audit.left_out.size());
}

std::string with_spread(std::string value, const std::string& spread) {
  return spread.empty() ? value : value + " ± " + spread;
}

void write_evidence(const audit::Audit& audit, TerminalText& out) {
  if (audit.evidence.empty()) return;
  out.heading("Where the evidence is");
  out.paragraph(evidence_words(audit));
  out.blank();
  std::vector<TerminalText::Row> rows;
  for (const audit::EvidenceResult& block : audit.evidence) {
    if (rows.size() == kBlocks) break;
    rows.push_back({.cells = {{.text = plain_text(block.name, kNameWidth)},
                              {.text = with_spread(fmt::format("{:.3f}", block.auroc_lost),
                                                   fmt::format("{:.3f}", block.auroc_lost_sd))},
                              {.text = with_spread(percent_text(block.integrated), percent_text(block.integrated_sd))}},
                    .notes = {}});
  }
  out.table({{.title = "block", .align = Align::left}, {.title = "AUROC lost"}, {.title = "of the gradients"}}, rows);
  out.more(rows.size(), audit.evidence.size());
  if (audit.channels.empty()) return;
  std::string list;
  const std::size_t shown = std::min(audit.channels.size(), kChannels);
  for (std::size_t i = 0; i < shown; ++i)
    list += fmt::format("{}{} {}", i > 0 ? ", " : "", plain_text(audit.channels[i].name, kNameWidth),
                        percent_text(audit.channels[i].integrated));
  out.paragraph(fmt::format("Columns with the most: {}.", list), Ink::soft);
}

}  // namespace

std::string audit_terminal(const audit::Audit& audit, const TerminalOptions& options) {
  TerminalText out(options);
  const std::size_t width = out.width();
  write_subject(audit, out);
  write_findings(audit, out);
  out.lines("What to do", audit_advice(audit));
  write_detectors(audit, width, out);
  write_use(audit, width, out);
  write_points(audit, width, out);
  write_left_out(audit, width, out);
  write_evidence(audit, out);
  out.lines(counted(audit.warnings.size(), "warning", "warnings"), audit.warnings);
  return out.take();
}

}  // namespace errata::report
