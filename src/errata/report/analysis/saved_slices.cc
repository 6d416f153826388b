#include "errata/report/analysis/saved_slices.h"

#include <nlohmann/json.hpp>

#include "errata/report/analysis/predicate_json.h"
#include "errata/report/kit/json_values.h"
#include "errata/report/kit/predicate_words.h"

namespace errata::report {

std::string saved_slices_json(const slice::Analysis& analysis) {
  nlohmann::ordered_json slices = nlohmann::ordered_json::array();
  for (const slice::NamedHotspot& hotspot : analysis.hotspots) {
    slices.push_back({{"words", words_of(hotspot.slice.where)}, {"where", where_json(hotspot.slice.where)}});
  }
  const nlohmann::ordered_json json{{"slices", std::move(slices)}};
  return json_text(json);
}

}  // namespace errata::report
