#include "errata/report/analysis/examples_json.h"

#include <nlohmann/json.hpp>

#include "errata/report/kit/numbers.h"

namespace errata::report {

namespace {

using Json = nlohmann::ordered_json;

Json value_json(const table::Column& column, std::size_t row) {
  switch (column.kind) {
    case table::ColumnKind::numeric: return column.numbers[row];
    case table::ColumnKind::timestamp:
      return column.micros[row] == table::kMissingTime ? Json()
                                                       : Json(time_text(static_cast<double>(column.micros[row])));
    case table::ColumnKind::categorical: {
      const std::int32_t code = column.codes[row];
      return code == table::kMissingCode ? Json() : Json(column.categories[static_cast<std::size_t>(code)]);
    }
  }
  ERRATA_CHECK(false);
  return {};
}

}  // namespace

Json examples_json(const slice::ExampleCases& examples) {
  Json cases = Json::array();
  for (std::size_t row = 0; row < examples.rows.size(); ++row) {
    Json values = Json::object();
    for (const table::Column& column : examples.columns) values[column.name] = value_json(column, row);
    cases.push_back({{"row", examples.rows[row] + 1}, {"values", std::move(values)}});
  }
  return cases;
}

}  // namespace errata::report
