#pragma once

#include <string>

#include "errata/replay/replay.h"

namespace errata::report {

/// The replay as one self-contained HTML file, made like that of an analysis (report/analysis/page.h). The findings
/// read without JavaScript; its charts are those of replay_charts().
[[nodiscard]] std::string replay_page(const replay::Replay& replay);

}  // namespace errata::report
