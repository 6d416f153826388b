#pragma once

#include <string>

#include "errata/base/error.h"
#include "errata/checklist/checklist.h"

namespace errata::report {

/// A checklist as one self-contained HTML file, made like the page of an analysis (report/analysis/page.h): the modes
/// with the assumption that each reveals and what helps, then each with its figures and the cases that are shown,
/// before (the second contender) and after (the first). Reads without JavaScript; its charts are those of
/// checklist_charts().
/// @return output error of a picture that cannot be coded
[[nodiscard]] Result<std::string> checklist_page(const checklist::Checklist& made);

}  // namespace errata::report
