#include <fmt/format.h>

#include <cmath>

#include "errata/report/analysis/figures.h"
#include "errata/report/analysis/sections.h"
#include "errata/report/analysis/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

namespace {

std::string headline(const slice::Analysis& analysis) {
  if (analysis.rows == 0) return "The log holds no cases";
  if (analysis.failures == 0 && !by_loss(analysis)) return "No case fails";
  if (analysis.hotspots.empty()) return "No hotspot is confirmed";
  return fmt::format("The model fails most in {}",
                     analysis.hotspots.size() == 1 ? "one place" : fmt::format("{} places", analysis.hotspots.size()));
}

struct Tile {
  std::string name, value, note;
  bool alert = false;
};

void add_metric_tiles(const slice::Analysis& analysis, std::vector<Tile>& tiles) {
  const std::string note = analysis.roles.weight ? "weighted by " + *analysis.roles.weight : "";
  const auto add = [&](const char* name, const std::optional<double>& value) {
    if (value && !std::isnan(*value))
      tiles.push_back({.name = name, .value = fmt::format("{:.3f}", *value), .note = note});
  };
  if (analysis.classes) {
    tiles.push_back({.name = "Accuracy", .value = percent_text(analysis.classes->accuracy), .note = note});
    add("ROC-AUC", analysis.classes->roc_auc);
    add("ECE", analysis.classes->ece);
  }
  if (analysis.numbers) {
    tiles.push_back({.name = "MAE", .value = number_text(analysis.numbers->mae, 4), .note = note});
    tiles.push_back({.name = "RMSE", .value = number_text(analysis.numbers->rmse, 4), .note = note});
    tiles.push_back({.name = "Bias", .value = number_text(analysis.numbers->bias, 3), .note = note});
    add("R²", analysis.numbers->r2);
  }
}

std::string tiles_html(const slice::Analysis& analysis) {
  std::vector<Tile> tiles;
  tiles.push_back({.name = "Cases", .value = count_text(analysis.rows), .note = {}});
  if (by_loss(analysis)) {
    tiles.push_back({.name = "Mean loss", .value = number_text(whole_rate(analysis), 4), .note = {}});
  } else {
    tiles.push_back({.name = "Failure rate",
                     .value = percent_text(whole_rate(analysis)),
                     .note = fmt::format("{} to {}", percent_text(analysis.rate_interval.low),
                                         percent_text(analysis.rate_interval.high))});
  }
  tiles.push_back({.name = "Hotspots",
                   .value = fmt::format("{}", analysis.hotspots.size()),
                   .note = fmt::format("of {} tested", count_text(analysis.tested)),
                   .alert = !analysis.hotspots.empty()});
  add_metric_tiles(analysis, tiles);
  std::string html = "<dl class=\"tiles\">";
  for (const Tile& tile : tiles) {
    html +=
        fmt::format("<div class=\"tile{}\"><dt>{}</dt><dd>{}{}</dd></div>", tile.alert ? " alert" : "",
                    escape_html(tile.name), escape_html(tile.value),
                    tile.note.empty() ? "" : fmt::format(" <span class=\"note\">{}</span>", escape_html(tile.note)));
  }
  return html + "</dl>\n";
}

}  // namespace

std::string header_html(const slice::Analysis& analysis) {
  std::string html =
      fmt::format("<header><p class=\"source\">{}</p><h1>{}</h1><p class=\"lead\">{}. A failure is: {}.</p>\n{}",
                  escape_html(file_list(analysis)), escape_html(headline(analysis)), escape_html(whole_words(analysis)),
                  escape_html(plain_text(analysis.rule.words, kLongText)), tiles_html(analysis));
  if (!analysis.warnings.empty()) {
    html += "<ul class=\"warnings\" aria-label=\"Warnings\">";
    for (const std::string& warning : analysis.warnings) {
      html += fmt::format("<li>{}</li>", marked_up(plain_text(warning, kLongText)));
    }
    html += "</ul>";
  }
  return html + "</header>\n";
}

}  // namespace errata::report
