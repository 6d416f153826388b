#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "errata/report/kit/chart.h"

namespace errata::report {

/// Longest text of the log (a rule, a file name, a warning) that is shown in full.
inline constexpr std::size_t kLongText = 4000;

/// Text for HTML content and quoted attributes: & < > " ' become entities, control characters visible.
[[nodiscard]] std::string escape_html(std::string_view text);

/// JSON for a <script> element: "<" and U+2028/9 as escapes of JSON, so that no text can end the element.
[[nodiscard]] std::string escape_script_json(std::string_view json);

/// Words, escaped, with every `name` set as a name.
[[nodiscard]] std::string marked_up(std::string_view words);

/// A figure with an empty place, which the page's script fills; charts_html() those of one section.
[[nodiscard]] std::string chart_html(const Chart& chart);
[[nodiscard]] std::string charts_html(const std::vector<Chart>& charts, std::string_view section);

/// A cell that sorts by its value; `label` names it where the table becomes cards on a narrow screen.
[[nodiscard]] std::string number_cell(std::string_view label, double value, const std::string& text,
                                      std::string_view css = "");
/// The input that filters the rows of a table by its id.
[[nodiscard]] std::string filter_html(std::string_view table, std::string_view hint);
/// A line of a list of facts, nothing when there is none; `html` is not escaped.
[[nodiscard]] std::string fact(std::string_view name, const std::string& html);

/// One figure of the header with a note under it; text is escaped, `name` is not.
[[nodiscard]] std::string tile_html(std::string_view name, const std::string& value, const std::string& note,
                                    bool alert = false);

}  // namespace errata::report
