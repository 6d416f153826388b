#include "errata/report/analysis/hotspot_details.h"

#include <fmt/format.h>

#include <cmath>

#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/table/pandas_query.h"

namespace errata::report {

namespace {

std::string query_html(const std::string& name, const std::string& query) {
  return fmt::format(
      "<div class=\"query\"><code class=\"sql\">{}</code><button type=\"button\" class=\"tool copy script-only\">Copy "
      "{}</button></div>",
      escape_html(query), name);
}

}  // namespace

std::string queries_html(const std::vector<table::Predicate>& where, const std::string& sql) {
  return query_html("SQL", sql) + query_html("pandas", table::pandas_query(where));
}

std::string cell_text(const table::Column& column, std::size_t row) {
  switch (column.kind) {
    case table::ColumnKind::numeric: return number_text(column.numbers[row]);
    case table::ColumnKind::timestamp:
      return column.micros[row] == table::kMissingTime ? "–" : time_text(static_cast<double>(column.micros[row]));
    case table::ColumnKind::categorical: {
      const std::int32_t code = column.codes[row];
      return code == table::kMissingCode ? "–" : plain_text(column.categories[static_cast<std::size_t>(code)]);
    }
  }
  ERRATA_CHECK(false);
  return {};
}

std::string examples_html(const slice::ExampleCases& examples) {
  if (examples.rows.empty()) return {};
  const bool has_ids = !examples.roles.empty() && examples.roles.front() == "id";
  std::string html = "<p>Some of its failures:</p><div class=\"scroll\"><table class=\"dense examples\"><thead><tr>";
  if (!has_ids) html += "<th class=\"number\">row</th>";
  for (const table::Column& column : examples.columns)
    html += fmt::format("<th>{}</th>", escape_html(plain_text(column.name)));
  html += "</tr></thead><tbody>";
  for (std::size_t row = 0; row < examples.rows.size(); ++row) {
    html += "<tr>";
    if (!has_ids) html += fmt::format("<td class=\"number\">{}</td>", examples.rows[row] + 1);
    for (const table::Column& column : examples.columns)
      html += fmt::format("<td>{}</td>", escape_html(cell_text(column, row)));
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

}  // namespace errata::report
