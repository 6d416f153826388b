#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "errata/audit/audit.h"
#include "errata/audit/cases.h"

namespace errata::audit {

/// Some cases for pictures: every (n/most)-th one, with its position on the first two principal axes of the sample's
/// penultimate block. The sign of an axis is such that its largest weight is positive, so that the picture does not
/// depend on the solver.
/// @param risks  [cases.count]  @param most  >= 1
/// @return min(n, most) points in the order of the cases; positions are 0 without latents or with fewer than 2 cases
/// Cost: O(m d² + d³) for m points and d columns.
/// Reference: I. T. Jolliffe, Principal Component Analysis (2002).
[[nodiscard]] std::vector<CasePoint> case_points(const AuditCases& cases, std::span<const double> risks,
                                                 std::size_t most);

}  // namespace errata::audit
