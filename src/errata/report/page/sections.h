#pragma once

#include <string>
#include <vector>

#include "errata/report/charts.h"

namespace errata::report {

// The page's parts as HTML, each with its heading; text from the log is escaped.
[[nodiscard]] std::string header_html(const slice::Analysis& analysis);
[[nodiscard]] std::string hotspots_section(const slice::Analysis& analysis, const std::vector<Chart>& charts);
[[nodiscard]] std::string saved_section(const slice::Analysis& analysis);
[[nodiscard]] std::string time_section(const slice::Analysis& analysis, const std::vector<Chart>& charts);
[[nodiscard]] std::string drift_section(const std::vector<Chart>& charts);
[[nodiscard]] std::string features_section(const slice::Analysis& analysis, const std::vector<Chart>& charts);
[[nodiscard]] std::string quality_section(const slice::Analysis& analysis, const std::vector<Chart>& charts);
[[nodiscard]] std::string method_section(const slice::Analysis& analysis);

}  // namespace errata::report
