#pragma once

#include <string_view>

namespace errata::report {

/// The built files of web/, embedded into the binary (web/assets.S).
[[nodiscard]] std::string_view page_template();  ///< report.html with {{title}}, {{body}}, {{charts}}, …
[[nodiscard]] std::string_view vega_script();    ///< Vega and Vega-Lite with their licence
[[nodiscard]] std::string_view embed_script();   ///< vega-embed with its licence, after vega_script()
[[nodiscard]] std::string_view page_script();    ///< the page's own script
[[nodiscard]] std::string_view plots_script();   ///< renders charts to SVG in node, after vega_script()
[[nodiscard]] std::string_view theme_json();     ///< the colours of charts and pages: web/kit/theme.json

}  // namespace errata::report
