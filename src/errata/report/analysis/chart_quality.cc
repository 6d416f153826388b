#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "errata/report/analysis/chart_kinds.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/reliability_chart.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

Chart reliability_chart(const slice::Analysis& analysis) {
  const slice::ClassMetrics& metrics = *analysis.classes;
  const std::string of = plain_text(metrics.calibration_of);
  return chart_of(
      {.name = "reliability",
       .section = "quality",
       .title = metrics.ece ? fmt::format("Scores are off by {} on average (ECE)", percent_text(*metrics.ece))
                            : std::string("Reliability of the scores"),
       .caption = fmt::format("{} against what was observed, in {} bins of equal width; a calibrated score lies on "
                              "the dashed line. Larger points hold more cases.",
                              of, metrics.reliability.size())},
      reliability_drawing(metrics.reliability,
                          {.score = "mean " + of, .observed = "share observed to hold", .risk = false}));
}

Chart confusion_chart(const slice::Analysis& analysis) {
  const slice::ClassMetrics& metrics = *analysis.classes;
  const std::size_t classes = metrics.per_class.size();
  Json order = Json::array();
  for (const slice::OneClass& one : metrics.per_class) order.push_back(plain_text(one.name, 24));
  Json rows = Json::array();
  for (std::size_t label = 0; label < classes; ++label) {
    double row_sum = 0;
    for (std::size_t i = 0; i < classes; ++i) row_sum += metrics.confusion[label * classes + i];
    if (row_sum == 0) continue;
    for (std::size_t predicted = 0; predicted < classes; ++predicted) {
      const double cases = metrics.confusion[label * classes + predicted];
      const double share = cases / row_sum;
      rows.push_back({{"label", order[label]},
                      {"predicted", order[predicted]},
                      {"share", share},
                      {"dark", share > 0.55},
                      {"text", classes <= 10 ? percent_text(share) : std::string()},
                      {"cases", number_text(cases, 10)},
                      {"share_text", percent_text(share)}});
    }
  }
  const Json hints = tooltip(
      {{"label", "label"}, {"predicted", "prediction"}, {"cases", "cases"}, {"share_text", "of the label's cases"}});
  const Json colour{{"field", "share"},
                    {"type", "quantitative"},
                    {"scale", {{"domain", {0, 1}}, {"interpolate", "rgb"}, {"range", blue_cells()}}},
                    {"legend", {{"title", "of the label"}, {"format", "~%"}}}};
  return chart_of(
      {.name = "confusion",
       .section = "quality",
       .title = "What is predicted for each label",
       .caption = "Shares of the cases with a label (down) that get each prediction (across); right answers lie on "
                  "the diagonal."},
      {{"height", {{"step", classes <= 4 ? 56 : 28}}},
       {"data", named_data("rows", std::move(rows))},
       {"layer", heat_layers(cell_axis("predicted", "prediction", order, 0), cell_axis("label", "label", order, 0),
                             colour, hints)}});
}

}  // namespace errata::report
