#pragma once

#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/checklist/checklist.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

/// The section of a mode as HTML: verdict, assumption, what helps, figures, and the cases that are shown.
/// @return output error of a picture that cannot be coded
[[nodiscard]] Result<std::string> mode_html(const checklist::ModeResult& result, const std::vector<Chart>& charts);

}  // namespace errata::report
