#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "errata/report/kit/vega_lite.h"
#include "errata/stats/calibration.h"

namespace errata::report {

/// How a reliability chart looks.
struct ReliabilityLooks {
  std::string score, observed;  ///< titles of the axes
  double end = 1;               ///< of both axes, which begin at 0; in (0, 1]
  int height = 300;             ///< pixels
  bool risk = true;             ///< in percent, with 95% intervals; false: scores, whose bins a line joins
};

/// A drawing of what was observed against what was told, a point a bin, over the dashed line of a calibrated score.
[[nodiscard]] Json reliability_drawing(const std::vector<stats::ReliabilityBin>& bins, const ReliabilityLooks& looks);

}  // namespace errata::report
