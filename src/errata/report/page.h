#pragma once

#include <string>
#include <string_view>

#include "errata/slice/analysis.h"

namespace errata::report {

/// The report as one self-contained HTML file: style, scripts, charts and data are inside, a Content-Security-Policy
/// forbids everything else, and the findings read without JavaScript. Text from the log is escaped wherever it stands.
/// About 0.9 MB and the size of the analysis itself.
[[nodiscard]] std::string render_html(const slice::Analysis& analysis);

/// Text for HTML content and quoted attributes: & < > " ' become entities, control characters visible.
[[nodiscard]] std::string escape_html(std::string_view text);

/// JSON for a <script> element: "<" and U+2028/9 as escapes of JSON, so that no text can end the element.
[[nodiscard]] std::string escape_script_json(std::string_view json);

}  // namespace errata::report
