#pragma once

#include <string>
#include <vector>

#include "errata/relevance/allocator.h"
#include "errata/report/kit/panels.h"

namespace errata::report {

// What the pages of an image and of a video have in common.

/// The funded patches with their colours, from the least tokens of any to the most.
[[nodiscard]] std::vector<PanelPart> funded_parts(const relevance::Allocation& allocation);

/// The list of warnings in a page's header; empty without any.
[[nodiscard]] std::string warnings_html(const std::vector<std::string>& warnings);

}  // namespace errata::report
