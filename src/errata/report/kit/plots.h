#pragma once

#include <filesystem>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

/// Writes charts as <name>.svg and <name>.png (twice the size, for slides) into a folder, which is
/// made when it is not there. All files appear at the end or none. Needs `node` and `rsvg-convert` on the PATH.
/// @param cancellation  ends the programs as well; unwinds with Cancelled
/// @return output error that names the missing program (and its Debian package), the chart, or the path
/// Cost: one node process for all charts (about a second), one rsvg-convert a chart.
[[nodiscard]] Result<void> write_plots(const std::vector<Chart>& charts, const std::filesystem::path& folder,
                                       const Cancellation* cancellation = nullptr);

}  // namespace errata::report
