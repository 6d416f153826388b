#include "errata/report/allocation/page_parts.h"

#include <fmt/format.h>

#include "errata/relevance/overlay.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

std::vector<PanelPart> funded_parts(const relevance::Allocation& allocation) {
  return panel_parts(allocation.grid, allocation.positions, relevance::budget_shares(allocation));
}

std::string warnings_html(const std::vector<std::string>& warnings) {
  if (warnings.empty()) return "";
  std::string html = "<ul class=\"warnings\" aria-label=\"Warnings\">";
  for (const std::string& warning : warnings)
    html += fmt::format("<li>{}</li>", escape_html(plain_text(warning, kLongText)));
  return html + "</ul>";
}

}  // namespace errata::report
