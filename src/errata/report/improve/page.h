#pragma once

#include <string>

#include "errata/improve/improvement.h"

namespace errata::report {

/// An improvement as one self-contained HTML file, made like the page of an analysis (report/analysis/page.h). Reads
/// without JavaScript; its charts are those of improve_charts().
[[nodiscard]] std::string improve_page(const improve::Improvement& made);

}  // namespace errata::report
