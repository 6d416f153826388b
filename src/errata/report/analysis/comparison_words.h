#pragma once

#include <string>

#include "errata/slice/compare.h"

namespace errata::report {

/// "log.csv", "log.csv and 3 more", "a prediction log"; not escaped.
[[nodiscard]] std::string files_text(const slice::ComparedLog& log);

/// "2,000 cases, 10.2% fail (95% interval 9.0% to 11.6%)"
[[nodiscard]] std::string whole_words(const slice::ComparedLog& log);

/// A difference of rates in percentage points: "+16.4", "-0.32", "0".
[[nodiscard]] std::string points_text(double difference);
/// "+14.8 to +18.0"
[[nodiscard]] std::string points_text(const stats::RateInterval& interval);

/// "The second log fails more", "The second log fails less", "The failure rates do not differ beyond chance".
[[nodiscard]] std::string verdict_words(const slice::Comparison& comparison);

/// The figures behind the verdict, one or two sentences.
[[nodiscard]] std::string difference_words(const slice::Comparison& comparison);

/// By which rule both logs are judged, a sentence or two.
[[nodiscard]] std::string rule_words(const slice::Comparison& comparison);

/// Which cases are the same, how that is known, and the flag that says otherwise; a sentence or two.
[[nodiscard]] std::string pairing_words(const slice::Comparison& comparison);

/// On which cases slices are counted, and when a change counts.
[[nodiscard]] std::string counting_words(const slice::Comparison& comparison);

/// "2 slices got worse or are new, 1 got better or is gone, of 7"
[[nodiscard]] std::string slices_words(const slice::Comparison& comparison);

/// Slices that appeared or got worse; that are gone or got better.
struct ChangedSlices {
  std::size_t worse = 0, better = 0;
};
[[nodiscard]] ChangedSlices changed_slices(const slice::Comparison& comparison);

[[nodiscard]] inline bool is_comparable(const slice::ComparedSlice& compared) {
  return compared.change != slice::Change::incomparable;
}

/// "ROC-AUC", "log loss", …
[[nodiscard]] std::string_view words_of(slice::Metric metric);

/// Why a slice cannot be compared, if so: "first log: there is no column …"
[[nodiscard]] std::vector<std::string> notes_of(const slice::ComparedSlice& compared);

}  // namespace errata::report
