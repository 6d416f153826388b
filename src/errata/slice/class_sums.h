#pragma once

#include <span>
#include <vector>

#include "errata/slice/case_metrics.h"
#include "errata/table/coding.h"

namespace errata::slice {

/// Are a feature's slices summed by class, too? A table of codes × classes must not be too large.
[[nodiscard]] bool keeps_classes(const ClassTerms& terms, const table::CodedFeature& feature);

/// [features, codes] The sums of the slices of some features, in one pass over all cases. A sum of fractions adds its
/// cases in the order of the rows.
[[nodiscard]] std::vector<std::vector<ClassSums>> sum_classes(const ClassTerms& terms,
                                                              std::span<const table::CodedFeature> features);

}  // namespace errata::slice
