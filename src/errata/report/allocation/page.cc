// The page of an allocation. The picture stands in it once, as JPEG; frames and shade lie over it as drawings. Each
// channel is a PNG of a pixel a patch, which the browser enlarges.
#include "errata/report/allocation/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "errata/image/fitted.h"
#include "errata/image/picture.h"
#include "errata/report/allocation/charts.h"
#include "errata/report/allocation/json.h"
#include "errata/report/allocation/page_parts.h"
#include "errata/report/allocation/words.h"
#include "errata/report/kit/data_uri.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/panels.h"
#include "errata/report/kit/shell.h"

namespace errata::report {

namespace {

using relevance::Allocation;
using relevance::ImageAllocation;

constexpr std::size_t kShownPositions = 20;
constexpr std::size_t kShownFixations = 8;  ///< drawn

std::string tiles_html(const ImageAllocation& made) {
  const auto& allocation = made.allocated.allocation;
  const auto& selection = made.allocated.selection;
  const auto fired = std::ranges::count_if(selection.guards, &relevance::GuardReading::fired);
  return "<dl class=\"tiles\">" +
         tile_html("Tokens", count_text(allocation.tokens()),
                   fmt::format("of {}", count_text(made.options.limits.total))) +
         tile_html("Patches funded", count_text(allocation.positions.size()),
                   fmt::format("of {}", count_text(allocation.grid.count()))) +
         tile_html("Strategy", std::string(relevance::name_of(selection.strategy)),
                   made.options.strategy ? "as asked for" : percent_text(selection.sure) + " sure") +
         tile_html("Guards that fired", count_text(static_cast<std::uint64_t>(fired)),
                   fmt::format("of {}", count_text(selection.guards.size())), fired > 0) +
         "</dl>\n";
}

std::string header_html(const ImageAllocation& made) {
  const auto& grid = made.allocated.allocation.grid;
  const std::string html = fmt::format(
      "<header><p class=\"source\">{}, {} × {} pixels</p><h1>{}</h1><p class=\"lead\">{}</p>\n{}",
      escape_html(plain_text(made.image, kLongText)), grid.width, grid.height, escape_html(allocation_headline(made)),
      made.query.empty() ? "Nothing was asked for."
                         : "Asked: " + escape_html(plain_text("“" + made.query + "”", kLongText)),
      tiles_html(made));
  return html + warnings_html(made.warnings) + "</header>\n";
}

std::string fixations_list(const ImageAllocation& made) {
  if (made.later.empty()) return "";
  std::string html = fmt::format("<p>{}. The colours of each go from its least tokens to its most.</p>\n<ul>",
                                 fixations_headline(made));
  std::size_t number = 0;
  for (const Allocation& fixation : made.fixations())
    html += fmt::format("<li>{}</li>", fixation_words(made, ++number, fixation));
  if (made.later.size() >= kShownFixations) html += fmt::format("<li>The first {} are drawn.</li>", kShownFixations);
  return html + "</ul>\n";
}

Result<std::string> picture_section(const ImageAllocation& made) {
  ERRATA_ASSIGN(const std::string content, image::jpeg_content(image::fitted(made.picture, kPagePicture)));
  const Allocation& allocation = made.allocated.allocation;
  const PanelPicture picture{.id = "the-picture",
                             .height = allocation.grid.height,
                             .width = allocation.grid.width,
                             .unit = relevance::kPatch,
                             .uri = data_uri("image/jpeg", content)};
  std::vector<Panel> panels{{.title = "The picture", .words = "The picture"},
                            {.title = made.later.empty() ? "What is funded" : "Fixation 1",
                             .words = "The picture with frames around the patches that are funded: " +
                                      plain_text(allocation_headline(made), kLongText),
                             .veiled = true,
                             .parts = funded_parts(allocation)}};
  for (std::size_t i = 0; i < std::min(made.later.size(), kShownFixations - 1); ++i)
    panels.push_back({.title = fmt::format("Fixation {}", i + 2),
                      .words = fixation_words(made, i + 2, made.later[i]),
                      .veiled = true,
                      .parts = funded_parts(made.later[i])});
  std::string html = "<section id=\"picture\"><h2>Where the tokens go</h2>\n" + panels_html(picture, panels);
  if (!allocation.budgets.empty()) {
    const auto [least, most] = std::ranges::minmax(allocation.budgets);
    html += frame_colours_html(counted(least, "token", "tokens"), counted(most, "token", "tokens"));
  }
  return html + fixations_list(made) + "</section>\n";
}

std::string how_section(const ImageAllocation& made) {
  std::string html = "<section id=\"how\"><h2>How that was decided</h2>\n<ul class=\"advice\">";
  for (const DecisionWords& line : decision_words(made))
    html += fmt::format("<li{}>{}</li>", line.alert ? " class=\"bad\"" : "", escape_html(line.words));
  return html + "</ul>\n</section>\n";
}

std::string positions_table(const ImageAllocation& made) {
  const Allocation& allocation = made.allocated.allocation;
  const auto& scores = made.allocated.scores;
  std::string html =
      "<div class=\"scroll\"><table id=\"position-table\" class=\"sortable cards dense\"><thead><tr>"
      "<th class=\"number\" data-first=\"ascending\">#</th><th class=\"number\">Row</th><th "
      "class=\"number\">Column</th>"
      "<th class=\"number\">Tokens</th><th class=\"number\">Relevance</th><th class=\"number\">Information</th>"
      "<th class=\"number\">Salience</th><th class=\"number\">Query</th></tr></thead><tbody>\n";
  const auto number = [](const char* label, double value) { return number_cell(label, value, number_text(value, 3)); };
  for (std::size_t i = 0; i < std::min(kShownPositions, allocation.positions.size()); ++i) {
    const std::uint32_t patch = allocation.positions[i];
    html += "<tr>" + number_cell("#", static_cast<double>(i + 1), count_text(i + 1)) +
            number("row", static_cast<double>(allocation.grid.row_of(patch))) +
            number("column", static_cast<double>(allocation.grid.column_of(patch))) +
            number_cell("tokens", static_cast<double>(allocation.budgets[i]), count_text(allocation.budgets[i])) +
            number("relevance", scores.balanced[patch]) + number("information", scores.propositional[patch]) +
            number("salience", scores.perspectival[patch]) +
            (scores.participatory.empty() ? std::string("<td class=\"number\" data-label=\"query\">–</td>")
                                          : number("query", scores.participatory[patch])) +
            "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string budgets_section(const ImageAllocation& made, const std::vector<Chart>& charts) {
  const std::size_t all = made.allocated.allocation.positions.size();
  return "<section id=\"budgets\"><h2>Budgets</h2>\n" + charts_html(charts, "budgets") +
         fmt::format("<h3>{}</h3>\n", all > kShownPositions ? fmt::format("The {} most relevant patches, of {}",
                                                                          kShownPositions, count_text(all))
                                                            : std::string("The funded patches")) +
         positions_table(made) +
         "<p class=\"caption\">Rows and columns of patches count from 0 at the top left. Information, salience and "
         "query are as they were before they were brought to one scale.</p>\n</section>\n";
}

struct Map {
  const char* title;
  const std::vector<float>* values;
};

Result<std::string> map_html(const Map& map, const relevance::PatchGrid& grid) {
  const auto [least, most] = std::ranges::minmax(*map.values);
  image::Picture drawn{.height = grid.rows(), .width = grid.columns(), .channels = 1, .bytes = {}};
  for (const float value : *map.values) {
    constexpr float kWhite = 255;
    drawn.bytes.push_back(
        most > least ? static_cast<std::uint8_t>(std::lround(kWhite * (value - least) / (most - least))) : 0);
  }
  ERRATA_ASSIGN(const std::string content, image::png_content(drawn));
  return fmt::format(
      "<figure><img class=\"map\" width=\"{}\" height=\"{}\" alt=\"Map of {} over the patches\" src=\"{}\">"
      "<figcaption>{} <span class=\"soft\">{} to {}</span></figcaption></figure>\n",
      grid.columns(), grid.rows(), map.title, data_uri("image/png", content), map.title, number_text(least, 2),
      number_text(most, 2));
}

Result<std::string> maps_html(const std::vector<Map>& maps, const relevance::PatchGrid& grid) {
  std::string html = "<div class=\"maps\">\n";
  for (const Map& map : maps) {
    if (map.values->empty()) continue;
    ERRATA_ASSIGN(const std::string one, map_html(map, grid));
    html += one;
  }
  return html + "</div>\n";
}

Result<std::string> channels_section(const ImageAllocation& made) {
  const auto& scores = made.allocated.scores;
  const auto& stack = made.channels;
  ERRATA_ASSIGN(const std::string of_scores, maps_html({{"relevance, balanced", &scores.balanced},
                                                        {"information", &scores.propositional},
                                                        {"salience", &scores.perspectival},
                                                        {"query", &scores.participatory}},
                                                       stack.grid));
  ERRATA_ASSIGN(const std::string of_channels,
                maps_html({{"edges", &stack.edges},
                           {"contrast-normalised edges", &stack.contrast_normalised_edges},
                           {"high-pass", &stack.high_pass},
                           {"nearness of edges", &stack.edge_nearness},
                           {"colour", &stack.colour},
                           {"eccentricity", &stack.eccentricity},
                           {"saliency", &stack.saliency},
                           {"text-likeness", &stack.text_likeness}},
                          stack.grid));
  return "<section id=\"channels\"><h2>What was measured</h2>\n<h3>Scores</h3>\n" + of_scores + "<h3>Channels</h3>\n" +
         of_channels +
         "<p class=\"caption\">A pixel a patch, black the least and white the most of each map; the numbers are "
         "these two.</p>\n</section>\n";
}

std::string method_section(const ImageAllocation& made) {
  const auto& allocated = made.allocated;
  std::string html = "<section id=\"method\"><h2>Figures</h2>\n<dl class=\"facts\">";
  html += fact("Patches", fmt::format("{} rows, {} columns of {} pixels a side", allocated.allocation.grid.rows(),
                                      allocated.allocation.grid.columns(), relevance::kPatch));
  html += fact("Query and picture related by",
               made.encoder.empty() ? std::string("nothing") : escape_html(plain_text(made.encoder)));
  html += fact("Structure", number_text(allocated.structure, 3));
  html += fact("Specificity of the query", number_text(allocated.query.value, 3));
  if (allocated.unlike) html += fact("Unlike the encoder's training", number_text(*allocated.unlike, 3));
  if (allocated.unlike_not_told) html += fact("Unlike the encoder's training", "the encoder does not tell it");
  html += fact("Agreement of salience and query", number_text(allocated.scores.agreement, 2));
  return html + "</dl></section>\n";
}

}  // namespace

Result<std::string> allocation_page(const ImageAllocation& made) {
  const std::vector<Chart> charts = allocation_charts(made);
  const bool is_funded = !made.allocated.allocation.positions.empty();
  ERRATA_ASSIGN(const std::string picture, picture_section(made));
  ERRATA_ASSIGN(const std::string channels, channels_section(made));
  return page_html({.title = "Errata allocation: " + plain_text(made.image),
                    .contents = {{.id = "picture", .words = "Where the tokens go"},
                                 {.id = "how", .words = "How that was decided"},
                                 {.there = is_funded, .id = "budgets", .words = "Budgets"},
                                 {.id = "channels", .words = "What was measured"},
                                 {.id = "method", .words = "Figures"}},
                    .main = header_html(made) + picture + how_section(made) +
                            (is_funded ? budgets_section(made, charts) : std::string()) + channels +
                            method_section(made),
                    .charts = charts,
                    .data_id = "allocation",
                    .data = allocation_json(made, -1)});
}

}  // namespace errata::report
