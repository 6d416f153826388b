#pragma once

#include <string>
#include <vector>

#include "errata/replay/cases.h"

namespace errata::replay {

/// Features that are not what they were: at most one sentence a feature, about what a pipeline that broke or was
/// changed does to them. Compared are the evaluated cases with those before (the warm-up, or the first tenth where that
/// is more). Told are
///   - a feature that is missing in every case from some place on, or in a quarter of the cases more than before;
///   - numbers whose size (median of |x| that are not 0) changes by a factor of 8 or more in a twentieth of the cases
///   or longer (another unit, a moved decimal point);
///   - values that no case before had, in a tenth of the cases, and in clearly more than the values that occurred once
///     before let one expect (Good-Turing), so that a feature of many values alone is not told.
/// Nothing is decided by it. Cost: one pass over the categories before, samples of at most 20,000 cases of the others.
[[nodiscard]] std::vector<std::string> feature_changes(const CaseStream& cases);

}  // namespace errata::replay
