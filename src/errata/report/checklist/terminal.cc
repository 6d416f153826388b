#include "errata/report/checklist/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "errata/checklist/allocators.h"
#include "errata/checklist/reading.h"
#include "errata/report/checklist/words.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/utf8.h"

namespace errata::report {
namespace {

using checklist::Contender;
using checklist::Figure;
using checklist::ModeResult;

constexpr std::size_t kLongestName = 24, kBetweenColumns = 2;

std::string name_of(const Contender& contender) { return plain_text(contender.name, kLongestName); }
std::string name_of(const Figure& figure) { return plain_text(figure.name, kLongestName); }

Cell figure_cell(const Contender& contender, const Figure& column) {
  const auto own = std::ranges::find(contender.figures, column.name, &Figure::name);
  if (own == contender.figures.end()) return {.text = "–", .ink = Ink::soft};
  return {.text = figure_text(own->mean), .ink = own->passes() ? Ink::plain : Ink::alert};
}

Cell gate_cell(const Figure& figure) {
  if (!figure.gate) return {};
  return {.text = fmt::format("{} {}", figure.gate->at_least ? "≥" : "≤", number_text(figure.gate->limit, 3)),
          .ink = Ink::soft};
}

using Contenders = std::span<const Contender>;

void write_table(Contenders contenders, std::span<const Figure> figures, TerminalText& out) {
  std::vector<TableColumn> columns{{.title = "allocator", .align = Align::left}};
  for (const Figure& figure : figures) columns.push_back({.title = name_of(figure)});
  std::vector<TerminalText::Row> rows;
  for (const Contender& contender : contenders) {
    std::vector<Cell> cells{{.text = name_of(contender)}};
    for (const Figure& figure : figures) cells.push_back(figure_cell(contender, figure));
    rows.push_back({.cells = std::move(cells), .notes = {}});
  }
  std::vector<Cell> gates{{.text = "gate", .ink = Ink::soft}};
  for (const Figure& figure : figures) gates.push_back(gate_cell(figure));
  rows.push_back({.cells = std::move(gates), .notes = {}});
  out.table(columns, rows);
}

/// As many tables under each other as a narrow terminal needs.
void write_figures(Contenders contenders, TerminalText& out) {
  const std::span<const Figure> figures = contenders.front().figures;
  std::size_t names = display_width("allocator");
  for (const Contender& contender : contenders) names = std::max(names, display_width(name_of(contender)));
  const auto width_of = [&](const Figure& figure) {
    std::size_t width = std::max(display_width(name_of(figure)), display_width(gate_cell(figure).text));
    for (const Contender& contender : contenders)
      width = std::max(width, display_width(figure_cell(contender, figure).text));
    return width + kBetweenColumns;
  };
  for (std::size_t first = 0; first < figures.size();) {
    std::size_t end = first, width = names;
    while (end < figures.size() && (end == first || width + width_of(figures[end]) <= out.width()))
      width += width_of(figures[end++]);
    if (first > 0) out.blank();
    write_table(contenders, figures.subspan(first, end - first), out);
    first = end;
  }
}

void write_mode(const ModeResult& result, TerminalText& out) {
  const auto& mode = *result.mode;
  out.heading(
      fmt::format("{} {} ({}): {}", mode.number, mode.name, checklist::name_of(mode.kind), verdict_words(result)));
  out.paragraph(std::string(mode.words), Ink::soft);
  write_figures(result.contenders, out);
  for (const std::string& note : outsider_notes(result)) out.item("- ", note);
  if (!result.passed()) {
    out.item("- ", fmt::format("it assumes that {}", mode.assumption));
    out.item("- ", fmt::format("what helps: {}", mode.mitigation));
  }
  if (!result.real) return;
  out.blank();
  out.paragraph(real_heading(*result.real) + ":", Ink::soft);
  write_figures(result.real->contenders, out);
  for (const std::string& note : real_notes(*result.real)) out.item("- ", note);
}

void write_reading(const checklist::Reading& reading, TerminalText& out) {
  out.heading(fmt::format("reading at an equal budget, by relevance of '{}'", plain_text(reading.relevance)));
  out.paragraph(reading_words(reading), Ink::soft);
  std::vector<TableColumn> columns{{.title = "allocator", .align = Align::left}};
  for (const checklist::ReadingBudget& budget : checklist::kReadingBudgets)
    columns.push_back({.title = std::string(budget.name)});
  std::vector<TerminalText::Row> rows;
  for (const Contender& contender : reading.contenders) {
    std::vector<Cell> cells{{.text = name_of(contender)}};
    for (const Figure& figure : contender.figures) cells.push_back({.text = figure_text(figure.mean)});
    rows.push_back({.cells = std::move(cells), .notes = {}});
  }
  out.table(columns, rows);
  out.paragraph(reading_goal_words(reading));
}

}  // namespace

std::string checklist_terminal(const checklist::Checklist& made, const TerminalOptions& options) {
  TerminalText out(options);
  out.paragraph(checklist_headline(made) + ".", Ink::bold);
  out.paragraph(
      fmt::format("{} a mode, from seed {} on; {} positions, {} tokens", counted(made.options.seeds, "scene", "scenes"),
                  made.options.first_seed, checklist::kPositions, count_text(checklist::kTotal)),
      Ink::soft);
  for (const std::string& words : {outsider_words(made), left_out_words(made), real_words(made)})
    if (!words.empty()) out.paragraph(words);
  for (const ModeResult& mode : made.modes) write_mode(mode, out);
  for (const checklist::Reading& reading : made.reading) write_reading(reading, out);
  return out.take();
}

}  // namespace errata::report
