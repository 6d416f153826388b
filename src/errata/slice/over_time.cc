#include "errata/slice/over_time.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "errata/base/error.h"
#include "errata/base/limits.h"
#include "errata/slice/time_axis.h"
#include "errata/stats/change_points.h"

namespace errata::slice {
namespace {

constexpr std::size_t kMostPeriods = 120;  // when the granularity is ours to choose
constexpr std::size_t kMostGivenPeriods = 5'000;
constexpr std::array<std::string_view, 6> kGranularityNames{"hour", "day", "week", "month", "year", "step"};

PeriodCut cut_as_asked(const TimeValues& times, std::optional<Granularity> granularity, std::size_t most) {
  const bool given = granularity && *granularity != Granularity::step;
  return given ? cut_periods(times, *granularity, kMostGivenPeriods) : cut_periods(times, Granularity::hour, most);
}

stats::RateInterval interval_of(std::uint64_t failures, std::uint64_t n) {
  return stats::wilson_interval({.failures = failures, .trials = n}, 0.95).value_or(stats::RateInterval{});
}

std::vector<Period> count_periods(const table::PredictionLog& log, const TimeValues& times, const PeriodCut& cut) {
  std::vector<Period> periods(cut.size());
  const auto period_of = periods_of_rows(times, cut);
  for (std::size_t row = 0; row < period_of.size(); ++row) {
    if (period_of[row] == kNoPeriod) continue;
    ++periods[period_of[row]].n;
    periods[period_of[row]].failures += log.failed[row];
  }
  for (std::size_t i = 0; i < periods.size(); ++i) {
    Period& period = periods[i];
    period.begin = cut.edges[i];
    period.end = cut.edges[i + 1];
    period.label = period_label(cut, i, times.steps);
    period.rate = stats::failure_rate({.failures = period.failures, .trials = period.n});
    period.interval = interval_of(period.failures, period.n);
  }
  return periods;
}

std::vector<Segment> segments_of(const std::vector<Period>& periods, const std::vector<std::size_t>& starts) {
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    Segment segment{.first = starts[i],
                    .last = (i + 1 < starts.size() ? starts[i + 1] : periods.size()) - 1,
                    .n = 0,
                    .failures = 0,
                    .rate = 0,
                    .interval = {}};
    for (std::size_t period = segment.first; period <= segment.last; ++period) {
      segment.n += periods[period].n;
      segment.failures += periods[period].failures;
    }
    segment.rate = stats::failure_rate({.failures = segment.failures, .trials = segment.n});
    segment.interval = interval_of(segment.failures, segment.n);
    segments.push_back(segment);
  }
  return segments;
}

void find_changes(OverTime& result) {
  std::vector<std::uint64_t> failures, trials;
  for (const Period& period : result.periods) {
    failures.push_back(period.failures);
    trials.push_back(period.n);
  }
  const auto occupied = std::ranges::count_if(trials, [](std::uint64_t n) { return n > 0; });
  result.penalty = 3 * std::log(static_cast<double>(occupied));
  result.segments = segments_of(result.periods, stats::segment_binomial(failures, trials, result.penalty).starts);
  result.dispersion = stats::dispersion_test(failures, trials);
}

std::vector<std::uint8_t> failures_in_order(const table::PredictionLog& log, const TimeValues& times) {
  auto order = time_order(times);
  std::erase_if(order, [&](std::uint32_t row) { return std::isnan(times.values[row]); });
  std::vector<std::uint8_t> sequence(order.size());
  std::ranges::transform(order, sequence.begin(), [&](std::uint32_t row) { return log.failed[row]; });
  return sequence;
}

void count_sentinels(const TimeValues& times, OverTime& result) {
  result.sentinel_times = times.sentinel_rows;
  result.first_sentinel = std::numeric_limits<double>::infinity();
  result.last_sentinel = -result.first_sentinel;
  for (const double time : times.sentinels) {
    if (std::isnan(time)) continue;
    result.first_sentinel = std::min(result.first_sentinel, time);
    result.last_sentinel = std::max(result.last_sentinel, time);
  }
}

/// A bin of the sentinels before all other times, or behind them; bins of ranges are in order.
/// @return its code, nothing without such sentinels
std::optional<table::Code> add_sentinel_bin(const TimeValues& times, bool behind, table::CodedFeature& feature) {
  table::Bin bin;
  bin.min = std::numeric_limits<double>::infinity();
  bin.max = -bin.min;
  for (const double time : times.sentinels) {
    if (std::isnan(time) || (time > times.last) != behind) continue;
    bin.min = std::min(bin.min, time);
    bin.max = std::max(bin.max, time);
  }
  if (bin.min > bin.max) return std::nullopt;
  // Open towards the end of time and a day wide of the others: microseconds of the year 9999 are no exact doubles.
  constexpr double kDay = 86'400e6;
  if (behind)
    bin.above = (std::floor(bin.min / kDay) - 1) * kDay;
  else
    bin.up_to = (std::floor(bin.max / kDay) + 1) * kDay;
  feature.bins.push_back(std::move(bin));
  return static_cast<table::Code>(feature.bins.size() - 1);
}

std::size_t count_backward_steps(const std::vector<double>& values) {
  std::size_t steps = 0;
  double before = -std::numeric_limits<double>::infinity();
  for (const double time : values) {
    if (std::isnan(time)) continue;
    steps += time < before;
    before = time;
  }
  return steps;
}

}  // namespace

std::optional<Granularity> parse_granularity(std::string_view word) {
  const auto found = std::ranges::find(kGranularityNames, word);
  if (found == kGranularityNames.end()) return std::nullopt;
  return static_cast<Granularity>(found - kGranularityNames.begin());
}

std::string_view name_of(Granularity granularity) { return kGranularityNames[std::to_underlying(granularity)]; }

std::vector<std::uint32_t> time_order(const table::PredictionLog& log) {
  const auto times = time_values(log);
  return times ? time_order(*times) : std::vector<std::uint32_t>{};
}

std::optional<OverTime> failures_over_time(const table::PredictionLog& log, std::optional<Granularity> granularity) {
  const auto times = time_values(log);
  if (!times) return std::nullopt;
  ERRATA_CHECK(log.failed.size() == times->values.size());
  const PeriodCut cut = cut_as_asked(*times, granularity, kMostPeriods);
  OverTime result;
  result.column = times->column;
  result.granularity = cut.granularity;
  result.steps = times->steps;
  result.periods = count_periods(log, *times, cut);
  result.missing_times = times->missing;
  count_sentinels(*times, result);
  result.backward_steps = count_backward_steps(times->values);
  find_changes(result);
  result.runs = stats::runs_test(failures_in_order(log, *times));
  return result;
}

std::optional<table::CodedFeature> coded_time(const table::PredictionLog& log, std::optional<Granularity> granularity,
                                              std::size_t most) {
  const auto times = time_values(log);
  if (!times) return std::nullopt;
  const PeriodCut cut = cut_as_asked(*times, granularity, most);
  const auto period_of = periods_of_rows(*times, cut);

  std::vector<std::pair<double, double>> seen(cut.size(), {kInfinity, -kInfinity});
  for (std::size_t row = 0; row < period_of.size(); ++row) {
    if (period_of[row] == kNoPeriod) continue;
    auto& [least, greatest] = seen[period_of[row]];
    least = std::min(least, times->values[row]);
    greatest = std::max(greatest, times->values[row]);
  }

  table::CodedFeature feature{.name = times->column,
                              .source = table::FeatureSource::time,
                              .ordered = true,
                              .codes = {},
                              .bins = {},
                              .is_time = !times->steps,
                              .nan_is_missing = log.find(times->column)->nan > 0};
  const auto last_before = [&](double edge) { return times->whole ? edge - 1 : std::nextafter(edge, -kInfinity); };
  const auto before = add_sentinel_bin(*times, false, feature);
  std::vector<table::Code> code_of(cut.size(), 0);
  for (std::size_t period = 0; period < cut.size(); ++period) {
    const auto [least, greatest] = seen[period];
    if (least > greatest) continue;
    code_of[period] = static_cast<table::Code>(feature.bins.size());
    table::Bin bin;
    bin.above = last_before(cut.edges[period]);
    bin.up_to = last_before(cut.edges[period + 1]);
    bin.min = least;
    bin.max = greatest;
    feature.bins.push_back(std::move(bin));
  }
  const auto behind = add_sentinel_bin(*times, true, feature);
  const auto missing = static_cast<table::Code>(feature.bins.size());
  if (times->missing > 0) feature.bins.emplace_back().kind = table::Bin::Kind::missing;
  feature.codes = table::FeatureCodes::made_of(period_of.size(), feature.bins.size(), [&](std::size_t row) {
    const double apart = times->sentinels.empty() ? std::nan("") : times->sentinels[row];
    if (!std::isnan(apart)) return apart > times->last ? *behind : *before;
    return period_of[row] == kNoPeriod ? missing : code_of[period_of[row]];
  });
  return feature;
}

}  // namespace errata::slice
