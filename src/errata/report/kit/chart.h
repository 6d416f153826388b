#pragma once

#include <string>

namespace errata::report {

/// One picture of a report: a Vega-Lite v6 specification with its (small, aggregated) data inside.
struct Chart {
  std::string name;     ///< "failure_rate_over_time": file name and key in the page
  std::string section;  ///< of the page that it stands in: "hotspots", "time", …
  std::string title;    ///< what is seen, in words
  std::string caption;  ///< how to read it
  std::string spec;     ///< JSON; its width is "container", its colours come from style names in its "config"
};

}  // namespace errata::report
