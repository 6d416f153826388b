#include "errata/report/kit/json_values.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string_view>

#include "errata/report/kit/utf8.h"

namespace errata::report {

using Json = nlohmann::ordered_json;

namespace {

/// Characters that steer a terminal or turn the order of text around it: DEL, C1, and the marks of writing direction.
bool steers(char32_t code) {
  return (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E || code == 0x200F ||
         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string json_text(const Json& json, int indent) {
  const std::string raw = json.dump(indent, ' ', false, Json::error_handler_t::replace);
  std::string text;
  text.reserve(raw.size() + 1);
  for (std::string_view rest = raw; !rest.empty();) {
    const Utf8Character character = first_character(rest);
    if (steers(character.code)) {
      text += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(character.code));
    } else {
      text += rest.substr(0, character.bytes);
    }
    rest.remove_prefix(character.bytes);
  }
  return text + '\n';
}

Json p_value_json(double log_p) { return {{"p", std::exp(log_p)}, {"log10_p", log_p / std::numbers::ln10}}; }

Json interval_json(const stats::RateInterval& interval) { return Json::array({interval.low, interval.high}); }

}  // namespace errata::report
