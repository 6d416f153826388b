#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/image/picture.h"
#include "errata/relevance/overlay.h"
#include "errata/report/checklist/charts.h"
#include "errata/report/checklist/sections.h"
#include "errata/report/checklist/words.h"
#include "errata/report/kit/data_uri.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/panels.h"

namespace errata::report {

namespace {

using checklist::Contender;
using checklist::Example;
using checklist::Figure;
using checklist::ModeResult;
using relevance::Allocation;

/// A page with two cases of every mode stays below two megabytes.
constexpr int kQuality = 50;

const Figure* figure_named(const Contender& contender, const std::string& name) {
  const auto found = std::ranges::find(contender.figures, name, &Figure::name);
  return found == contender.figures.end() ? nullptr : &*found;
}

std::string figure_cell(const Figure& column, const Figure* figure) {
  const std::string label = escape_html(plain_text(column.name, 40));
  if (figure == nullptr) return fmt::format("<td class=\"number\" data-label=\"{}\" data-value=\"\">–</td>", label);
  std::string cell = number_cell(label, figure->mean, figure_text(figure->mean), figure->passes() ? "" : " bad");
  const std::string interval =
      fmt::format(" <span class=\"soft\">{} to {}</span></td>", figure_text(figure->low), figure_text(figure->high));
  if (std::isfinite(figure->low)) cell.replace(cell.rfind("</td>"), std::string::npos, interval);
  return cell;
}

std::vector<PanelRect> outlined(const std::vector<std::uint8_t>& truth, const relevance::PatchGrid& grid) {
  std::vector<PanelRect> cells;
  for (std::size_t patch = 0; patch < truth.size(); ++patch)
    if (truth[patch] != 0) cells.push_back(panel_rect(grid.box(patch)));
  return cells;
}

/// "40,000 tokens on 273 patches", "35 patches" where patches are chosen and no tokens are given.
std::string spent_words(const Allocation& allocation) {
  const std::string patches = counted(allocation.positions.size(), "patch", "patches");
  if (allocation.tokens() == allocation.positions.size()) return patches;
  return counted(allocation.tokens(), "token", "tokens") + " on " + patches;
}

/// Contenders whose allocations are shown, and how each is called: the second before the first, and where an outsider
/// is judged Errata's, the third, beside them.
struct ShownContender {
  std::size_t which = 0;
  std::string_view called;
};
std::vector<ShownContender> shown_contenders(const ModeResult& result) {
  if (!result.of_outsider) return {{.which = 1, .called = "Before: "}, {.which = 0, .called = "After: "}};
  return {{.which = 1, .called = ""}, {.which = 2, .called = ""}, {.which = 0, .called = ""}};
}

/// The scene, then what each allocator made of it.
std::string view_html(const checklist::View& view, const ModeResult& result, PanelPicture picture) {
  const relevance::PatchGrid& grid = view.looks.front().allocation.grid;
  picture.height = grid.height;
  picture.width = grid.width;
  picture.unit = relevance::kPatch;
  const auto cells = outlined(view.truth, grid);
  std::vector<Panel> panels{{.title = cells.empty() ? "The scene" : "The scene, what is asked for outlined",
                             .words = "The scene",
                             .outlined = cells}};
  for (const auto& [which, called] : shown_contenders(result)) {
    const std::string& name = result.contenders[which].name;
    const auto look = std::ranges::find(view.looks, name, &checklist::Look::allocator);
    if (look == view.looks.end()) continue;
    const std::string title = fmt::format("{}{}", called, plain_text(name));
    panels.push_back({.title = title + ", " + spent_words(look->allocation),
                      .words = title + ": the patches that it funds",
                      .veiled = true,
                      .parts = panel_parts(look->allocation.grid, look->allocation.positions,
                                           relevance::budget_shares(look->allocation)),
                      .outlined = cells});
  }
  std::string heading;
  if (!view.name.empty()) heading += escape_html(plain_text(view.name));
  if (!view.query.empty())
    heading += (heading.empty() ? "" : ": ") + escape_html("“" + plain_text(view.query, kLongText) + "”");
  return (heading.empty() ? std::string() : "<p class=\"view\">" + heading + "</p>\n") + panels_html(picture, panels);
}

/// What was measured in the case: "recall@273: 0.435 before, 0.882 after".
std::string values_html(const ModeResult& result, std::size_t at) {
  std::string html;
  for (const Figure& ours : result.contenders[0].figures) {
    if (at >= ours.values.size() || std::isnan(ours.values[at])) continue;
    const Figure* before = figure_named(result.contenders[1], ours.name);
    const auto value = [&](const Figure* figure) {
      if (figure == nullptr || at >= figure->values.size()) return std::string("–");
      const double number = figure->values[at];
      return fmt::format("<span class=\"{}\">{}</span>", figure->keeps(number) ? "good" : "off", figure_text(number));
    };
    const auto [second, first] = result.of_outsider ? std::pair{"document", "yours"} : std::pair{"before", "after"};
    html += fmt::format("<dt>{}</dt><dd>{} {}, {} {}{}</dd>", escape_html(plain_text(ours.name)), value(before), second,
                        value(&ours), first, ours.gate ? "; " + gate_words(*ours.gate) : std::string());
  }
  return html.empty() ? html : "<dl class=\"facts\">" + html + "</dl>\n";
}

Result<std::string> example_html(const ModeResult& result, std::size_t number) {
  const Example& example = result.examples[number];
  const checklist::Case& drawn = result.cases[example.at];
  std::string html =
      fmt::format("<h3>{}</h3>\n<p class=\"soft\">{}, seed {}{}</p>\n", shown_words(example.shown, result.of_outsider),
                  escape_html(drawn.scene), drawn.seed,
                  drawn.query.empty() ? std::string() : ": “" + escape_html(plain_text(drawn.query, kLongText)) + "”");
  html += values_html(result, example.at);
  std::vector<bool> there(example.pictures.size());
  for (const checklist::View& view : example.views) {
    if (view.looks.empty()) continue;
    PanelPicture picture{.id = fmt::format("p-{}-{}-{}", result.mode->number, number, view.picture),
                         .is_there = there[view.picture]};
    if (!picture.is_there) {
      ERRATA_ASSIGN(const std::string content, image::jpeg_content(example.pictures[view.picture], kQuality));
      picture.uri = data_uri("image/jpeg", content);
    }
    html += view_html(view, result, std::move(picture));
    there[view.picture] = true;
  }
  return html;
}

}  // namespace

std::string figures_table(const std::vector<Contender>& contenders) {
  const auto& columns = contenders.front().figures;
  std::string html = "<div class=\"scroll\"><table class=\"sortable cards dense\"><thead><tr><th>Allocator</th>";
  for (const Figure& figure : columns)
    html += fmt::format("<th class=\"number\">{}{}</th>", escape_html(plain_text(figure.name, 40)),
                        figure.gate ? fmt::format(" <span class=\"soft\">{}</span>", gate_words(*figure.gate)) : "");
  html += "</tr></thead><tbody>\n";
  for (const Contender& contender : contenders) {
    html +=
        fmt::format("<tr{}><td class=\"where short\"><span class=\"name\">{}</span></td>",
                    &contender == &contenders.front() ? " class=\"own\"" : "", escape_html(plain_text(contender.name)));
    for (const Figure& figure : columns) html += figure_cell(figure, figure_named(contender, figure.name));
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

namespace {

std::string notes_html(const std::vector<std::string>& notes) {
  if (notes.empty()) return "";
  std::string html = "<ul class=\"advice\">";
  for (const std::string& note : notes) html += "<li>" + escape_html(note) + "</li>";
  return html + "</ul>\n";
}

std::string real_html(const checklist::OnReal& real) {
  return fmt::format("<h3>{}</h3>\n", real_heading(real)) + figures_table(real.contenders) +
         notes_html(real_notes(real));
}

}  // namespace

Result<std::string> mode_html(const ModeResult& result, const std::vector<Chart>& charts) {
  const checklist::Mode& mode = *result.mode;
  std::string html = fmt::format("<section id=\"{}\"><h2>{} {}</h2>\n<p>{} <span class=\"{}\">{}</span></p>\n",
                                 mode_section(result), mode.number, mode.name, escape_html(mode.words),
                                 result.holds() ? "good" : "off", verdict_words(result));
  html += notes_html(outsider_notes(result));
  html += "<dl class=\"facts\">" + fact("It assumes that", escape_html(mode.assumption)) +
          fact("What helps", escape_html(mode.mitigation)) + "</dl>\n" + figures_table(result.contenders);
  html += "<div class=\"small\">" + charts_html(charts, mode_section(result)) + "</div>\n";
  if (result.real) html += real_html(*result.real);
  for (std::size_t i = 0; i < result.examples.size(); ++i) {
    ERRATA_ASSIGN(const std::string example, example_html(result, i));
    html += example;
  }
  if (!result.examples.empty()) html += frame_colours_html("fewest tokens of an allocation", "most");
  return html + "</section>\n";
}

}  // namespace errata::report
