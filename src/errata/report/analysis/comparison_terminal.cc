#include <fmt/format.h>

#include <algorithm>

#include "errata/report/analysis/comparison.h"
#include "errata/report/analysis/comparison_words.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {
namespace {

using slice::Change;

constexpr std::size_t kSlices = 20;

Ink ink_of(Change change) {
  switch (change) {
    case Change::appeared:
    case Change::worse: return Ink::alert;
    case Change::gone:
    case Change::better: return Ink::good;
    case Change::unchanged:
    case Change::incomparable: return Ink::soft;
  }
  return Ink::plain;
}

std::string rate_text(const slice::SliceOnLog& on) { return on.n == 0 ? "–" : percent_text(on.rate); }
std::string cases_text(const slice::SliceOnLog& on) { return on.unmeasurable.empty() ? count_text(on.n) : "–"; }

void write_logs(const slice::Comparison& comparison, TerminalText& out) {
  out.item("first   ", fmt::format("{}: {}", files_text(comparison.first), whole_words(comparison.first)));
  out.item("second  ", fmt::format("{}: {}", files_text(comparison.second), whole_words(comparison.second)));
  out.paragraph(rule_words(comparison));
  out.paragraph(pairing_words(comparison), Ink::soft);
  out.blank();
  out.paragraph(fmt::format("{}: {}", verdict_words(comparison), difference_words(comparison)),
                ink_of(comparison.change) == Ink::soft ? Ink::plain : Ink::bold);
}

/// Paired logs count a slice on the same cases, so that one column tells how many.
void write_slices(const slice::Comparison& comparison, TerminalText& out) {
  if (comparison.slices.empty()) {
    out.blank();
    out.paragraph("No hotspot is confirmed on either log, so there is no slice to compare.");
    return;
  }
  const bool paired = comparison.paired.has_value();
  std::vector<TerminalText::Row> rows;
  const std::size_t shown = std::min(comparison.slices.size(), kSlices);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& compared = comparison.slices[i];
    TerminalText::Row row{.cells = {{std::string(slice::name_of(compared.change)), ink_of(compared.change)},
                                    {words_of(compared.where)},
                                    {cases_text(compared.first)},
                                    {rate_text(compared.first)}},
                          .notes = notes_of(compared)};
    if (!paired) row.cells.push_back({cases_text(compared.second)});
    row.cells.push_back({rate_text(compared.second)});
    row.cells.push_back({is_comparable(compared) ? p_text(compared.log_p_adjusted) : "–"});
    rows.push_back(std::move(row));
  }
  std::vector<TableColumn> columns{
      {"", Align::left}, {"slice", Align::left, true}, {paired ? "cases" : "cases 1"}, {"fail 1"}};
  if (!paired) columns.push_back({"cases 2"});
  columns.push_back({"fail 2"});
  columns.push_back({"adjusted p"});
  out.heading("Slices");
  out.table(columns, rows);
  out.more(shown, comparison.slices.size());
  out.blank();
  out.paragraph(counting_words(comparison), Ink::soft);
}

void write_metrics(const slice::Comparison& comparison, TerminalText& out) {
  if (comparison.metrics.changes.empty()) return;
  out.heading("Metrics");
  std::vector<TerminalText::Row> rows;
  for (const auto& [metric, first, second, interval] : comparison.metrics.changes) {
    const bool clear = interval.low > 0 || interval.high < 0;
    const bool better = (second > first) == slice::higher_is_better(metric);
    rows.push_back({.cells = {{std::string(words_of(metric))},
                              {number_text(first, 4)},
                              {number_text(second, 4)},
                              {number_text(second - first, 3), !clear   ? Ink::plain
                                                               : better ? Ink::good
                                                                        : Ink::alert},
                              {fmt::format("{} to {}", number_text(interval.low, 3), number_text(interval.high, 3))}},
                    .notes = {}});
  }
  out.table({{"", Align::left}, {"first"}, {"second"}, {"difference"}, {"95% interval"}}, rows);
}

}  // namespace

std::string comparison_terminal(const slice::Comparison& comparison, const TerminalOptions& options) {
  TerminalText out(options);
  write_logs(comparison, out);
  write_slices(comparison, out);
  write_metrics(comparison, out);
  out.lines("Warnings", comparison.warnings);
  out.lines("Warnings of the first log", comparison.first.warnings);
  out.lines("Warnings of the second log", comparison.second.warnings);
  return out.take();
}

}  // namespace errata::report
