#pragma once

#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/predicate.h"

namespace errata::slice {

/// The newest "schema_version" of "errata.analysis" whose slices can be read.
inline constexpr int kNewestAnalysis = 1;

/// Reads the conjunctions back out of what Errata wrote: the JSON of `errata slices` (its "slices") or of
/// `errata analyze --json` (its "hotspots"), so that they can be measured on another log. Files made by hand need only
///     {"slices": [{"where": [{"feature": "age", "above": 60, "up_to": null}]}]}
/// Values seen in a range that the file does not tell are unknown: min > max.
/// @param name  of the file, for messages
/// @return data error that names the file and the line of broken JSON, or the entry ("slices[2].where[0]") that cannot
///         be understood; also for files that are neither, and for analyses written by a newer schema version
[[nodiscard]] Result<std::vector<std::vector<table::Predicate>>> parse_saved_slices(std::string_view json,
                                                                                    std::string_view name);

}  // namespace errata::slice
