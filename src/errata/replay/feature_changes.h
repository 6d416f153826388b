#pragma once

#include <string>
#include <vector>

#include "errata/memory/failure_memory.h"
#include "errata/replay/cases.h"

namespace errata::replay {

struct FeatureChange {
  std::string feature{}, words{};
};

/// Features that are not what they were: at most one sentence a feature, about what a pipeline that broke or was
/// changed does to them. Compared are the evaluated cases with those before (the warm-up, or the first tenth where that
/// is more); with a memory that goes on from another log all cases with its warm-up, which made its embedding. Told are
///   - a feature that is missing in every case from some place on, or in a quarter of the cases more than before;
///   - a feature that has one value from some place on, 8 times longer than any value stayed before;
///   - numbers whose size (median of |x| that are not 0) changes by a factor of 8 or more in a twentieth of the cases
///   or longer (another unit, a moved decimal point); of a warm-up mean and sd are known, and half of the values must
///   lie beyond 5 sd, or all but a twentieth within an eighth of their usual size;
///   - values that no case before had, in a tenth of the cases, and in clearly more than the values that occurred once
///     before let one expect (Good-Turing), so that a feature of many values alone is not told. Of a warm-up with more
///     than 8 values the most frequent ones are known, and the share of all others.
/// Nothing is decided by it. Cost: two passes over the values, samples of at most 20,000 cases for the rest.
/// @param memory  what the log goes on from, with the features of `cases`; null, or still warming up: the log alone
[[nodiscard]] std::vector<FeatureChange> feature_changes(const CaseStream& cases,
                                                         const memory::FailureMemory* memory = nullptr);

/// "feature age: it is missing in …"
[[nodiscard]] std::string sentence_of(const FeatureChange& change);

}  // namespace errata::replay
