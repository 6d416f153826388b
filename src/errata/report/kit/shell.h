#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "errata/report/kit/chart.h"

namespace errata::report {

/// An entry of the list of contents.
struct PageLink {
  bool there = true;       ///< has the page such a section?
  const char* id = "";     ///< of the section
  const char* words = "";  ///< plain, no markup
};

/// What one page puts into the shell that all pages share (web/report.html).
struct PageParts {
  std::string title;  ///< not escaped
  std::vector<PageLink> contents{};
  std::string main{};                ///< HTML of header and sections
  const std::vector<Chart>& charts;  ///< specifications of the data-chart places in `main`
  std::string_view data_id{};        ///< id of the block that holds the data
  std::string data{};                ///< JSON, not escaped
};

/// The whole page: shell, style, scripts, charts and data.
[[nodiscard]] std::string page_html(const PageParts& parts);

}  // namespace errata::report
