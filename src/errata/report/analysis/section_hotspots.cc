#include <fmt/format.h>

#include <cmath>

#include "errata/report/analysis/figures.h"
#include "errata/report/analysis/hard_or_wrong.h"
#include "errata/report/analysis/hotspot_details.h"
#include "errata/report/analysis/sections.h"
#include "errata/report/analysis/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"

namespace errata::report {

namespace {

/// @param fails_otherwise  failing is not being wrong, so that the accuracy says something of its own
std::string metrics_words(const slice::NamedHotspot& hotspot, bool fails_otherwise) {
  std::string words;
  const auto add = [&](const char* name, const std::string& value) {
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", name, value);
  };
  if (hotspot.classes) {
    if (fails_otherwise) add("accuracy", percent_text(hotspot.classes->accuracy));
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

std::string fold_words(const slice::Analysis& analysis, const slice::NamedFold& fold) {
  std::string words(words_of(fold.reason));
  if (fold.slice.excess) words += fmt::format("; fails {}", words_of(fold.slice.excess->belief));
  if (const std::string kinds = failure_kinds_words(analysis, fold.slice.kinds); !kinds.empty()) words += "; " + kinds;
  return words;
}

/// What kinds of failure it has, in a line.
std::string kinds_html(const slice::Analysis& analysis, const slice::FailureKinds& kinds) {
  const std::string words = failure_kinds_words(analysis, kinds);
  return words.empty() ? "" : fmt::format("<div class=\"soft\">{}</div>", escape_html(words));
}

/// Hard or wrong, in a line; nothing without a score.
std::string excess_html(const slice::NamedSlice& named) {
  if (!named.excess) return {};
  return fmt::format("<div class=\"soft\">{}</div>", escape_html(excess_words(*named.excess)));
}

std::string details_html(const slice::Analysis& analysis, const slice::NamedHotspot& hotspot) {
  const std::size_t folded = hotspot.folded.size();
  std::string html = fmt::format(
      "<details><summary>Examples, SQL, pandas, metrics{}</summary><div class=\"inside\">{}<p>{}</p>",
      folded == 0 ? "" : fmt::format(" and {} folded under it", counted(folded, "slice", "slices")),
      queries_html(hotspot.slice.where, hotspot.slice.sql), escape_html(held_out_words(analysis, hotspot.slice.slice)));
  const bool fails_otherwise = analysis.rule.kind != table::FailureRule::Kind::mismatch || analysis.rule.confident;
  if (const std::string metrics = metrics_words(hotspot, fails_otherwise); !metrics.empty()) {
    html += fmt::format("<p>On its cases: {}.</p>", escape_html(metrics));
  }
  if (hotspot.slice.excess) html += fmt::format("<p>{}</p>", escape_html(excess_sentences(*hotspot.slice.excess)));
  if (const std::string kinds = failure_kinds_words(analysis, hotspot.slice.kinds); !kinds.empty()) {
    html += fmt::format("<p>Kinds of failure: {}.</p>", escape_html(kinds));
  }
  html += examples_html(hotspot.examples);
  if (folded > 0) {
    html += "<p>Says nothing beyond it:</p><ul>";
    for (const slice::NamedFold& fold : hotspot.folded) {
      html += fmt::format("<li>{}: {} <span class=\"soft\">({})</span></li>", conjunction_html(fold.slice.where),
                          escape_html(figure_words(figures_of(analysis, fold.slice.slice.whole), by_loss(analysis))),
                          escape_html(fold_words(analysis, fold)));
    }
    html += "</ul>";
  }
  return html + "</div></details>";
}

std::string slice_cells(const slice::Analysis& analysis, const slice::NamedSlice& named) {
  const bool losses = by_loss(analysis);
  const SliceFigures figures = figures_of(analysis, named.slice.whole);
  const std::string lift = std::isinf(figures.lift)   ? "∞"
                           : std::isnan(figures.lift) ? "–"
                                                      : fmt::format("{:.2f}", figures.lift);
  return number_cell(losses ? "mean loss" : "fail", figures.rate,
                     losses ? number_text(figures.rate, 3) : percent_text(figures.rate), " rate") +
         number_cell("× rest", figures.lift, lift) +
         number_cell("of cases", figures.share_of_cases, percent_text(figures.share_of_cases)) +
         number_cell(losses ? "of the loss" : "of failures", figures.share_of_failures,
                     percent_text(figures.share_of_failures)) +
         number_cell("adjusted p", named.slice.log_p_adjusted, p_text(named.slice.log_p_adjusted));
}

std::string nesting_html(const slice::Analysis& analysis, const slice::NamedHotspot& hotspot) {
  const std::string words = nesting_words(analysis, hotspot);
  return words.empty() ? "" : fmt::format(" <span class=\"soft\">({})</span>", escape_html(words));
}

std::string slice_table_head(bool losses, bool ranked) {
  return fmt::format(
      "<thead><tr>{}<th>{}</th><th class=\"number\">{}</th><th class=\"number\">× rest</th>"
      "<th class=\"number\">Of cases</th><th class=\"number\">{}</th>"
      "<th class=\"number\" data-first=\"ascending\">Adjusted p</th></tr></thead>",
      ranked ? "<th class=\"number\" data-first=\"ascending\">#</th>" : "", ranked ? "Hotspot" : "Slice",
      losses ? "Mean loss" : "Fail", losses ? "Of the loss" : "Of failures");
}

std::string slices_table(const slice::Analysis& analysis, const std::vector<slice::NamedSlice>& slices) {
  std::string html =
      fmt::format("<div class=\"scroll\"><table class=\"cards\">{}<tbody>", slice_table_head(by_loss(analysis), false));
  for (const slice::NamedSlice& named : slices) {
    html += fmt::format("<tr><td class=\"where\">{}{}{}</td>{}</tr>\n", conjunction_html(named.where),
                        excess_html(named), kinds_html(analysis, named.kinds), slice_cells(analysis, named));
  }
  return html + "</tbody></table></div>\n";
}

std::string silent_row(const slice::Analysis& analysis, const slice::NamedSlice& named) {
  const slice::Excess& excess = *named.excess;
  return fmt::format(
      "<tr class=\"failing\"><td class=\"where\">{}<details><summary>SQL, pandas</summary><div "
      "class=\"inside\">{}<p>{}</p>{}</div></details></td>{}{}{}{}{}</tr>\n",
      conjunction_html(named.where), queries_html(named.where, named.sql), escape_html(excess_sentences(excess)),
      kinds_html(analysis, named.kinds), number_cell("fail", excess.rate, percent_text(excess.rate), " rate"),
      number_cell("expected", excess.expected_rate, percent_text(excess.expected_rate)),
      number_cell("excess", excess.excess, fmt::format("{:+.1f} points", 100 * excess.excess)),
      number_cell("cases", static_cast<double>(excess.n), count_text(excess.n)),
      number_cell("adjusted p", named.slice.log_p_adjusted, p_text(named.slice.log_p_adjusted)));
}

}  // namespace

std::string hotspots_section(const slice::Analysis& analysis, const std::vector<Chart>& charts) {
  std::string html = "<section id=\"hotspots\"><h2>Where it fails</h2>\n";
  if (analysis.hotspots.empty()) {
    html += fmt::format("<p>{}</p>", escape_html(no_hotspot_words(analysis)));
  } else {
    html += fmt::format("<p>{}: {}; false discovery rate at most {}. Figures are of all cases. {}</p>\n",
                        confirmed_words(analysis), escape_html(split_words(analysis)),
                        level_text(analysis.options.confirm.fdr), escape_html(belief_words(analysis)));
    html += charts_html(charts, "hotspots");
    html += filter_html("hotspot-table", "Filter hotspots, e.g. a feature");
    html += "<div class=\"scroll\"><table id=\"hotspot-table\" class=\"sortable cards\">" +
            slice_table_head(by_loss(analysis), true) + "<tbody>\n";
    for (std::size_t i = 0; i < analysis.hotspots.size(); ++i) {
      const slice::NamedHotspot& hotspot = analysis.hotspots[i];
      html += fmt::format(
          "<tr class=\"failing\"><td class=\"number rank\" data-value=\"{0}\">{0}</td><td "
          "class=\"where\">{1}{4}{5}{2}</td>{3}"
          "</tr>\n",
          i + 1, conjunction_html(hotspot.slice.where), details_html(analysis, hotspot),
          slice_cells(analysis, hotspot.slice), nesting_html(analysis, hotspot), excess_html(hotspot.slice));
    }
    html += "</tbody></table></div>\n";
  }
  if (!analysis.unconfirmed.empty()) {
    html += fmt::format("<details><summary>{} tested and not confirmed</summary>{}</details>\n",
                        counted(analysis.unconfirmed.size(), "slice was", "slices were"),
                        slices_table(analysis, analysis.unconfirmed));
  }
  return html + "</section>\n";
}

std::string silent_section(const slice::Analysis& analysis) {
  std::string html =
      "<section id=\"silent\"><h2>Where it fails more than it believes</h2>\n<p>Found and tested as hotspots are, but "
      "against what the model's own calibrated confidence leads one to expect. No threshold on confidence catches "
      "these failures.</p>\n<div class=\"scroll\"><table class=\"cards\"><thead><tr><th>Slice</th><th "
      "class=\"number\">Fail</th><th class=\"number\">Expected</th><th class=\"number\">Excess</th><th "
      "class=\"number\">Cases</th><th class=\"number\">Adjusted p</th></tr></thead><tbody>\n";
  for (const slice::NamedSlice& named : analysis.more_than_believed) html += silent_row(analysis, named);
  return html + "</tbody></table></div></section>\n";
}

std::string safe_section(const slice::Analysis& analysis) {
  return "<section id=\"safe\"><h2>Safe where</h2>\n<p>Confirmed to fail less than the rest.</p>\n" +
         slices_table(analysis, analysis.safe) + "</section>\n";
}

}  // namespace errata::report
