#pragma once

#include <cstddef>
#include <string>

#include "errata/base/error.h"
#include "errata/relevance/allocator.h"

namespace errata::report {

/// Pixels of the longer side of the picture in the page.
inline constexpr std::size_t kPagePicture = 512;

/// The allocation of an image as one self-contained HTML file, made like that of an analysis (report/analysis/page.h):
/// the picture and what is funded of it, how that was decided, what was measured as small maps, the budgets. Reads
/// without JavaScript; its charts are those of allocation_charts().
/// @param made  with its picture and channels  @return output error of a picture that cannot be coded
[[nodiscard]] Result<std::string> allocation_page(const relevance::ImageAllocation& made);

}  // namespace errata::report
