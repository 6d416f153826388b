#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

#include "errata/report/analysis/hard_or_wrong.h"
#include "errata/report/analysis/sections.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

namespace {

constexpr std::size_t kClassRows = 500;

/// The classes that the page shows, in their order: all, or those with the most cases, so that the page stays small.
std::vector<std::size_t> classes_to_show(const slice::ClassMetrics& metrics) {
  std::vector<std::size_t> shown(metrics.per_class.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  if (shown.size() <= kClassRows) return shown;
  const auto cases = [&](std::size_t c) { return metrics.per_class[c].labelled + metrics.per_class[c].predicted; };
  std::ranges::stable_sort(shown, std::greater(), cases);
  shown.resize(kClassRows);
  std::ranges::sort(shown);
  return shown;
}

std::string per_class_html(const slice::ClassMetrics& metrics) {
  std::string html =
      "<div class=\"scroll\"><table class=\"sortable\" id=\"classes\"><thead><tr><th>Class</th><th "
      "class=\"number\">Labelled</th><th "
      "class=\"number\">Predicted</th><th class=\"number\">Precision</th><th class=\"number\">Recall</th><th "
      "class=\"number\">F1</th></tr></thead><tbody>";
  for (const std::size_t c : classes_to_show(metrics)) {
    const slice::OneClass& one = metrics.per_class[c];
    html += fmt::format("<tr><td>{}</td>", escape_html(plain_text(one.name)));
    html += number_cell("", static_cast<double>(one.labelled), count_text(one.labelled));
    html += number_cell("", static_cast<double>(one.predicted), count_text(one.predicted));
    html += number_cell("", one.precision, percent_text(one.precision));
    html += number_cell("", one.recall, percent_text(one.recall));
    html += number_cell("", one.f1, number_text(one.f1, 3)) + "</tr>";
  }
  html += "</tbody></table></div>\n";
  if (metrics.per_class.size() > kClassRows) {
    html += fmt::format("<p>The {} classes with the most cases, of {}; the JSON holds them all.</p>\n",
                        count_text(kClassRows), count_text(metrics.per_class.size()));
  }
  return html;
}

std::string optional_text(const std::optional<double>& value) { return value ? number_text(*value, 4) : std::string(); }

}  // namespace

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
            fact("Bias (prediction − label)", number_text(metrics.bias, 4)) +
            fact("Spread (standard deviation of the error)", number_text(metrics.spread, 4)) +
            fact("R²", number_text(metrics.r2, 4));
    if (metrics.residual_quantiles.size() == 7) {
      std::string quantiles;
      for (const double quantile : metrics.residual_quantiles) {
        quantiles += (quantiles.empty() ? "" : " · ") + number_text(quantile, 4);
      }
      html += fact("Residuals: least, 5%, 25%, 50%, 75%, 95%, largest", quantiles);
    }
  }
  html += "</dl>\n";
  if (const std::string claim = claim_words(analysis); !claim.empty())
    html += fmt::format("<p>{}</p>\n", escape_html(claim));
  html += "<div class=\"pair\">" + charts_html(charts, "quality") + "</div>\n";
  if (analysis.classes) html += per_class_html(*analysis.classes);
  return html + "</section>\n";
}

}  // namespace errata::report
