#include "errata/report/allocation/page_parts.h"

#include <fmt/format.h>

#include "errata/relevance/overlay.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

std::vector<PanelPart> funded_parts(const relevance::Allocation& allocation) {
  const std::vector<double> shares = relevance::budget_shares(allocation);
  std::vector<PanelPart> parts;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const image::Box box = allocation.grid.box(allocation.positions[i]);
    parts.push_back(
        {.rect = {.left = box.left, .top = box.top, .width = box.width, .height = box.height}, .share = shares[i]});
  }
  return parts;
}

std::string warnings_html(const std::vector<std::string>& warnings) {
  if (warnings.empty()) return "";
  std::string html = "<ul class=\"warnings\" aria-label=\"Warnings\">";
  for (const std::string& warning : warnings)
    html += fmt::format("<li>{}</li>", escape_html(plain_text(warning, kLongText)));
  return html + "</ul>";
}

}  // namespace errata::report
