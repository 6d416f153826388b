#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/stats/rate.h"
#include "errata/stats/tests.h"
#include "errata/table/coding.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// The width of a period. `step` is for logs whose time is a plain number: equal-width ranges of it.
enum class Granularity : std::uint8_t { hour, day, week, month, step };
[[nodiscard]] std::optional<Granularity> parse_granularity(std::string_view word);
[[nodiscard]] std::string_view name_of(Granularity granularity);

/// One period; ends are exclusive. Times are microseconds since 1970 UTC, or plain numbers for steps.
struct Period {
  double begin = 0, end = 0;
  std::string label;  ///< "2026-03-02", "2026-W10", "2026-03", "2026-03-02 14h", "1000–2000"
  std::uint64_t n = 0, failures = 0;
  double rate = 0;  ///< NaN without cases
  stats::RateInterval interval;
};

/// A stretch of periods with one failure rate.
struct Segment {
  std::size_t first = 0, last = 0;  ///< periods, inclusive
  std::uint64_t n = 0, failures = 0;
  double rate = 0;
  stats::RateInterval interval;
};

struct OverTime {
  std::string column;
  Granularity granularity = Granularity::day;
  bool steps = false;             ///< time is a plain number
  std::vector<Period> periods;    ///< in time order, empty ones included
  std::vector<Segment> segments;  ///< exact optimal segmentation (PELT) under the penalty; one segment = no change
  double penalty = 0;             ///< per change point, in deviance units: 3 log(number of periods)
  stats::TestResult runs;         ///< clustering of failures in time order
  stats::TestResult dispersion;   ///< over the periods
  std::size_t missing_times = 0;
  std::size_t backward_steps = 0;  ///< rows whose time is before the row above
};

/// The finest granularity that leaves at most 120 periods over the span (weeks for a year, days for a quarter, …).
[[nodiscard]] std::optional<OverTime> failures_over_time(const table::PredictionLog& log,
                                                         std::optional<Granularity> granularity);

/// The time column as an ordered coded feature for the slice search, one code a period of the coarsest granularity
/// with at most 60 periods, missing times in a bin of their own.
[[nodiscard]] std::optional<table::CodedFeature> coded_time(const table::PredictionLog& log,
                                                            std::optional<Granularity> granularity);

}  // namespace errata::slice
