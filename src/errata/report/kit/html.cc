#include <fmt/format.h>

#include <cmath>

#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char character : plain_text(text, text.size())) {
    switch (character) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += character;
    }
  }
  return escaped;
}

std::string escape_script_json(std::string_view json) {
  std::string escaped;
  escaped.reserve(json.size());
  while (!json.empty()) {
    if (json.front() == '<') {
      escaped += "\\u003c";
      json.remove_prefix(1);
    } else if (json.starts_with("\u2028") || json.starts_with("\u2029")) {
      escaped += json.starts_with("\u2028") ? "\\u2028" : "\\u2029";
      json.remove_prefix(3);
    } else {
      escaped += json.front();
      json.remove_prefix(1);
    }
  }
  return escaped;
}

std::string marked_up(std::string_view words) {
  std::string html;
  bool inside = false;
  while (true) {
    const std::size_t tick = words.find('`');
    html += escape_html(words.substr(0, tick));
    if (tick == std::string_view::npos) break;
    html += inside ? "</span>" : "<span class=\"name\">";
    inside = !inside;
    words.remove_prefix(tick + 1);
  }
  if (inside) html += "</span>";
  return html;
}

std::string chart_html(const Chart& chart) {
  return fmt::format(
      "<figure><h3>{}</h3><div class=\"chart\" data-chart=\"{}\" role=\"img\" aria-label=\"{}\"></div>"
      "<figcaption>{}</figcaption></figure>\n",
      marked_up(chart.title), escape_html(chart.name), escape_html(chart.title), marked_up(chart.caption));
}

std::string charts_html(const std::vector<Chart>& charts, std::string_view section) {
  std::string html;
  for (const Chart& chart : charts) {
    if (chart.section == section) html += chart_html(chart);
  }
  return html;
}

std::string number_cell(std::string_view label, double value, const std::string& text, std::string_view css) {
  return fmt::format("<td class=\"number{}\" data-label=\"{}\" data-value=\"{}\">{}</td>", css, label,
                     std::isfinite(value) ? fmt::format("{}", value)
                     : std::isinf(value)  ? "1e308"
                                          : "",
                     escape_html(text));
}

std::string filter_html(std::string_view table, std::string_view hint) {
  return fmt::format(
      "<div class=\"filter script-only\"><input type=\"search\" data-filters=\"{0}\" placeholder=\"{1}\" "
      "aria-label=\"{1}\"><output data-counts=\"{0}\"></output></div>\n",
      table, hint);
}

std::string fact(std::string_view name, const std::string& html) {
  return html.empty() ? std::string() : fmt::format("<dt>{}</dt><dd>{}</dd>", name, html);
}

std::string tile_html(std::string_view name, const std::string& value, const std::string& note, bool alert) {
  return fmt::format("<div class=\"tile{}\"><dt>{}</dt><dd>{}{}</dd></div>", alert ? " alert" : "", name,
                     escape_html(value),
                     note.empty() ? "" : fmt::format(" <span class=\"note\">{}</span>", escape_html(note)));
}

}  // namespace errata::report
