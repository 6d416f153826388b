#pragma once

#include <string>

#include "errata/slice/analysis.h"

namespace errata::report {

inline constexpr int kAnalysisSchemaVersion = 1;

/// Everything an analysis says as JSON (docs/formats/report-json.md): keys in a fixed order, NaN and infinities as
/// null, p-values as "p" (0 where it underflows) and "log10_p", text that is not UTF-8 with U+FFFD in its place.
/// @param indent  spaces a level; -1 for one line
[[nodiscard]] std::string analysis_json(const slice::Analysis& analysis, int indent = 2);

/// The exact search alone, for `errata slices`:
///     {"rows", "failures", "min_support_rows", "slices": [{"where", "n", "failures", "rate", "score"}]}
/// best first; under a numeric loss each slice also has "loss" and "mean_loss".
/// @param where  [result.slices] the conjunctions in terms of the log
[[nodiscard]] std::string slices_json(const slice::SearchResult& result,
                                      const std::vector<std::vector<table::Predicate>>& where, bool losses);

}  // namespace errata::report
