#pragma once

#include <string>
#include <string_view>

#include "errata/slice/analysis.h"

namespace errata::report {

/// The report as one self-contained HTML file: style, scripts, charts and data are inside, a Content-Security-Policy
/// forbids everything else, and the findings read without JavaScript. Text from the log is escaped wherever it stands.
/// About 0.9 MB and the size of the analysis itself.
[[nodiscard]] std::string analysis_page(const slice::Analysis& analysis);

}  // namespace errata::report
