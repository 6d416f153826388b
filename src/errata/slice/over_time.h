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

/// The width of a period, finest first. Hours, days, ISO weeks (from Monday), months and years are those of the UTC
/// calendar. `step` is an equal-width range of a round width, about 50 over the span: for logs whose time is a plain
/// number, and for timestamps whose span is too long for any calendar period.
enum class Granularity : std::uint8_t { hour, day, week, month, year, step };
[[nodiscard]] std::optional<Granularity> parse_granularity(std::string_view word);
[[nodiscard]] std::string_view name_of(Granularity granularity);

/// One period; ends are exclusive. Times are microseconds since 1970 UTC, or plain numbers for steps.
struct Period {
  double begin = 0, end = 0;
  std::string label;  ///< "2026-03-02 14h", "2026-03-02", "2026-W10", "2026-03", "2026", "1000–2000"
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
  bool steps = false;              ///< time is a plain number
  std::vector<Period> periods;     ///< in time order, empty ones included
  std::vector<Segment> segments;   ///< exact optimal segmentation (PELT) under the penalty; one segment = no change
  double penalty = 0;              ///< per change point, in deviance units: 3 log(number of periods with cases)
  stats::TestResult runs;          ///< clustering of failures in time order
  stats::TestResult dispersion;    ///< over the periods
  std::size_t missing_times = 0;   ///< rows left out: no time, an infinite one, or one outside the years 1 … 9999
  std::size_t sentinel_times = 0;  ///< rows left out: sentinels (time_axis.h) such as 9999-12-31
  double first_sentinel = 0, last_sentinel = 0;  ///< earliest and latest of them
  std::size_t backward_steps = 0;                ///< rows whose time is before that of the last row above that has one
};

/// The failure rate over the log's time column, one period after the other.
/// @param granularity  the finest that leaves at most 120 periods over the span when not given (weeks for a year, days
///     for a quarter, …). A given one that leaves more than 5,000 periods is replaced by the next coarser one that does
///     not; OverTime::granularity says what was used. Plain-number time always uses `step`; for timestamps a given
///     `step` counts as not given.
/// @return nothing when the log has no time column that is a timestamp or a number, or no row has a time
/// Cost: O(rows), plus at most O(periods²) for the change points.
/// Reference: R. Killick, P. Fearnhead, I. Eckley, JASA 107 (2012), 1590–1598.
[[nodiscard]] std::optional<OverTime> failures_over_time(const table::PredictionLog& log,
                                                         std::optional<Granularity> granularity);

/// The time column as an ordered coded feature for the slice search, one code a period that has cases, missing times
/// in a bin of their own (the last).
/// Bins select whole periods [begin, end) in the (above, up_to] form of all ranges: whole-number times (microseconds,
/// integer steps) have above = begin − 1 and up_to = end − 1; for fractional steps both are the largest doubles below
/// begin and end. So the SQL condition of a bin holds for exactly its cases.
/// (Times that are there but cannot be used stand with the missing ones, which SQL does not select.)
/// @param granularity  the finest with at most `most` periods over the span when not given; as above otherwise
/// @return nothing where failures_over_time() returns nothing
[[nodiscard]] std::optional<table::CodedFeature> coded_time(const table::PredictionLog& log,
                                                            std::optional<Granularity> granularity,
                                                            std::size_t most = 60);

/// Row numbers by time: earlier first, rows of equal time in file order, rows without a usable time last.
/// @return [rows], or empty where failures_over_time() returns nothing
/// Cost: O(rows); 8 bytes a row for rows already in time order, else that of stats::rows_by_value().
[[nodiscard]] std::vector<std::uint32_t> time_order(const table::PredictionLog& log);

}  // namespace errata::slice
