#pragma once

#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/checklist/checklist.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

/// Figures of contenders as a table that can be sorted, the first contender's figures as columns.
[[nodiscard]] std::string figures_table(const std::vector<checklist::Contender>& contenders);

/// What was read at equal budgets, by every relevance.
[[nodiscard]] std::string reading_section(const std::vector<checklist::Reading>& readings);

/// The section of a mode as HTML: verdict, assumption, what helps, figures, and the cases that are shown.
/// @return output error of a picture that cannot be coded
[[nodiscard]] Result<std::string> mode_html(const checklist::ModeResult& result, const std::vector<Chart>& charts);

}  // namespace errata::report
