#include "errata/report/analysis/predicate_json.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace errata::report {
namespace {

using Json = nlohmann::ordered_json;

Json range_end(double value) { return std::isinf(value) ? Json(nullptr) : Json(value); }

/// Integers taken as categories are integers again, as far as JSON's readers can hold them.
Json category(const table::Predicate& predicate) {
  std::int64_t integer = 0;
  const char* const end = predicate.value.data() + predicate.value.size();
  const bool is_integer =
      predicate.value_is_integer && std::from_chars(predicate.value.data(), end, integer).ptr == end;
  return is_integer ? Json(integer) : Json(predicate.value);
}

}  // namespace

Json predicate_json(const table::Predicate& predicate, Detail detail) {
  Json json{{"feature", predicate.feature}};
  switch (predicate.kind) {
    case table::Predicate::Kind::equals: json["equals"] = category(predicate); break;
    case table::Predicate::Kind::any_of: json["any_of"] = predicate.values; break;
    case table::Predicate::Kind::missing: json["missing"] = true; break;
    case table::Predicate::Kind::range:
      json["above"] = range_end(predicate.above);
      json["up_to"] = range_end(predicate.up_to);
      if (detail == Detail::full && predicate.min <= predicate.max) {
        json["min"] = predicate.min;
        json["max"] = predicate.max;
      }
      break;
  }
  if (detail == Detail::full && predicate.is_time) json["time"] = true;
  if (detail == Detail::full && predicate.source != table::FeatureSource::feature) {
    json["source"] = table::name_of(predicate.source);
  }
  return json;
}

Json where_json(const std::vector<table::Predicate>& conjunction, Detail detail) {
  Json where = Json::array();
  for (const table::Predicate& predicate : conjunction) where.push_back(predicate_json(predicate, detail));
  return where;
}

}  // namespace errata::report
