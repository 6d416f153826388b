#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "errata/slice/over_time.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// The time column as numbers: microseconds since 1970 UTC, or plain steps. NaN stands for a time that cannot be used:
/// missing, infinite, outside the years 1 … 9999, or a sentinel: a date that stands for "never" or "not yet"
/// (9999-12-31, 0001-01-01, 1970-01-01, …) far from all other times.
struct TimeValues {
  std::string column;
  std::vector<double> values;       ///< [rows]
  std::size_t missing = 0;          ///< NaN among them, but for sentinels
  std::vector<double> sentinels{};  ///< [rows] the sentinel that stands there, else NaN; empty without any
  std::size_t sentinel_rows = 0;
  bool steps = false;          ///< plain numbers
  bool whole = true;           ///< no value has a fraction
  double first = 0, last = 0;  ///< earliest and latest
};

/// @return nothing when the log has no time column that is a timestamp or a number, or no row has a usable time
[[nodiscard]] std::optional<TimeValues> time_values(const table::PredictionLog& log);

/// Row numbers by time, sentinels in their place, stable, missing times last; see time_order(log).
[[nodiscard]] std::vector<std::uint32_t> time_order(const TimeValues& times);

/// A span of time cut into periods [edges[i], edges[i + 1]).
struct PeriodCut {
  Granularity granularity = Granularity::step;
  std::vector<double> edges;  ///< ascending, one more than periods; the first and the last period hold a time

  [[nodiscard]] std::size_t size() const { return edges.size() - 1; }
};

/// Cuts at `wanted`, or the finest coarser granularity that leaves at most `most` periods (about 50 for `step`).
[[nodiscard]] PeriodCut cut_periods(const TimeValues& times, Granularity wanted, std::size_t most);

/// "2026-03-02 14h", "2026-03-02", "2026-W10", "2026-03", "2026"; steps: both ends, as dates or numbers.
[[nodiscard]] std::string period_label(const PeriodCut& cut, std::size_t period, bool steps);

/// "2026-03-02"
[[nodiscard]] std::string day_text(double micros);

inline constexpr std::uint32_t kNoPeriod = std::numeric_limits<std::uint32_t>::max();

/// [rows] the period of each row, kNoPeriod where the time cannot be used.
/// Cost: O(rows) for rows in time order, else O(rows log periods).
[[nodiscard]] std::vector<std::uint32_t> periods_of_rows(const TimeValues& times, const PeriodCut& cut);

}  // namespace errata::slice
