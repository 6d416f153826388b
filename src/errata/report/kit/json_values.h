#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "errata/stats/rate.h"

namespace errata::report {

// Values as JSON, as every report writes them. nlohmann writes NaN and infinities as null by itself.

/// The document as text that ends in a line break; text that is not UTF-8 has U+FFFD in its place.
/// Characters that steer a terminal or turn the direction of text are written as \u escapes; they read back the same.
/// @param indent  spaces a level; -1 for one line
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& json, int indent = 2);

/// {"p", "log10_p"}: p is 0 where it underflows, its logarithm is still there.
[[nodiscard]] nlohmann::ordered_json p_value_json(double log_p);

/// [low, high]
[[nodiscard]] nlohmann::ordered_json interval_json(const stats::RateInterval& interval);

template <typename T, typename Json = nlohmann::ordered_json>
[[nodiscard]] Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// A list of function(value).
template <typename T, typename Function, typename Json = nlohmann::ordered_json>
[[nodiscard]] Json array_of(const std::vector<T>& values, Function function) {
  Json array = Json::array();
  for (const T& value : values) array.push_back(function(value));
  return array;
}

}  // namespace errata::report
