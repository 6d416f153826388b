// The page's skeleton and style come from web/; this file fills its places. Nothing from the log can become markup:
// every piece of text passed escape_html() before, every piece of data passes escape_script_json() here, and the policy
// of the template allows only the two scripts whose hashes it names.
#include "errata/report/kit/shell.h"

#include <fmt/format.h>

#include "errata/base/error.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/page_assets.h"

namespace errata::report {

namespace {

std::string body_html(const PageParts& parts) {
  std::string html = "<div class=\"page\">\n<nav aria-label=\"Contents\"><span class=\"brand\">Errata</span><ol>";
  for (const PageLink& link : parts.contents) {
    if (link.there) html += fmt::format("<li><a href=\"#{}\">{}</a></li>", link.id, link.words);
  }
  return html + "</ol></nav>\n<main>\n" + parts.main +
         "<footer>Made by errata " ERRATA_VERSION
         ". This file is complete: it loads nothing and sends nothing.</footer>\n</main></div>";
}

std::string charts_json(const std::vector<Chart>& charts) {
  std::string json = "{";
  for (const Chart& chart : charts) {
    json += fmt::format("{}\"{}\":{{\"spec\":{},\"data\":{}}}", json.size() > 1 ? ",\n" : "", chart.name, chart.spec,
                        chart.data);
  }
  return json + "}";
}

std::string filling(const PageParts& parts, std::string_view name) {
  if (name == "title") return escape_html(parts.title);
  if (name == "body") return body_html(parts);
  if (name == "charts") return escape_script_json(charts_json(parts.charts));
  if (name == "data-id") return std::string(parts.data_id);
  if (name == "data") return escape_script_json(parts.data);
  if (name == "vega") return std::string(vega_script()) + std::string(embed_script());
  if (name == "script") return std::string(page_script());
  ERRATA_CHECK(false);
  return {};
}

}  // namespace

std::string page_html(const PageParts& parts) {
  // Only the template is searched for {{…}}: what is filled in never is.
  std::string html;
  std::string_view rest = page_template();
  while (true) {
    const std::size_t open = rest.find("{{");
    html += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find("}}", open);
    ERRATA_CHECK(close != std::string_view::npos);
    html += filling(parts, rest.substr(open + 2, close - open - 2));
    rest.remove_prefix(close + 2);
  }
  return html;
}

}  // namespace errata::report
