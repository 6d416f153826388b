#include "errata/report/kit/json_values.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

namespace errata::report {

using Json = nlohmann::ordered_json;

std::string json_text(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + '\n';
}

Json p_value_json(double log_p) { return {{"p", std::exp(log_p)}, {"log10_p", log_p / std::numbers::ln10}}; }

Json interval_json(const stats::RateInterval& interval) { return Json::array({interval.low, interval.high}); }

}  // namespace errata::report
