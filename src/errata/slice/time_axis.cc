// Rows carry points in time; people read periods. Calendar periods are numbered (hours, days and weeks since 1970,
// months and years since year 0), so that the number of periods in a span is a difference and their edges are found
// from their numbers, whatever the lengths of months and years. Plain numbers have no calendar: they are cut at
// multiples of a round width. A width below 1 is kept as the whole number of its steps in a unit (5 for 0.2), so that
// the edge "0.6" is the double nearest to 0.6 and not 3 · 0.2, which is above it.
#include "errata/slice/time_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "errata/stats/sort_numbers.h"

namespace errata::slice {
namespace {

namespace chrono = std::chrono;
using Instant = chrono::sys_time<chrono::microseconds>;
using chrono::days, chrono::hours, chrono::sys_days, chrono::weeks;

constexpr double kNoTime = std::numeric_limits<double>::quiet_NaN();
constexpr double kStepsInSpan = 50;
constexpr days kMondayToEpoch{3};  // 1970-01-01 was a Thursday

std::vector<double> usable_times(const std::vector<std::int64_t>& micros) {
  constexpr std::int64_t kBegin = Instant(sys_days(chrono::year{1} / 1 / 1)).time_since_epoch().count();
  constexpr std::int64_t kEnd = Instant(sys_days(chrono::year{10000} / 1 / 1)).time_since_epoch().count();
  // 9999-12-31 23:59:59.999999 is no double, and must not become the year 10000.
  const double latest = std::nextafter(static_cast<double>(kEnd), 0.0);
  std::vector<double> values(micros.size());
  std::ranges::transform(micros, values.begin(), [&](std::int64_t time) {
    return time >= kBegin && time < kEnd ? std::min(static_cast<double>(time), latest) : kNoTime;
  });
  return values;
}

Instant instant(double micros) { return Instant(chrono::microseconds(static_cast<std::int64_t>(micros))); }

/// Dates that programs write where there is no time, and all so early or late that no log is of them.
bool is_usual_sentinel(chrono::year_month_day date) {
  using chrono::year;
  constexpr std::array kUsual{year{1677} / 9 / 21, year{1753} / 1 / 1,   year{1899} / 12 / 30, year{1899} / 12 / 31,
                              year{1900} / 1 / 1,  year{1901} / 12 / 13, year{1969} / 12 / 31, year{1970} / 1 / 1,
                              year{2038} / 1 / 19, year{2099} / 12 / 31, year{2100} / 1 / 1,   year{2106} / 2 / 7,
                              year{2199} / 12 / 31};
  return date.year() < year{1000} || date.year() >= year{2200} || std::ranges::find(kUsual, date) != kUsual.end();
}

/// Where counters of seconds since 1970 end: at this very second there is hardly ever an event.
bool is_end_of_counter(double micros) {
  constexpr std::array<double, 5> kSeconds{2147483647, 2147483648, -2147483648, 4294967295, 4294967296};
  return std::ranges::find(kSeconds, std::floor(micros / 1e6)) != kSeconds.end();
}

std::int64_t period_number(Granularity granularity, Instant time) {
  const auto day = chrono::floor<days>(time);
  const chrono::year_month_day date(day);
  const std::int64_t year = static_cast<int>(date.year());
  switch (granularity) {
    case Granularity::hour: return chrono::floor<hours>(time).time_since_epoch().count();
    case Granularity::day: return day.time_since_epoch().count();
    case Granularity::week: return chrono::floor<weeks>(day + kMondayToEpoch).time_since_epoch().count();
    case Granularity::month: return year * 12 + static_cast<unsigned>(date.month()) - 1;
    case Granularity::year: return year;
    case Granularity::step: break;
  }
  std::unreachable();
}

double period_begin(Granularity granularity, std::int64_t number) {
  const auto micros = [](Instant time) { return static_cast<double>(time.time_since_epoch().count()); };
  const auto first_of = [](std::int64_t year, std::int64_t month) {
    return sys_days(chrono::year(static_cast<int>(year)) / chrono::month(static_cast<unsigned>(month)) / 1);
  };
  switch (granularity) {
    case Granularity::hour: return micros(chrono::sys_time<hours>(hours(number)));
    case Granularity::day: return micros(sys_days(days(number)));
    case Granularity::week: return micros(sys_days(weeks(number) - kMondayToEpoch));
    case Granularity::month: return micros(first_of(number / 12, number % 12 + 1));
    case Granularity::year: return micros(first_of(number, 1));
    case Granularity::step: break;
  }
  std::unreachable();
}

/// The width up/down with the least round value 1, 2 or 5 · 10^k that is at least `least`; up or down is 1.
struct RoundWidth {
  double up = 1, down = 1;
};
RoundWidth round_width(double least) {
  const double power = std::floor(std::log10(least));
  for (const double digit : {1.0, 2.0, 5.0, 10.0}) {
    const RoundWidth width = power >= 0 ? RoundWidth{.up = digit * std::pow(10, power), .down = 1}
                                        : RoundWidth{.up = 1, .down = std::round(std::pow(10, -power) / digit)};
    if (width.up / width.down >= least * (1 - 1e-12)) return width;
  }
  std::unreachable();
}

std::vector<double> step_edges(const TimeValues& times) {
  const double size = std::max(std::abs(times.first), std::abs(times.last));
  const double smallest = times.whole ? 1 : std::max(1e-14 * size, 1e-300);  // apart from the next double
  const RoundWidth width = round_width(std::max(times.last / kStepsInSpan - times.first / kStepsInSpan, smallest));
  const auto edge = [&](double multiple) { return multiple * width.up / width.down; };
  double multiple = std::floor(times.first / width.up * width.down);
  while (edge(multiple) > times.first) --multiple;
  while (edge(multiple + 1) <= times.first) ++multiple;
  std::vector<double> edges{edge(multiple)};
  while (edges.back() <= times.last) edges.push_back(edge(++multiple));
  return edges;
}

std::string date_text(double micros) {
  const chrono::year_month_day date(chrono::floor<days>(instant(micros)));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

/// ISO 8601: a week belongs to the year of its Thursday, and is that Thursday's number in it.
std::string week_text(double monday) {
  const auto thursday = chrono::floor<days>(instant(monday)) + kMondayToEpoch;
  const auto year = chrono::year_month_day(thursday).year();
  const auto day_of_year = thursday - sys_days(year / 1 / 1);
  return fmt::format("{:04}-W{:02}", static_cast<int>(year), day_of_year / weeks(1) + 1);
}

/// The earliest and the latest time, of some.
struct Span {
  double first = std::numeric_limits<double>::infinity(), last = -first;

  [[nodiscard]] bool holds(double time) const { return time >= first && time <= last; }
  void add(double time) {
    first = std::min(first, time);
    last = std::max(last, time);
  }
  /// Farther from the span than it is long, and than `least`.
  [[nodiscard]] bool is_far(double time, double least) const {
    const double far = std::max(last - first, least);
    return time <= first - far || time >= last + far;
  }
};

constexpr double kYear = 365.25 * 86'400e6;

/// Is a time outside the span of the others a sentinel?
bool is_sentinel(double time, const Span& others) {
  if (is_end_of_counter(time) && others.is_far(time, kYear)) return true;
  return others.is_far(time, 20 * kYear) &&
         is_usual_sentinel(chrono::year_month_day(chrono::floor<days>(instant(time))));
}

/// The times that are no sentinel: those that cannot be one, and what is not far from them, nor from these in turn.
Span span_of_real_times(const std::vector<double>& times) {
  Span real;
  for (const double time : times) {
    if (std::isnan(time) || real.holds(time) || is_end_of_counter(time)) continue;
    if (!is_usual_sentinel(chrono::year_month_day(chrono::floor<days>(instant(time))))) real.add(time);
  }
  if (real.first > real.last) return real;
  for (bool grown = true; grown;) {
    grown = false;
    for (const double time : times) {
      if (std::isnan(time) || real.holds(time) || is_sentinel(time, real)) continue;
      real.add(time);
      grown = true;
    }
  }
  return real;
}

/// Tells sentinels apart: usual ones that lie farther from all other times than these span, by 20 years at least, or a
/// year where a counter ends. Without this a single 9999-12-31 puts every other case into one period of some centuries.
void set_sentinels_apart(TimeValues& times) {
  if (times.steps || !(times.last - times.first > kYear)) return;
  const Span real = span_of_real_times(times.values);
  if (real.first > real.last || (real.holds(times.first) && real.holds(times.last))) return;
  std::vector<double> apart(times.values.size(), kNoTime);
  for (std::size_t row = 0; row < apart.size(); ++row) {
    double& time = times.values[row];
    if (std::isnan(time) || real.holds(time)) continue;
    apart[row] = std::exchange(time, kNoTime);
    ++times.sentinel_rows;
  }
  times.first = real.first;
  times.last = real.last;
  times.sentinels = std::move(apart);
}

}  // namespace

std::optional<TimeValues> time_values(const table::PredictionLog& log) {
  const table::Column* column = log.roles.time ? log.find(*log.roles.time) : nullptr;
  if (column == nullptr || column->kind == table::ColumnKind::categorical) return std::nullopt;
  TimeValues times;
  times.column = column->name;
  times.steps = column->kind == table::ColumnKind::numeric;
  times.values = times.steps ? column->numbers.to_vector() : usable_times(column->micros);
  times.first = std::numeric_limits<double>::infinity();
  times.last = -times.first;
  for (double& time : times.values) {
    if (!std::isfinite(time)) {
      time = kNoTime;
      ++times.missing;
      continue;
    }
    times.first = std::min(times.first, time);
    times.last = std::max(times.last, time);
    times.whole = times.whole && std::abs(time) < 0x1p53 && time == std::trunc(time);
  }
  times.whole = times.whole || !times.steps;
  if (times.missing == times.values.size()) return std::nullopt;
  set_sentinels_apart(times);
  return times;
}

std::vector<std::uint32_t> time_order(const TimeValues& times) {
  std::vector<double> keys(times.values.size());
  for (std::size_t row = 0; row < keys.size(); ++row) {
    double time = times.values[row];
    if (std::isnan(time) && !times.sentinels.empty()) time = times.sentinels[row];
    keys[row] = std::isnan(time) ? std::numeric_limits<double>::infinity() : time + 0.0;  // -0 is 0
  }
  if (!std::ranges::is_sorted(keys)) return stats::rows_by_value(keys);
  std::vector<std::uint32_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

PeriodCut cut_periods(const TimeValues& times, Granularity wanted, std::size_t most) {
  if (!times.steps) {
    for (auto granularity = wanted; granularity != Granularity::step;
         granularity = static_cast<Granularity>(std::to_underlying(granularity) + 1)) {
      const std::int64_t first = period_number(granularity, instant(times.first));
      const std::int64_t last = period_number(granularity, instant(times.last));
      if (static_cast<std::uint64_t>(last - first) >= most) continue;
      PeriodCut cut{.granularity = granularity, .edges = {}};
      for (std::int64_t number = first; number <= last + 1; ++number) {
        cut.edges.push_back(period_begin(granularity, number));
      }
      return cut;
    }
  }
  return {.granularity = Granularity::step, .edges = step_edges(times)};
}

std::string day_text(double micros) { return date_text(micros); }

std::string period_label(const PeriodCut& cut, std::size_t period, bool steps) {
  const double begin = cut.edges[period], end = cut.edges[period + 1];
  switch (cut.granularity) {
    case Granularity::hour:
      return fmt::format("{} {:02}h", date_text(begin),
                         chrono::floor<hours>(instant(begin)).time_since_epoch().count() -
                             24 * chrono::floor<days>(instant(begin)).time_since_epoch().count());
    case Granularity::day: return date_text(begin);
    case Granularity::week: return week_text(begin);
    case Granularity::month: return date_text(begin).substr(0, 7);
    case Granularity::year: return date_text(begin).substr(0, 4);
    case Granularity::step: break;
  }
  return steps ? fmt::format("{:.12g}–{:.12g}", begin, end) : fmt::format("{}–{}", date_text(begin), date_text(end));
}

std::vector<std::uint32_t> periods_of_rows(const TimeValues& times, const PeriodCut& cut) {
  std::vector<std::uint32_t> periods(times.values.size(), kNoPeriod);
  std::size_t here = 0;
  for (std::size_t row = 0; row < periods.size(); ++row) {
    const double time = times.values[row];
    if (std::isnan(time)) continue;
    if (!(cut.edges[here] <= time && time < cut.edges[here + 1])) {
      here = static_cast<std::size_t>(std::ranges::upper_bound(cut.edges, time) - cut.edges.begin()) - 1;
    }
    periods[row] = static_cast<std::uint32_t>(here);
  }
  return periods;
}

}  // namespace errata::slice
