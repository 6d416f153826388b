#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "errata/base/stage_times.h"

namespace errata::report {

/// A line a stage, their sum and the peak of memory, for a terminal of 80 columns.
[[nodiscard]] std::string timings_text(std::span<const StageTime> stages, std::size_t peak_bytes);

/// {"schema": "errata.timings", "schema_version": 1, "stages": [{"name", "wall_s", "cpu_s"}], "wall_s", "cpu_s",
///  "peak_bytes"}: seconds, of all threads together under "cpu_s".
[[nodiscard]] std::string timings_json(std::span<const StageTime> stages, std::size_t peak_bytes);

}  // namespace errata::report
