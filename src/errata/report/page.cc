// The page's skeleton and style come from web/; this file writes its words. Everything a reader must know stands in
// HTML, so that the page works without JavaScript, in print and in a mail client's preview; charts are empty places
// named by data-chart, which the page's script fills.
//
// Nothing from the log can become markup: every piece of text passes escape_html(), every piece of data
// escape_script_json(), and the policy of the template allows only the two scripts whose hashes it names.
#include "errata/report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/report/charts.h"
#include "errata/report/figures.h"
#include "errata/report/json.h"
#include "errata/report/numbers.h"
#include "errata/report/page_assets.h"
#include "errata/report/utf8.h"
#include "errata/report/words.h"

namespace errata::report {

namespace {

constexpr std::size_t kLongText = 4000;

std::string e(std::string_view text) { return escape_html(text); }

/// `name` in words becomes a name in the page; the rest is escaped.
std::string marked_up(std::string_view words) {
  std::string html;
  bool inside = false;
  while (true) {
    const std::size_t tick = words.find('`');
    html += escape_html(words.substr(0, tick));
    if (tick == std::string_view::npos) break;
    html += inside ? "</span>" : "<span class=\"name\">";
    inside = !inside;
    words.remove_prefix(tick + 1);
  }
  if (inside) html += "</span>";
  return html;
}

std::string conjunction_html(const std::vector<table::Predicate>& where) {
  std::string html;
  for (const table::Predicate& predicate : where) {
    if (!html.empty()) html += " <span class=\"and\">and</span> ";
    html += marked_up(words_of(predicate));
  }
  return html;
}

std::string file_list(const slice::Analysis& analysis) {
  if (analysis.files.size() == 1) return plain_text(analysis.files.front(), kLongText);
  if (analysis.files.empty()) return "a prediction log";
  return fmt::format("{} and {} more", plain_text(analysis.files.front(), kLongText), analysis.files.size() - 1);
}

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
  const auto add = [&](const char* name, const std::optional<double>& value) {
    if (value && !std::isnan(*value))
      tiles.push_back({.name = name, .value = fmt::format("{:.3f}", *value), .note = {}});
  };
  if (analysis.classes) {
    tiles.push_back({.name = "Accuracy", .value = percent_text(analysis.classes->accuracy), .note = {}});
    add("Balanced accuracy", analysis.classes->balanced_accuracy);
    add("ROC-AUC", analysis.classes->roc_auc);
    add("Calibration error (ECE)", analysis.classes->ece);
  }
  if (analysis.numbers) {
    tiles.push_back({.name = "MAE", .value = number_text(analysis.numbers->mae, 4), .note = {}});
    tiles.push_back({.name = "RMSE", .value = number_text(analysis.numbers->rmse, 4), .note = {}});
    tiles.push_back({.name = "Bias", .value = number_text(analysis.numbers->bias, 3), .note = {}});
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
    html += fmt::format("<div class=\"tile{}\"><dt>{}</dt><dd>{}{}</dd></div>", tile.alert ? " alert" : "",
                        e(tile.name), e(tile.value),
                        tile.note.empty() ? "" : fmt::format(" <span class=\"note\">{}</span>", e(tile.note)));
  }
  return html + "</dl>\n";
}

std::string chart_html(const Chart& chart) {
  return fmt::format(
      "<figure><h3>{}</h3><div class=\"chart\" data-chart=\"{}\" role=\"img\" aria-label=\"{}\"></div>"
      "<figcaption>{}</figcaption></figure>\n",
      marked_up(chart.title), e(chart.name), e(chart.title), marked_up(chart.caption));
}

/// The charts of one section whose names pass.
template <typename Pass>
std::string charts_html(const std::vector<Chart>& charts, std::string_view section, Pass pass) {
  std::string html;
  for (const Chart& chart : charts) {
    if (chart.section == section && pass(chart.name)) html += chart_html(chart);
  }
  return html;
}
std::string charts_html(const std::vector<Chart>& charts, std::string_view section) {
  return charts_html(charts, section, [](std::string_view) { return true; });
}

std::string sql_html(const std::string& sql) {
  return fmt::format(
      "<code class=\"sql\">{}</code><button type=\"button\" class=\"tool copy script-only\">Copy SQL</button>", e(sql));
}

std::string metrics_words(const slice::NamedHotspot& hotspot) {
  std::string words;
  const auto add = [&](const char* name, const std::string& value) {
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", name, value);
  };
  if (hotspot.classes) {
    add("accuracy", percent_text(hotspot.classes->accuracy));
    if (hotspot.classes->roc_auc) add("ROC-AUC", number_text(*hotspot.classes->roc_auc, 3));
    if (hotspot.classes->log_loss) add("log loss", number_text(*hotspot.classes->log_loss, 3));
    if (hotspot.classes->brier) add("Brier score", number_text(*hotspot.classes->brier, 3));
    if (hotspot.classes->ece) add("ECE", number_text(*hotspot.classes->ece, 3));
  }
  if (hotspot.numbers) {
    add("MAE", number_text(hotspot.numbers->mae, 4));
    add("RMSE", number_text(hotspot.numbers->rmse, 4));
    add("bias", number_text(hotspot.numbers->bias, 3));
    add("R²", number_text(hotspot.numbers->r2, 3));
  }
  return words;
}

std::string held_out_words(const slice::Analysis& analysis, const slice::TestedSlice& tested) {
  const slice::Slice& held_out = tested.confirmed;
  if (held_out.n == 0) return "No held-out case lies in it.";
  if (by_loss(analysis)) {
    return fmt::format("On the held-out cases: mean loss {} in {}.",
                       number_text(held_out.loss / static_cast<double>(held_out.n), 3),
                       counted(held_out.n, "case", "cases"));
  }
  return fmt::format(
      "On the held-out cases: {} of {} fail ({}), {}.", count_text(held_out.failures), count_text(held_out.n),
      percent_text(static_cast<double>(held_out.failures) / static_cast<double>(held_out.n)), p_equation(tested.log_p));
}

std::string details_html(const slice::Analysis& analysis, const slice::NamedHotspot& hotspot) {
  const std::size_t folded = hotspot.folded.size();
  std::string html =
      fmt::format("<details><summary>SQL, metrics{}</summary><div class=\"inside\">{}<p>{}</p>",
                  folded == 0 ? "" : fmt::format(" and {} folded under it", counted(folded, "slice", "slices")),
                  sql_html(hotspot.slice.sql), e(held_out_words(analysis, hotspot.slice.slice)));
  if (const std::string metrics = metrics_words(hotspot); !metrics.empty()) {
    html += fmt::format("<p>On its cases: {}.</p>", e(metrics));
  }
  if (folded > 0) {
    html += "<p>Says nothing beyond it:</p><ul>";
    for (const slice::NamedFold& fold : hotspot.folded) {
      html += fmt::format("<li>{}: {} <span class=\"soft\">({})</span></li>", conjunction_html(fold.slice.where),
                          e(figure_words(figures_of(analysis, fold.slice.slice.whole), by_loss(analysis))),
                          e(words_of(fold.reason)));
    }
    html += "</ul>";
  }
  return html + "</div></details>";
}

std::string number_cell(std::string_view label, double value, const std::string& text, std::string_view css = "") {
  return fmt::format("<td class=\"number{}\" data-label=\"{}\" data-value=\"{}\">{}</td>", css, label,
                     std::isfinite(value) ? fmt::format("{}", value)
                     : std::isinf(value)  ? "1e308"
                                          : "",
                     e(text));
}

std::string slice_cells(const slice::Analysis& analysis, const slice::NamedSlice& named) {
  const bool losses = by_loss(analysis);
  const SliceFigures figures = figures_of(analysis, named.slice.whole);
  const std::string lift = std::isinf(figures.lift)   ? "∞"
                           : std::isnan(figures.lift) ? "–"
                                                      : fmt::format("{:.2f}×", figures.lift);
  return number_cell(losses ? "mean loss" : "fail", figures.rate,
                     losses ? number_text(figures.rate, 3) : percent_text(figures.rate), " rate") +
         number_cell("against the rest", figures.lift, lift) +
         number_cell("of cases", figures.share_of_cases, percent_text(figures.share_of_cases)) +
         number_cell(losses ? "of the loss" : "of failures", figures.share_of_failures,
                     percent_text(figures.share_of_failures)) +
         number_cell("adjusted p", named.slice.log_p_adjusted, p_text(named.slice.log_p_adjusted));
}

std::string slice_table_head(bool losses, bool ranked) {
  return fmt::format(
      "<thead><tr>{}<th>{}</th><th class=\"number\">{}</th><th class=\"number\">Against the rest</th>"
      "<th class=\"number\">Of cases</th><th class=\"number\">{}</th>"
      "<th class=\"number\" data-first=\"ascending\">Adjusted p</th></tr></thead>",
      ranked ? "<th class=\"number\" data-first=\"ascending\">#</th>" : "", ranked ? "Hotspot" : "Slice",
      losses ? "Mean loss" : "Fail", losses ? "Of the loss" : "Of failures");
}

std::string filter_html(std::string_view table, std::string_view hint) {
  return fmt::format(
      "<div class=\"filter script-only\"><input type=\"search\" data-filters=\"{0}\" placeholder=\"{1}\" "
      "aria-label=\"{1}\"><output data-counts=\"{0}\"></output></div>\n",
      table, hint);
}

std::string hotspots_section(const slice::Analysis& analysis, const std::vector<Chart>& charts) {
  std::string html = "<section id=\"hotspots\"><h2>Where it fails</h2>\n";
  if (analysis.hotspots.empty()) {
    html += fmt::format(
        "<p>No part of the log is confirmed to fail more than the rest: of {} found on one part of the cases, none "
        "held on the other (false discovery rate at most {}).</p>",
        counted(analysis.tested, "candidate slice", "candidate slices"), level_text(analysis.options.confirm.fdr));
  } else {
    html += fmt::format(
        "<p>{} confirmed of {} tested, {}, false discovery rate at most {}. Figures are of all cases.</p>\n",
        counted(analysis.hotspots.size(), "hotspot is", "hotspots are"), counted(analysis.tested, "slice", "slices"),
        e(split_words(analysis)), level_text(analysis.options.confirm.fdr));
    html += charts_html(charts, "hotspots");
    html += filter_html("hotspot-table", "Filter hotspots, e.g. a feature");
    html += "<div class=\"scroll\"><table id=\"hotspot-table\" class=\"sortable cards\">" +
            slice_table_head(by_loss(analysis), true) + "<tbody>\n";
    for (std::size_t i = 0; i < analysis.hotspots.size(); ++i) {
      const slice::NamedHotspot& hotspot = analysis.hotspots[i];
      html += fmt::format(
          "<tr class=\"failing\"><td class=\"number rank\" data-value=\"{0}\">{0}</td><td "
          "class=\"where\">{1}{2}</td>{3}"
          "</tr>\n",
          i + 1, conjunction_html(hotspot.slice.where), details_html(analysis, hotspot),
          slice_cells(analysis, hotspot.slice));
    }
    html += "</tbody></table></div>\n";
  }
  if (!analysis.unconfirmed.empty()) {
    html += fmt::format(
        "<details><summary>{} tested and not confirmed</summary><div class=\"scroll\"><table class=\"cards\">{}<tbody>",
        counted(analysis.unconfirmed.size(), "slice was", "slices were"), slice_table_head(by_loss(analysis), false));
    for (const slice::NamedSlice& named : analysis.unconfirmed) {
      html += fmt::format("<tr><td class=\"where\">{}</td>{}</tr>\n", conjunction_html(named.where),
                          slice_cells(analysis, named));
    }
    html += "</tbody></table></div></details>\n";
  }
  return html + "</section>\n";
}

std::string time_section(const slice::Analysis& analysis, const std::vector<Chart>& charts) {
  const slice::OverTime& over_time = *analysis.over_time;
  std::string html = "<section id=\"time\"><h2>When it fails</h2>\n" + charts_html(charts, "time");
  if (over_time.segments.size() > 1) {
    html +=
        "<div class=\"scroll\"><table><thead><tr><th>From</th><th>To</th><th class=\"number\">Fail</th>"
        "<th class=\"number\">95% interval</th><th class=\"number\">Cases</th></tr></thead><tbody>";
    for (const slice::Segment& segment : over_time.segments) {
      html += fmt::format(
          "<tr{}><td>{}</td><td>{}</td><td class=\"number rate\">{}</td><td class=\"number\">{} to {}"
          "</td><td class=\"number\">{}</td></tr>",
          segment.interval.low > whole_rate(analysis) ? " class=\"failing\"" : "",
          e(over_time.periods[segment.first].label), e(over_time.periods[segment.last].label),
          percent_text(segment.rate), percent_text(segment.interval.low), percent_text(segment.interval.high),
          count_text(segment.n));
    }
    html += "</tbody></table></div>\n";
  }
  html += fmt::format(
      "<p class=\"soft\">Over the periods failure counts vary {} times as much as one constant rate would make them "
      "({}); in time order failures come {} (runs test, {}).</p>",
      number_text(over_time.dispersion.statistic, 3), e(p_equation(over_time.dispersion.log_p)),
      over_time.runs.log_p <= std::log(0.05) ? "in clusters" : "no more clustered than by chance",
      e(p_equation(over_time.runs.log_p)));
  return html + "</section>\n";
}

std::string drift_section(const std::vector<Chart>& charts) {
  return "<section id=\"drift\"><h2>What has changed in the data</h2>\n" + charts_html(charts, "drift") +
         "</section>\n";
}

std::string tree_html(const slice::ErrorTree& tree, int index, const std::string& condition, double whole) {
  const slice::TreeNode& node = tree.nodes[static_cast<std::size_t>(index)];
  const bool leaf = !node.split;
  std::string html = fmt::format("<li><span class=\"{}{}\">{}: {} of {} fail</span>", leaf ? "leaf" : "",
                                 leaf && node.interval.low > whole ? " bad" : "", condition, percent_text(node.rate),
                                 counted(node.n, "case", "cases"));
  if (!leaf) {
    const std::string yes = marked_up(words_of(*node.split));
    html += "<ul>" + tree_html(tree, node.yes, yes, whole) + tree_html(tree, node.no, "otherwise", whole) + "</ul>";
  }
  return html + "</li>";
}

std::string features_section(const slice::Analysis& analysis, const std::vector<Chart>& charts) {
  const auto is_small = [](std::string_view name) { return name.starts_with("feature_"); };
  const auto is_large = [&](std::string_view name) { return !is_small(name); };
  std::string html = "<section id=\"features\"><h2>What goes with failure</h2>\n" +
                     charts_html(charts, "features", [](std::string_view name) { return name == "association"; });
  if (const std::string small = charts_html(charts, "features", is_small); !small.empty()) {
    html += fmt::format("<h3>{} in each part of the features that go most with it</h3><div class=\"small\">{}</div>\n",
                        by_loss(analysis) ? "Mean loss" : "Failure rate", small);
  }
  html +=
      charts_html(charts, "features", [&](std::string_view name) { return is_large(name) && name != "association"; });
  if (analysis.tree && analysis.tree->nodes.size() > 1) {
    html += "<h3>Error map</h3><p class=\"soft\">The best tree of at most " +
            fmt::format("{} splits a path, found exactly, not greedily.</p><ul class=\"tree\">{}</ul>\n",
                        analysis.tree->depth, tree_html(*analysis.tree, 0, "all cases", whole_rate(analysis)));
  }
  if (!analysis.singles.empty()) {
    html += "<div class=\"script-only\"><h3>Every part of every feature</h3></div>" +
            filter_html("singles", "Filter, e.g. age") +
            fmt::format(
                "<div class=\"scroll script-only\"><table id=\"singles\" class=\"sortable\"><thead><tr><th>Cases "
                "with</th><th class=\"number\">{}</th><th class=\"number\">Lift</th><th "
                "class=\"number\">Cases</th><th class=\"number\">Of failures</th><th class=\"number\" "
                "data-first=\"ascending\">Adjusted p</th></tr></thead><tbody></tbody></table></div>\n",
                by_loss(analysis) ? "Mean loss" : "Fail");
  }
  return html + "</section>\n";
}

std::string per_class_html(const slice::ClassMetrics& metrics) {
  std::string html =
      "<div class=\"scroll\"><table class=\"sortable\" id=\"classes\"><thead><tr><th>Class</th><th "
      "class=\"number\">Labelled</th><th "
      "class=\"number\">Predicted</th><th class=\"number\">Precision</th><th class=\"number\">Recall</th><th "
      "class=\"number\">F1</th></tr></thead><tbody>";
  for (const slice::OneClass& one : metrics.per_class) {
    html += fmt::format("<tr><td>{}</td>", e(plain_text(one.name)));
    html += number_cell("", static_cast<double>(one.labelled), count_text(one.labelled));
    html += number_cell("", static_cast<double>(one.predicted), count_text(one.predicted));
    html += number_cell("", one.precision, percent_text(one.precision));
    html += number_cell("", one.recall, percent_text(one.recall));
    html += number_cell("", one.f1, number_text(one.f1, 3)) + "</tr>";
  }
  return html + "</tbody></table></div>\n";
}

std::string fact(std::string_view name, const std::string& html) {
  return html.empty() ? std::string() : fmt::format("<dt>{}</dt><dd>{}</dd>", name, html);
}

std::string optional_text(const std::optional<double>& value) { return value ? number_text(*value, 4) : std::string(); }

std::string quality_section(const slice::Analysis& analysis, const std::vector<Chart>& charts) {
  std::string html = "<section id=\"quality\"><h2>How good the model is overall</h2>\n<dl class=\"facts\">";
  if (analysis.classes) {
    const slice::ClassMetrics& metrics = *analysis.classes;
    html += fact("Accuracy", percent_text(metrics.accuracy)) +
            fact("Balanced accuracy", percent_text(metrics.balanced_accuracy)) +
            fact("ROC-AUC", optional_text(metrics.roc_auc)) +
            fact("Average precision", optional_text(metrics.average_precision)) +
            fact("Log loss", optional_text(metrics.log_loss)) + fact("Brier score", optional_text(metrics.brier)) +
            fact("ECE, 15 equal-width bins", optional_text(metrics.ece));
  }
  if (analysis.numbers) {
    const slice::NumberMetrics& metrics = *analysis.numbers;
    html += fact("Mean absolute error", number_text(metrics.mae, 4)) +
            fact("Root mean squared error", number_text(metrics.rmse, 4)) +
            fact("Bias (prediction − label)", number_text(metrics.bias, 4)) + fact("R²", number_text(metrics.r2, 4));
    if (metrics.residual_quantiles.size() == 7) {
      std::string quantiles;
      for (const double quantile : metrics.residual_quantiles) {
        quantiles += (quantiles.empty() ? "" : " · ") + number_text(quantile, 4);
      }
      html += fact("Residuals: least, 5%, 25%, 50%, 75%, 95%, largest", quantiles);
    }
  }
  html += "</dl>\n<div class=\"pair\">" + charts_html(charts, "quality") + "</div>\n";
  if (analysis.classes) html += per_class_html(*analysis.classes);
  return html + "</section>\n";
}

std::string named_role(const table::Roles& roles, const char* role, const std::optional<std::string>& column) {
  if (!column) return {};
  const bool guessed = std::ranges::find(roles.guessed, role) != roles.guessed.end();
  return fact(role, fmt::format("<span class=\"name\">{}</span>{}", e(plain_text(*column)),
                                guessed ? " <span class=\"soft\">guessed from its name</span>" : ""));
}

std::string name_list(const std::vector<std::string>& names) {
  constexpr std::size_t kNamesTold = 40;
  std::string html;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesTold); ++i) {
    html += fmt::format("{}<span class=\"name\">{}</span>", i > 0 ? ", " : "", e(plain_text(names[i])));
  }
  if (names.size() > kNamesTold) html += fmt::format(" and {} more", names.size() - kNamesTold);
  return html;
}

std::string method_section(const slice::Analysis& analysis) {
  const slice::ConfirmOptions& confirm = analysis.options.confirm;
  const table::Roles& roles = analysis.roles;
  std::string html = "<section id=\"method\"><h2>How this was found</h2>\n<dl class=\"facts\">";
  html += fact("A failure is", e(plain_text(analysis.rule.words, kLongText)));
  if (!analysis.rule.sql.empty()) html += fact("as SQL", fmt::format("<code>{}</code>", e(analysis.rule.sql)));
  html += named_role(roles, "label", roles.label) + named_role(roles, "prediction", roles.prediction) +
          named_role(roles, "score", roles.score) + fact("scores", name_list(roles.scores)) +
          named_role(roles, "time", roles.time) + named_role(roles, "stream", roles.stream) +
          named_role(roles, "id", roles.id) + named_role(roles, "weight", roles.weight) +
          named_role(roles, "loss", roles.loss) + fact("features", name_list(roles.features)) +
          fact("ignored", name_list(roles.ignored));
  html +=
      fact("Search", fmt::format("every conjunction of up to {} on {} or more cases, ranked by {}, nothing sampled",
                                 counted(confirm.search.max_predicates, "predicate", "predicates"),
                                 count_text(analysis.top.min_support_rows), e(slice::name_of(confirm.search.rank))));
  html += fact("Confirmation", fmt::format("{}, exact one-sided test, Benjamini–Hochberg at {}, seed {}",
                                           e(split_words(analysis)), level_text(confirm.fdr), confirm.seed));
  return html + "</dl></section>\n";
}

std::string header_html(const slice::Analysis& analysis) {
  std::string html =
      fmt::format("<header><p class=\"source\">{}</p><h1>{}</h1><p class=\"lead\">{}. A failure is: {}.</p>\n{}",
                  e(file_list(analysis)), e(headline(analysis)), e(whole_words(analysis)),
                  e(plain_text(analysis.rule.words, kLongText)), tiles_html(analysis));
  if (!analysis.warnings.empty()) {
    html += "<ul class=\"warnings\" aria-label=\"Warnings\">";
    for (const std::string& warning : analysis.warnings) {
      html += fmt::format("<li>{}</li>", e(plain_text(warning, kLongText)));
    }
    html += "</ul>";
  }
  return html + "</header>\n";
}

std::string body_html(const slice::Analysis& analysis, const std::vector<Chart>& charts) {
  const bool has_time = analysis.over_time && !analysis.over_time->periods.empty();
  const bool has_drift = analysis.drift && !analysis.drift->columns.empty();
  const bool has_quality = analysis.classes || analysis.numbers;
  const auto link = [](bool there, const char* id, const char* words) {
    return there ? fmt::format("<li><a href=\"#{}\">{}</a></li>", id, words) : std::string();
  };
  std::string html = "<div class=\"page\">\n<nav aria-label=\"Contents\"><span class=\"brand\">Errata</span><ol>" +
                     link(true, "hotspots", "Where it fails") + link(has_time, "time", "When it fails") +
                     link(has_drift, "drift", "What has changed") + link(true, "features", "What goes with failure") +
                     link(has_quality, "quality", "Overall quality") + link(true, "method", "How this was found") +
                     "</ol></nav>\n<main>\n";
  html += header_html(analysis) + hotspots_section(analysis, charts);
  if (has_time) html += time_section(analysis, charts);
  if (has_drift) html += drift_section(charts);
  html += features_section(analysis, charts);
  if (has_quality) html += quality_section(analysis, charts);
  html += method_section(analysis);
  return html + "<footer>Made by errata " ERRATA_VERSION
                ". This file is complete: it loads nothing and sends nothing.</footer>\n</main></div>";
}

std::string charts_json(const std::vector<Chart>& charts) {
  std::string json = "{";
  for (const Chart& chart : charts) {
    json += fmt::format("{}{}:{}", json.size() > 1 ? ",\n" : "", nlohmann::json(chart.name).dump(), chart.spec);
  }
  return json + "}";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char character : plain_text(text, text.size())) {
    switch (character) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += character;
    }
  }
  return escaped;
}

std::string escape_script_json(std::string_view json) {
  std::string escaped;
  escaped.reserve(json.size());
  while (!json.empty()) {
    if (json.front() == '<') {
      escaped += "\\u003c";
      json.remove_prefix(1);
    } else if (json.starts_with("\u2028") || json.starts_with("\u2029")) {
      escaped += json.starts_with("\u2028") ? "\\u2028" : "\\u2029";
      json.remove_prefix(3);
    } else {
      escaped += json.front();
      json.remove_prefix(1);
    }
  }
  return escaped;
}

std::string render_html(const slice::Analysis& analysis) {
  const std::vector<Chart> charts = make_charts(analysis);
  const auto filling = [&](std::string_view name) -> std::string {
    if (name == "title") return escape_html("Errata: " + file_list(analysis));
    if (name == "body") return body_html(analysis, charts);
    if (name == "charts") return escape_script_json(charts_json(charts));
    if (name == "analysis") return escape_script_json(render_json(analysis, -1));
    if (name == "vega") return std::string(vega_script());
    if (name == "script") return std::string(page_script());
    ERRATA_CHECK(false);
    return {};
  };
  // Only the template is searched for {{…}}: what is filled in never is.
  std::string html;
  std::string_view rest = page_template();
  while (true) {
    const std::size_t open = rest.find("{{");
    html += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find("}}", open);
    ERRATA_CHECK(close != std::string_view::npos);
    html += filling(rest.substr(open + 2, close - open - 2));
    rest.remove_prefix(close + 2);
  }
  return html;
}

}  // namespace errata::report
