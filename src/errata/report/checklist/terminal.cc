#include "errata/report/checklist/terminal.h"

#include <fmt/format.h>

#include "errata/checklist/allocators.h"
#include "errata/report/checklist/words.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {
namespace {

using checklist::Contender;
using checklist::Figure;
using checklist::ModeResult;

void write_mode(const ModeResult& result, TerminalText& out) {
  const auto& mode = *result.mode;
  out.heading(
      fmt::format("{} {} ({}): {}", mode.number, mode.name, checklist::name_of(mode.kind), verdict_words(result)));
  out.paragraph(std::string(mode.words), Ink::soft);
  std::vector<TableColumn> columns{{.title = "allocator", .align = Align::left}};
  for (const Figure& figure : result.contenders.front().figures) columns.push_back({.title = plain_text(figure.name)});
  std::vector<TerminalText::Row> rows;
  for (const Contender& contender : result.contenders) {
    std::vector<Cell> cells{{.text = plain_text(contender.name)}};
    for (const Figure& figure : result.contenders.front().figures) {
      const auto own = std::ranges::find(contender.figures, figure.name, &Figure::name);
      if (own == contender.figures.end())
        cells.push_back({.text = "–", .ink = Ink::soft});
      else
        cells.push_back({.text = figure_text(own->mean), .ink = own->passes() ? Ink::plain : Ink::alert});
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

}  // namespace

std::string checklist_terminal(const checklist::Checklist& made, const TerminalOptions& options) {
  TerminalText out(options);
  out.paragraph(checklist_headline(made) + ".", Ink::bold);
  out.paragraph(
      fmt::format("{} a mode, from seed {} on; {} positions, {} tokens", counted(made.options.seeds, "scene", "scenes"),
                  made.options.first_seed, checklist::kPositions, count_text(checklist::kTotal)),
      Ink::soft);
  for (const ModeResult& mode : made.modes) write_mode(mode, out);
  return out.take();
}

}  // namespace errata::report
