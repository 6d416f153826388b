#include "errata/report/analysis/groups_terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "errata/report/analysis/group_words.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/utf8.h"

namespace errata::report {

namespace {

using slice::GroupMeasure;

constexpr std::size_t kGroupsShown = 12;
constexpr std::size_t kFindings = 5;
constexpr std::size_t kLabelWidth = 10;

/// Precision stands in the page and the JSON: a line has no room for more.
bool is_shown(GroupMeasure measure, std::size_t width) {
  if (measure == GroupMeasure::base_rate || measure == GroupMeasure::selection_rate) return width >= kWholeWidth;
  return measure != GroupMeasure::precision;
}

/// The groups with most cases, in their order.
std::vector<std::size_t> largest_groups(const slice::GroupTable& table) {
  std::vector<std::size_t> shown(table.groups.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  std::ranges::stable_sort(shown, std::ranges::greater{}, [&](std::size_t g) { return table.groups[g].n; });
  shown.resize(std::min(shown.size(), kGroupsShown));
  std::ranges::sort(shown);
  return shown;
}

TerminalText::Row row_of(const std::string& label, const slice::Group& group, std::size_t width) {
  TerminalText::Row row{.cells = {{.text = label}, {.text = count_text(group.n)}}, .notes = {}};
  for (const slice::GroupFigure& figure : group.figures) {
    if (!is_shown(figure.measure, width)) continue;
    // The mark has a place of its own, so that the figures stand below each other.
    row.cells.push_back({.text = value_text(figure.measure, figure.value) + (figure.differs ? "*" : " "),
                         .ink = figure.differs   ? Ink::alert
                                : group.is_small ? Ink::soft
                                                 : Ink::plain});
  }
  return row;
}

void write_figures(const slice::GroupComparison& groups, const slice::GroupTable& table,
                   const std::vector<std::string>& labels, TerminalText& out) {
  std::vector<TableColumn> columns{{.title = "group", .align = Align::left, .wraps = true}, {.title = "cases"}};
  for (const slice::GroupFigure& figure : groups.whole.figures)
    if (is_shown(figure.measure, out.width()))
      columns.push_back({.title = std::string(short_name(figure.measure)) + " "});
  std::vector<TerminalText::Row> rows;
  const auto shown = largest_groups(table);
  for (const std::size_t g : shown) rows.push_back(row_of(labels[g], table.groups[g], out.width()));
  rows.push_back(row_of("all cases", groups.whole, out.width()));
  out.table(columns, rows);
  out.more(shown.size(), table.groups.size());
}

void write_findings(const slice::GroupTable& table, const std::vector<std::string>& labels, TerminalText& out) {
  const auto findings = findings_of(table);
  if (findings.empty()) {
    out.paragraph("No group differs from the rest beyond chance.");
    return;
  }
  const std::size_t shown = std::min(findings.size(), kFindings);
  for (std::size_t i = 0; i < shown; ++i) out.item("* ", finding_words(labels[findings[i].group], *findings[i].figure));
  out.more(shown, findings.size());
}

void write_spreads(const slice::GroupTable& table, const std::vector<std::string>& labels, TerminalText& out) {
  constexpr std::array kTold{
      GroupMeasure::failure_rate,        GroupMeasure::selection_rate, GroupMeasure::false_negative_rate,
      GroupMeasure::false_positive_rate, GroupMeasure::bias,           GroupMeasure::mean_absolute_error};
  const bool says_which = out.width() >= kWholeWidth;
  std::vector<TerminalText::Row> rows;
  for (const auto& [name, key, spread] : named_spreads(table)) {
    if (std::ranges::find(kTold, spread.measure) == kTold.end()) continue;
    TerminalText::Row row{.cells = {{.text = std::string(name)},
                                    {.text = number_text(spread.difference, 3)},
                                    {.text = fmt::format("{} to {}", number_text(spread.interval.low, 3),
                                                         number_text(spread.interval.high, 3))}},
                          .notes = {}};
    if (says_which)
      for (const std::size_t group : {spread.highest, spread.lowest})
        row.cells.push_back({.text = fit(labels[group], kLabelWidth)});
    rows.push_back(std::move(row));
  }
  if (rows.empty()) return;
  std::vector<TableColumn> columns{
      {.title = "largest difference", .align = Align::left, .wraps = true}, {.title = ""}, {.title = "95% interval"}};
  if (says_which)
    for (const char* title : {"highest", "lowest"}) columns.push_back({.title = title, .align = Align::left});
  out.table(columns, rows);
}

}  // namespace

void write_groups(const slice::GroupComparison& groups, TerminalText& out) {
  if (groups.tables.empty()) return;
  out.heading("Groups");
  out.paragraph(method_words(groups));
  for (const slice::GroupTable& table : groups.tables) {
    const auto labels = group_labels(table);
    out.blank();
    out.paragraph(title_of(table), Ink::bold);
    write_figures(groups, table, labels, out);
    if (const std::string small = small_words(groups, table); !small.empty()) out.paragraph(small, Ink::soft);
    write_findings(table, labels, out);
    write_spreads(table, labels, out);
  }
}

}  // namespace errata::report
