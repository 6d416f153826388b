#include "errata/report/analysis/groups_json.h"

#include <nlohmann/json.hpp>

#include "errata/report/analysis/group_words.h"
#include "errata/report/analysis/predicate_json.h"
#include "errata/report/kit/json_values.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/table/pandas_query.h"

namespace errata::report {

namespace {

using Json = nlohmann::ordered_json;

Json figure_json(const slice::GroupFigure& figure, bool is_whole) {
  Json json{{"n", figure.n}};
  if (slice::is_rate(figure.measure)) json["count"] = figure.count;
  json["value"] = figure.value;
  json["interval"] = interval_json(figure.interval);
  if (is_whole) return json;
  json["rest"] = figure.rest;
  json["difference"] = figure.difference;
  json["difference_interval"] = interval_json(figure.difference_interval);
  json["tested"] = figure.tested;
  json["p_value"] = figure.tested ? p_value_json(figure.log_p) : Json(nullptr);
  json["p_adjusted"] = figure.tested ? p_value_json(figure.log_p_adjusted) : Json(nullptr);
  json["differs"] = figure.differs;
  return json;
}

Json group_json(const slice::Group& group, bool is_whole) {
  Json json{{"words", words_of(group.where)}, {"where", where_json(group.where)}, {"n", group.n}};
  if (!is_whole) {
    json["sql"] = group.sql;
    json["pandas"] = table::pandas_query(group.where);
    json["is_small"] = group.is_small;
  }
  json["ece"] = or_null(group.ece);
  Json& measures = json["measures"] = Json::object();
  for (const slice::GroupFigure& figure : group.figures)
    measures[std::string(slice::name_of(figure.measure))] = figure_json(figure, is_whole);
  return json;
}

Json table_json(const slice::GroupTable& table) {
  Json groups = Json::array();
  for (const slice::Group& group : table.groups) groups.push_back(group_json(group, false));
  Json differences = Json::object();
  for (const auto& [name, key, spread] : named_spreads(table))
    differences[std::string(key)] = {{"difference", spread.difference},
                                     {"interval", interval_json(spread.interval)},
                                     {"measure", slice::name_of(spread.measure)},
                                     {"highest", spread.highest},
                                     {"lowest", spread.lowest},
                                     {"groups", spread.groups}};
  return {{"columns", table.columns}, {"groups", std::move(groups)}, {"differences", std::move(differences)}};
}

}  // namespace

Json groups_json(const slice::GroupComparison& groups) {
  return {{"positive", or_null(groups.positive)},
          {"calibration_of", groups.calibration_of},
          {"min_cases", groups.options.min_cases},
          {"fdr", groups.options.fdr},
          {"tested", groups.tested},
          {"whole", group_json(groups.whole, true)},
          {"tables", array_of(groups.tables, table_json)}};
}

}  // namespace errata::report
