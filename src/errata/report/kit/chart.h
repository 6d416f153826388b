#pragma once

#include <string>

namespace errata::report {

/// One picture of a report: a Vega-Lite v6 specification, and apart from it the (small, aggregated) data it draws, so
/// that a page which lives can replace the data.
struct Chart {
  std::string name;     ///< "failure_rate_over_time": file name and key in the page
  std::string section;  ///< of the page that it stands in: "hotspots", "time", …
  std::string title;    ///< what is seen, in words
  std::string caption;  ///< how to read it
  /// JSON; its data are names, its width is "container", its colours come from style names in its "config". What
  /// follows from the data and is no data (the order of names, ends of axes) stands here.
  std::string spec{};
  std::string data{};  ///< JSON: {"rows": […], …}, rows by the name of their data set
};

/// The whole specification with its data inside, as any notebook opens it.
[[nodiscard]] std::string chart_text(const Chart& chart);

}  // namespace errata::report
