#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/report/analysis/chart_kinds.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

namespace {

constexpr std::size_t kRankedBars = 15;

}  // namespace

Chart drift_chart(const slice::Analysis& analysis) {
  const slice::Drift& drift = *analysis.drift;
  Json rows = Json::array();
  std::size_t drifted = 0;
  for (const slice::ColumnDrift& column : drift.columns) drifted += column.psi >= 0.1 ? 1 : 0;
  for (std::size_t i = 0; i < std::min(drift.columns.size(), kRankedBars); ++i) {
    const slice::ColumnDrift& column = drift.columns[i];
    rows.push_back({{"name", plain_text(column.column)},
                    {"value", column.psi},
                    {"strong", column.psi >= 0.25},
                    {"psi", number_text(column.psi, 3)},
                    {"test", column.test},
                    {"p", p_text(column.log_p_adjusted)}});
  }
  return chart_of(
      {.name = "drift",
       .section = "drift",
       .title = drifted == 0 ? std::string("No column has drifted noticeably")
                             : fmt::format("{} {} drifted", counted(drifted, "column", "columns"),
                                           drifted == 1 ? "has" : "have"),
       .caption = "Population stability index between the earliest third of the cases and the rest; the dashed "
                  "lines mark 0.1 (noticeable) and 0.25 (large, orange)."},
      ranked_bars(std::move(rows), "population stability index",
                  tooltip({{"name", "column"}, {"psi", "PSI"}, {"test", "test"}, {"p", "adjusted p"}}), {0.1, 0.25}));
}

Chart association_chart(const slice::Analysis& analysis) {
  const double log_level = std::log(analysis.options.confirm.fdr);
  const auto is_clear = [&](const slice::Association& one) { return one.log_p_adjusted <= log_level; };
  const auto strongest = std::ranges::find_if(analysis.associations, is_clear);
  Json rows = Json::array();
  for (std::size_t i = 0; i < std::min(analysis.associations.size(), kRankedBars); ++i) {
    const slice::Association& association = analysis.associations[i];
    rows.push_back({{"name", plain_text(association.feature)},
                    {"value", association.mutual_information},
                    {"strong", is_clear(association)},
                    {"bits", number_text(association.mutual_information, 3) + " bits"},
                    {"effect", fmt::format("{} {}", association.effect_name, number_text(association.effect, 2))},
                    {"p", p_text(association.log_p_adjusted)}});
  }
  return chart_of(
      {.name = "association",
       .section = "features",
       .title = strongest == analysis.associations.end()
                    ? std::string("No feature clearly goes with failure")
                    : fmt::format("`{}` goes most clearly with failure", plain_text(strongest->feature)),
       .caption = fmt::format("Mutual information between each feature and the failure flag; orange where the "
                              "adjusted p-value is at most {}.",
                              number_text(analysis.options.confirm.fdr))},
      ranked_bars(
          std::move(rows), "mutual information with failure, bits",
          tooltip({{"name", "feature"}, {"bits", "mutual information"}, {"effect", "effect"}, {"p", "adjusted p"}}),
          {}));
}

}  // namespace errata::report
