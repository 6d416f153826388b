#include "errata/report/checklist/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "errata/checklist/allocators.h"
#include "errata/report/checklist/charts.h"
#include "errata/report/checklist/json.h"
#include "errata/report/checklist/sections.h"
#include "errata/report/checklist/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/shell.h"

namespace errata::report {

namespace {

using checklist::Checklist;
using checklist::ModeResult;

/// Gates that the judged allocators miss.
std::size_t missed_gates(const Checklist& made) {
  std::size_t missed = 0;
  for (const ModeResult& mode : made.modes)
    missed += static_cast<std::size_t>(
        std::ranges::count_if(mode.contenders.front().figures, [](const auto& figure) { return !figure.passes(); }));
  return missed;
}

std::string header_html(const Checklist& made) {
  const auto holding = static_cast<std::size_t>(std::ranges::count_if(made.modes, &ModeResult::holds));
  const auto telling = static_cast<std::size_t>(std::ranges::count_if(made.modes, &ModeResult::is_telling));
  const std::size_t missed = missed_gates(made), all = made.modes.size();
  double seconds = 0;
  for (const ModeResult& mode : made.modes) seconds += mode.seconds;
  return fmt::format(
             "<header><p class=\"source\">Known failures of relevance</p><h1>{}</h1><p class=\"lead\">{} a mode, from "
             "seed {} on, drawn with their truth. Every allocator may fund {} patches with {} tokens and sees the same "
             "picture and query.{}</p>\n",
             escape_html(checklist_headline(made)), counted(made.options.seeds, "scene", "scenes"),
             made.options.first_seed, checklist::kPositions, count_text(checklist::kTotal),
             made.outsider.empty() ? "" : " " + escape_html(outsider_words(made))) +
         "<dl class=\"tiles\">" +
         tile_html("Modes that pass", count_text(holding), fmt::format("of {}", all), holding < all) +
         tile_html("Gates missed", count_text(missed), fmt::format("by {}", judged_words(!made.outsider.empty())),
                   missed > 0) +
         tile_html("The document's fails", count_text(telling), fmt::format("of {} modes", all)) +
         tile_html("Time", fmt::format("{:.0f} s", seconds), "of the modes") + "</dl>\n</header>\n";
}

std::string taxonomy_section(const Checklist& made) {
  std::string html =
      "<section id=\"taxonomy\"><h2>What a failure reveals</h2>\n<div class=\"scroll\"><table "
      "class=\"cards\"><thead><tr>"
      "<th>Mode</th><th>Class</th><th>It assumes that</th><th>What helps</th><th>Result</th></tr></thead><tbody>\n";
  for (const ModeResult& result : made.modes) {
    const checklist::Mode& mode = *result.mode;
    html += fmt::format(
        "<tr><td class=\"where short\"><a href=\"#{}\">{} {}</a></td><td data-label=\"class\">{} <span "
        "class=\"soft\">{}</span></td><td data-label=\"assumes that\">{}</td><td data-label=\"helps\">{}</td>"
        "<td data-label=\"result\" class=\"{}\">{}</td></tr>\n",
        mode_section(result), mode.number, mode.name, checklist::name_of(mode.kind), class_words(mode.kind),
        escape_html(mode.assumption), escape_html(mode.mitigation), result.holds() ? "good" : "bad",
        verdict_words(result));
  }
  return html + "</tbody></table></div>\n</section>\n";
}

std::string method_section(const Checklist& made) {
  std::string html = "<section id=\"method\"><h2>How this was measured</h2>\n<dl class=\"facts\">";
  html += fact("Scenes", fmt::format("seeds {} to {}", made.options.first_seed,
                                     made.options.first_seed + made.options.seeds - 1));
  html += fact("Queries and pictures related by", escape_html(plain_text(made.encoder)));
  html += fact("Gates", "held against the mean over cases; intervals are 95%, by the bootstrap over cases");
  if (made.outsider.empty()) {
    html += fact("A mode passes",
                 "where Errata's allocator reaches every gate and, of modes 1 to 9, the document's misses one: "
                 "otherwise the mode tells nothing");
  } else {
    html += fact("A mode passes",
                 "where your allocator reaches every gate; a case with an answer that cannot be used misses all of "
                 "its gates, and one such answer is enough to miss the gate of “answered”");
  }
  html += fact("Real pictures", escape_html(real_words(made)));
  if (const std::string words = left_out_words(made); !words.empty()) html += fact("Left out", escape_html(words));
  return html + "</dl></section>\n";
}

}  // namespace

Result<std::string> checklist_page(const Checklist& made) {
  const std::vector<Chart> charts = checklist_charts(made);
  std::vector<PageLink> contents{{.there = !made.modes.empty(), .id = "taxonomy", .words = "What a failure reveals"}};
  std::vector<std::string> ids, names;
  for (const ModeResult& mode : made.modes) {
    ids.push_back(mode_section(mode));
    names.emplace_back(mode.mode->name);
  }
  for (std::size_t i = 0; i < ids.size(); ++i) contents.push_back({.id = ids[i].c_str(), .words = names[i].c_str()});
  contents.push_back({.there = !made.reading.empty(), .id = "reading", .words = "Reading at an equal budget"});
  contents.push_back({.id = "method", .words = "How this was measured"});
  std::string main = header_html(made);
  if (!made.modes.empty()) main += taxonomy_section(made);
  for (const ModeResult& mode : made.modes) {
    ERRATA_ASSIGN(const std::string section, mode_html(mode, charts));
    main += section;
  }
  if (!made.reading.empty()) main += reading_section(made.reading);
  return page_html({.title = "Errata checklist",
                    .contents = std::move(contents),
                    .main = std::move(main) + method_section(made),
                    .charts = charts,
                    .data_id = "checklist",
                    .data = checklist_json(made, -1)});
}

}  // namespace errata::report
