#include "errata/engine_nn/checklist_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "errata/base/limits.h"
#include "errata/table/write_log.h"

namespace errata::engine_nn {
namespace {

using table::Column;
using table::ColumnKind;

/// A column of text under construction.
struct Texts {
  std::string name;
  std::vector<std::string> values{};

  /// Empty values are missing ones.
  [[nodiscard]] Column column() const {
    Column made{.name = name, .kind = ColumnKind::categorical, .source_type = "VARCHAR"};
    made.categories = values;
    std::ranges::sort(made.categories);
    const auto [begin, end] = std::ranges::unique(made.categories);
    made.categories.erase(begin, end);
    std::erase(made.categories, "");
    for (const std::string& value : values) {
      const auto at = std::ranges::lower_bound(made.categories, value) - made.categories.begin();
      made.codes.push_back(value.empty() ? table::kMissingCode : static_cast<std::int32_t>(at));
    }
    made.missing = static_cast<std::size_t>(std::ranges::count(values, ""));
    return made;
  }
};

struct Rows {
  Texts id{"case_id"}, mode{"mode"}, kind{"taxonomy"}, scene{"scene"}, query{"query"}, allocator{"allocator"},
      figure{"figure"};
  std::vector<double> seed{}, value{}, gate{}, passed{};

  void add(const checklist::ModeResult& result, std::size_t at, const checklist::Contender& contender,
           const checklist::Figure& of) {
    const checklist::Case& drawn = result.cases[at];
    id.values.push_back(fmt::format("{} {}", result.mode->name, at));
    mode.values.emplace_back(result.mode->name);
    kind.values.emplace_back(checklist::name_of(result.mode->kind));
    scene.values.emplace_back(drawn.scene);
    query.values.push_back(drawn.query);
    allocator.values.push_back(contender.name);
    figure.values.push_back(of.name);
    seed.push_back(drawn.scene.empty() ? kNaN : static_cast<double>(drawn.seed));
    value.push_back(of.values[at]);
    gate.push_back(of.gate->limit);
    passed.push_back(of.keeps(of.values[at]) ? 1 : 0);
  }

  [[nodiscard]] std::vector<Column> columns() const {
    std::vector<Column> all;
    for (const Texts* texts : {&id, &mode, &kind, &scene, &query, &allocator, &figure}) all.push_back(texts->column());
    for (const auto& [name, numbers] : {std::pair{"seed", &seed}, std::pair{"value", &value}, std::pair{"gate", &gate},
                                        std::pair{"passed", &passed}}) {
      Column column{.name = name, .kind = ColumnKind::numeric, .source_type = "DOUBLE"};
      column.numbers = *numbers;
      all.push_back(std::move(column));
    }
    return all;
  }
};

}  // namespace

Result<void> write_checklist_cases(const checklist::Checklist& made, const std::string& place,
                                   const Cancellation* stop) {
  return until_cancelled([&]() -> Result<void> {
    Rows rows;
    for (const checklist::ModeResult& result : made.modes)
      for (std::size_t at = 0; at < result.cases.size(); ++at)
        for (const checklist::Contender& contender : result.contenders)
          for (const checklist::Figure& figure : contender.figures)
            if (figure.gate && !std::isnan(figure.values[at])) rows.add(result, at, contender, figure);
    return table::write_columns(rows.columns(), place, {}, stop);
  });
}

}  // namespace errata::engine_nn
