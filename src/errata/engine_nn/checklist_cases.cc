#include "errata/engine_nn/checklist_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "errata/base/limits.h"
#include "errata/engine_nn/log_columns.h"
#include "errata/table/write_log.h"

namespace errata::engine_nn {
namespace {

using table::Column;
using table::ColumnKind;

/// A column of text under construction.
struct Texts {
  std::string name;
  std::vector<std::string> values{};
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
    for (const Texts* texts : {&id, &mode, &kind, &scene, &query, &allocator, &figure})
      all.push_back(text_column(texts->name, texts->values));
    for (const auto& [name, numbers] : {std::pair{"seed", &seed}, std::pair{"value", &value}, std::pair{"gate", &gate},
                                        std::pair{"passed", &passed}}) {
      all.push_back(number_column(name, *numbers));
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
