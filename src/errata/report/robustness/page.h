#pragma once

#include <string>

#include "errata/robustness/robustness.h"

namespace errata::report {

/// A classifier's checklist as one self-contained HTML file, made like the page of an analysis
/// (report/analysis/page.h): the verdict and every figure with its gate, then what each check saw. Reads without
/// JavaScript; its charts are those of robustness_charts().
[[nodiscard]] std::string robustness_page(const robustness::Robustness& made);

}  // namespace errata::report
