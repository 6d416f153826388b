#include "errata/report/checklist/terminal.h"

#include <fmt/format.h>

#include "errata/checklist/allocators.h"
#include "errata/checklist/reading.h"
#include "errata/report/checklist/words.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {
namespace {

using checklist::Contender;
using checklist::Figure;
using checklist::ModeResult;

std::string value_text(const Figure& figure) { return fmt::format("{:.3f}", figure.mean); }

void write_mode(const ModeResult& result, TerminalText& out) {
  const auto& mode = *result.mode;
  out.heading(
      fmt::format("{} {} ({}): {}", mode.number, mode.name, checklist::name_of(mode.kind), verdict_words(result)));
  out.paragraph(std::string(mode.words), Ink::soft);
  std::vector<TableColumn> columns{{.title = "allocator", .align = Align::left}};
  for (const Figure& figure : result.contenders.front().figures) columns.push_back({.title = figure.name});
  std::vector<TerminalText::Row> rows;
  for (const Contender& contender : result.contenders) {
    std::vector<Cell> cells{{.text = contender.name}};
    for (const Figure& figure : result.contenders.front().figures) {
      const auto own = std::ranges::find(contender.figures, figure.name, &Figure::name);
      if (own == contender.figures.end())
        cells.push_back({.text = "–", .ink = Ink::soft});
      else
        cells.push_back({.text = value_text(*own), .ink = own->passes() ? Ink::plain : Ink::alert});
    }
    rows.push_back({.cells = std::move(cells), .notes = {}});
  }
  std::vector<Cell> gates{{.text = "gate", .ink = Ink::soft}};
  for (const Figure& figure : result.contenders.front().figures)
    gates.push_back({.text = figure.gate ? fmt::format("{} {}", figure.gate->at_least ? "≥" : "≤",
                                                       number_text(figure.gate->limit, 3))
                                         : "",
                     .ink = Ink::soft});
  rows.push_back({.cells = std::move(gates), .notes = {}});
  out.table(columns, rows);
  if (result.passed()) return;
  out.item("- ", fmt::format("it assumes that {}", mode.assumption));
  out.item("- ", fmt::format("what helps: {}", mode.mitigation));
}

void write_reading(const checklist::Reading& reading, TerminalText& out) {
  out.heading(fmt::format("reading at an equal budget, by relevance of '{}'", reading.relevance));
  out.paragraph(reading_words(reading), Ink::soft);
  std::vector<TableColumn> columns{{.title = "allocator", .align = Align::left}};
  for (const checklist::ReadingBudget& budget : checklist::kReadingBudgets)
    columns.push_back({.title = std::string(budget.name)});
  std::vector<TerminalText::Row> rows;
  for (const Contender& contender : reading.contenders) {
    std::vector<Cell> cells{{.text = contender.name}};
    for (const Figure& figure : contender.figures) cells.push_back({.text = value_text(figure)});
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
  for (const ModeResult& mode : made.modes) write_mode(mode, out);
  for (const checklist::Reading& reading : made.reading) write_reading(reading, out);
  return out.take();
}

}  // namespace errata::report
