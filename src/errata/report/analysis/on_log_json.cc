#include "errata/report/analysis/on_log_json.h"

#include <nlohmann/json.hpp>

#include "errata/report/kit/json_values.h"

namespace errata::report {

nlohmann::ordered_json on_log_json(const slice::SliceOnLog& on_log) {
  if (!on_log.unmeasurable.empty()) return {{"unmeasurable", on_log.unmeasurable}};
  return {{"n", on_log.n},
          {"failures", on_log.failures},
          {"rate", on_log.rate},
          {"interval", interval_json(on_log.interval)},
          {"rest", on_log.rest},
          {"p_value", p_value_json(on_log.log_p)},
          {"p_adjusted", p_value_json(on_log.log_p_adjusted)},
          {"raised", on_log.raised}};
}

}  // namespace errata::report
