#pragma once

#include <string>
#include <vector>

#include "errata/report/kit/chart.h"
#include "errata/slice/analysis.h"
#include "errata/table/predicate.h"

namespace errata::report {

/// Predicates as HTML, joined by "and", escaped.
[[nodiscard]] std::string conjunction_html(const std::vector<table::Predicate>& where);
/// "log.csv", "log.csv and 3 more"; not escaped.
[[nodiscard]] std::string file_list(const slice::Analysis& analysis);

// The page's parts as HTML, each with its heading; text from the log is escaped.
[[nodiscard]] std::string header_html(const slice::Analysis& analysis);
[[nodiscard]] std::string hotspots_section(const slice::Analysis& analysis, const std::vector<Chart>& charts);
[[nodiscard]] std::string silent_section(const slice::Analysis& analysis);
[[nodiscard]] std::string safe_section(const slice::Analysis& analysis);
[[nodiscard]] std::string saved_section(const slice::Analysis& analysis);
[[nodiscard]] std::string groups_section(const slice::GroupComparison& groups, const std::vector<Chart>& charts);
[[nodiscard]] std::string time_section(const slice::Analysis& analysis, const std::vector<Chart>& charts);
[[nodiscard]] std::string drift_section(const std::vector<Chart>& charts);
[[nodiscard]] std::string features_section(const slice::Analysis& analysis, const std::vector<Chart>& charts);
[[nodiscard]] std::string quality_section(const slice::Analysis& analysis, const std::vector<Chart>& charts);
[[nodiscard]] std::string method_section(const slice::Analysis& analysis);

}  // namespace errata::report
