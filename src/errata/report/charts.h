#pragma once

#include <string>
#include <vector>

#include "errata/slice/analysis.h"

namespace errata::report {

/// One picture of an analysis: a Vega-Lite v6 specification with its (small, aggregated) data inside.
struct Chart {
  std::string name;     ///< "failure_rate_over_time": file name and key in the page
  std::string section;  ///< "hotspots", "time", "drift", "features", "each_feature", "two_features", "quality"
  std::string title;    ///< what is seen, in words
  std::string caption;  ///< how to read it
  std::string spec;     ///< JSON; its width is "container", its colours come from style names in its "config"
};

/// Every chart that the analysis has data for, in the order of the report:
/// hotspots, failure rate over time, drift, what goes with failure, failure rates of the features that go most with
/// it, two features together, reliability, confusion.
/// Only values that were aggregated before go into a chart; its size does not grow with the rows of the log.
[[nodiscard]] std::vector<Chart> make_charts(const slice::Analysis& analysis);

}  // namespace errata::report
