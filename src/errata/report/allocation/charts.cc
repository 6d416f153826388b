#include "errata/report/allocation/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

namespace {

/// More bars than a chart is wide tell nothing; of many every n-th is drawn.
constexpr std::size_t kMostBars = 400;

}  // namespace

std::vector<Chart> allocation_charts(const relevance::ImageAllocation& made) {
  const auto& allocation = made.allocated.allocation;
  if (allocation.positions.empty()) return {};
  const std::size_t step = (allocation.positions.size() + kMostBars - 1) / kMostBars;
  Json rows = Json::array();
  for (std::size_t i = 0; i < allocation.positions.size(); i += step) {
    const std::uint32_t patch = allocation.positions[i];
    rows.push_back(
        {{"rank", i + 1},
         {"tokens", allocation.budgets[i]},
         {"patch", fmt::format("row {}, column {}", allocation.grid.row_of(patch), allocation.grid.column_of(patch))},
         {"relevance", number_text(made.allocated.scores.balanced[patch], 3)}});
  }
  const auto most = std::ranges::max(allocation.budgets), least = std::ranges::min(allocation.budgets);
  const std::string rest = step == 1 ? std::string() : fmt::format(" Every {}th is drawn.", step);
  Json hints = tooltip({{"patch", "patch"}, {"tokens", "tokens"}, {"relevance", "relevance"}});
  return {chart_of(
      {.name = "tokens_by_rank",
       .section = "budgets",
       .title = most == least ? fmt::format("Every funded patch gets {}", counted(most, "token", "tokens"))
                              : fmt::format("Funded patches get {} to {} tokens", count_text(least), count_text(most)),
       .caption = "One bar a funded patch, the most relevant first." + rest},
      {{"height", 180},
       {"data", named_data("rows", std::move(rows))},
       {"mark", mark("bar", "rate")},
       {"encoding",
        {{"x",
          {{"field", "rank"},
           {"type", "ordinal"},
           {"title", "funded patches by relevance"},
           {"axis", {{"labels", false}, {"ticks", false}}},
           {"scale", {{"paddingInner", 0.1}}}}},
         {"y", {{"field", "tokens"}, {"type", "quantitative"}, {"title", "tokens"}}},
         {"tooltip", std::move(hints)}}}})};
}

}  // namespace errata::report
