#include "errata/report/robustness/terminal.h"

#include <fmt/format.h>

#include <algorithm>

#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/robustness/words.h"

namespace errata::report {
namespace {

using robustness::Check;
using robustness::CheckResult;
using robustness::Robustness;
using robustness::Verdict;

constexpr std::size_t kName = 16, kLevelName = 12;

Ink ink_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed: return Ink::good;
    case Verdict::failed: return Ink::alert;
    case Verdict::not_measured: break;
  }
  return Ink::soft;
}

void write_figures(const Robustness& made, TerminalText& out) {
  const std::vector<TableColumn> columns{{.title = "check", .align = Align::left},
                                         {.title = "figure", .align = Align::left, .wraps = true},
                                         {.title = "value"},
                                         {.title = "95% interval"},
                                         {.title = "gate"}};
  std::vector<TerminalText::Row> rows;
  for (const CheckResult& result : made.results) {
    const std::string name(robustness::info_of(result.check).name);
    if (result.figures.empty())
      rows.push_back({.cells = {{.text = name, .ink = ink_of(result.verdict())},
                                {.text = std::string(check_verdict_words(result.verdict())), .ink = Ink::soft},
                                {.text = "–", .ink = Ink::soft},
                                {.text = "–", .ink = Ink::soft},
                                {}},
                      .notes = {}});
    for (const robustness::Figure& figure : result.figures) {
      const bool first = &figure == &result.figures.front();
      rows.push_back({.cells = {{.text = first ? name : std::string(), .ink = ink_of(result.verdict())},
                                {.text = std::string(robustness::info_of(figure.quantity).name)},
                                {.text = measured_text(figure.value), .ink = figure.passes() ? Ink::plain : Ink::alert},
                                {.text = measured_interval(figure.interval), .ink = Ink::soft},
                                {.text = limit_words(figure), .ink = Ink::soft}},
                      .notes = {}});
    }
  }
  out.table(columns, rows);
}

/// A narrower terminal has no room for the last column.
void write_table(std::vector<TableColumn> columns, std::vector<TerminalText::Row> rows, TerminalText& out) {
  if (out.width() < kWholeWidth) {
    columns.pop_back();
    for (TerminalText::Row& row : rows) row.cells.pop_back();
  }
  out.table(columns, rows);
}

void write_sweep(const Robustness& made, TerminalText& out) {
  constexpr std::size_t kBeside = 30;  // the name of a corruption, and what is retained
  std::size_t widest = 5;
  for (const std::string& level : made.levels) widest = std::max(widest, std::min(level.size(), kLevelName));
  std::vector<TableColumn> columns{{.title = "severity", .align = Align::left, .wraps = true}};
  const std::size_t levels = std::min(made.levels.size(), (out.width() - kBeside) / (widest + 2));
  for (std::size_t level = 0; level < levels; ++level)
    columns.push_back({.title = plain_text(made.levels[level], kLevelName)});
  columns.push_back({.title = "retained"});
  std::vector<TerminalText::Row> rows;
  for (const robustness::SweepRow& row : made.sweep) {
    std::vector<Cell> cells{{.text = plain_text(row.corruption, kName)}};
    for (std::size_t level = 0; level < levels; ++level) cells.push_back({.text = measured_text(row.accuracy[level])});
    cells.push_back({.text = measured_text(row.retained)});
    rows.push_back({.cells = std::move(cells), .notes = {}});
  }
  out.table(columns, rows);
  out.more(levels, made.levels.size());
}

void write_calibration(const Robustness& made, TerminalText& out) {
  if (const std::string words = calibration_words(made); !words.empty()) out.paragraph(words, Ink::soft);
  std::vector<TableColumn> columns{{.title = "severity", .align = Align::left, .wraps = true},
                                   {.title = "cases"},
                                   {.title = "accuracy"},
                                   {.title = "confidence"},
                                   {.title = "ECE"},
                                   {.title = "95% interval"}};
  std::vector<TerminalText::Row> rows;
  for (const robustness::LevelRow& row : made.calibration)
    rows.push_back({.cells = {{.text = plain_text(row.level, kName)},
                              {.text = count_text(row.cases)},
                              {.text = measured_text(row.accuracy)},
                              {.text = measured_text(row.confidence)},
                              {.text = measured_text(row.ece)},
                              {.text = measured_interval(row.ece_interval), .ink = Ink::soft}},
                    .notes = {}});
  write_table(std::move(columns), std::move(rows), out);
}

void write_rejection(const Robustness& made, TerminalText& out) {
  out.paragraph(rejection_words(made), Ink::soft);
  std::vector<TableColumn> columns{{.title = "set", .align = Align::left, .wraps = true},
                                   {.title = "pictures"},
                                   {.title = "FPR95"},
                                   {.title = "95% interval"},
                                   {.title = "AUROC"},
                                   {.title = "95% interval"}};
  std::vector<TerminalText::Row> rows;
  for (const robustness::ForeignRow& row : made.foreign)
    rows.push_back({.cells = {{.text = plain_text(row.set, kName)},
                              {.text = count_text(row.pictures)},
                              {.text = measured_text(row.fpr95)},
                              {.text = measured_interval(row.fpr95_interval), .ink = Ink::soft},
                              {.text = measured_text(row.auroc)},
                              {.text = measured_interval(row.auroc_interval), .ink = Ink::soft}},
                    .notes = {}});
  write_table(std::move(columns), std::move(rows), out);
}

void write_stability(const Robustness& made, TerminalText& out) {
  const std::vector<TableColumn> columns{{.title = "perturbation", .align = Align::left, .wraps = true},
                                         {.title = "sequences"},
                                         {.title = "pairs"},
                                         {.title = "rate"},
                                         {.title = "95% interval"}};
  std::vector<TerminalText::Row> rows;
  for (const robustness::FlipRow& row : made.flips)
    rows.push_back({.cells = {{.text = plain_text(row.perturbation, kName)},
                              {.text = count_text(row.sequences)},
                              {.text = count_text(row.pairs)},
                              {.text = measured_text(row.rate)},
                              {.text = measured_interval(row.interval), .ink = Ink::soft}},
                    .notes = {}});
  out.table(columns, rows);
}

void write_gaps(const Robustness& made, TerminalText& out) {
  out.paragraph(gap_words(made), Ink::soft);
  if (made.gaps.empty()) return;
  const std::vector<TableColumn> columns{{.title = "slice", .align = Align::left, .wraps = true},
                                         {.title = "cases"},
                                         {.title = "fails"},
                                         {.title = "rest"},
                                         {.title = "gap"},
                                         {.title = "95% interval"}};
  std::vector<TerminalText::Row> rows;
  for (const robustness::GapRow& row : made.gaps)
    rows.push_back({.cells = {{.text = words_of(row.where)},
                              {.text = count_text(row.slice.trials)},
                              {.text = percent_text(stats::failure_rate(row.slice))},
                              {.text = percent_text(stats::failure_rate(row.rest))},
                              {.text = measured_text(row.gap)},
                              {.text = measured_interval(row.interval), .ink = Ink::soft}},
                    .notes = {}});
  out.table(columns, rows);
}

void write_check(const CheckResult& result, const Robustness& made, TerminalText& out) {
  const auto& info = robustness::info_of(result.check);
  out.heading(fmt::format("{}: {}", info.name, check_verdict_words(result.verdict())));
  out.paragraph(std::string(info.words), Ink::soft);
  if (result.verdict() == Verdict::not_measured) {
    out.item("- ", unmeasured_words(result.why));
    return;
  }
  switch (result.check) {
    case Check::corruption: write_sweep(made, out); break;
    case Check::calibration: write_calibration(made, out); break;
    case Check::rejection: write_rejection(made, out); break;
    case Check::stability: write_stability(made, out); break;
    case Check::slices: write_gaps(made, out); break;
    case Check::retention: out.paragraph(retention_words(*made.retention)); break;
  }
}

}  // namespace

std::string robustness_terminal(const Robustness& made, const TerminalOptions& options) {
  TerminalText out(options);
  out.paragraph(robustness_headline(made) + ".", Ink::bold);
  out.paragraph(robustness_subject(made), Ink::soft);
  if (made.cases > 0) {
    const std::string interval = interval_text(interval_of(made.failures, made.cases));
    out.paragraph(
        fmt::format("{}, {}: {} fail (95% interval {})", counted(made.cases, "case", "cases"),
                    counted(made.failures, "failure", "failures"),
                    percent_text(stats::failure_rate({.failures = made.failures, .trials = made.cases})), interval),
        Ink::soft);
  }
  out.blank();
  write_figures(made, out);
  for (const CheckResult& result : made.results) write_check(result, made, out);
  out.lines("Notes", made.subject.notes);
  return out.take();
}

}  // namespace errata::report
