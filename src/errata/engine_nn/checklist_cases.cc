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
      figure{"figure"}, file{"file"};
  std::vector<double> seed{}, value{}, gate{}, passed{};

  /// @param cases, contenders  of the mode: scenes, or real pictures
  void add_all(const checklist::Mode& of, const std::vector<checklist::Case>& cases,
               const std::vector<checklist::Contender>& contenders) {
    for (std::size_t at = 0; at < cases.size(); ++at)
      for (const checklist::Contender& contender : contenders)
        for (const checklist::Figure& value_of : contender.figures)
          if (value_of.gate && !std::isnan(value_of.values[at])) add(of, cases[at], at, contender, value_of);
  }

  void add(const checklist::Mode& of_mode, const checklist::Case& drawn, std::size_t at,
           const checklist::Contender& contender, const checklist::Figure& of) {
    id.values.push_back(fmt::format("{}{} {}", of_mode.name, drawn.file.empty() ? "" : " real", at));
    mode.values.emplace_back(of_mode.name);
    kind.values.emplace_back(checklist::name_of(of_mode.kind));
    scene.values.emplace_back(drawn.scene);
    query.values.push_back(drawn.query);
    allocator.values.push_back(contender.name);
    figure.values.push_back(of.name);
    file.values.push_back(drawn.file);
    seed.push_back(drawn.scene.empty() || !drawn.file.empty() ? kNaN : static_cast<double>(drawn.seed));
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
    all.push_back(text_column(file.name, file.values));
    return all;
  }
};

}  // namespace

Result<void> write_checklist_cases(const checklist::Checklist& made, const std::string& place,
                                   const Cancellation* stop) {
  return until_cancelled([&]() -> Result<void> {
    Rows rows;
    for (const checklist::ModeResult& result : made.modes) {
      rows.add_all(*result.mode, result.cases, result.contenders);
      if (result.real) rows.add_all(*result.mode, result.real->cases, result.real->contenders);
    }
    return table::write_columns(rows.columns(), place, {}, stop);
  });
}

}  // namespace errata::engine_nn
