#include "errata/slice/over_time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "errata/base/limits.h"
#include "errata/base/rng.h"
#include "errata/table/predicate.h"

namespace errata::slice {
namespace {

namespace chrono = std::chrono;
constexpr std::int64_t kSecond = 1'000'000, kHour = 3600 * kSecond, kDay = 24 * kHour;

std::int64_t at(int year, unsigned month, unsigned day, std::int64_t micros = 0) {
  const chrono::sys_days date(chrono::year(year) / chrono::month(month) / chrono::day(day));
  return date.time_since_epoch().count() * kDay + micros;
}

table::PredictionLog timed_log(table::Column time, std::vector<std::uint8_t> failed = {}) {
  table::PredictionLog log;
  log.rows = std::max(time.micros.size(), time.numbers.size());
  log.roles.time = time.name;
  log.columns.push_back(std::move(time));
  log.failed = std::move(failed);
  log.failed.resize(log.rows);
  return log;
}
table::PredictionLog timestamps(std::vector<std::int64_t> micros, std::vector<std::uint8_t> failed = {}) {
  table::Column column{.name = "ts", .kind = table::ColumnKind::timestamp};
  column.micros = std::move(micros);
  return timed_log(std::move(column), std::move(failed));
}
table::PredictionLog steps(std::vector<double> numbers, std::vector<std::uint8_t> failed = {}) {
  table::Column column{.name = "step", .kind = table::ColumnKind::numeric};
  column.numbers = std::move(numbers);
  return timed_log(std::move(column), std::move(failed));
}

std::vector<std::string> labels(const OverTime& result) {
  std::vector<std::string> labels;
  for (const auto& period : result.periods) labels.push_back(period.label);
  return labels;
}

TEST(OverTime, NothingWithoutAUsableTime) {
  EXPECT_FALSE(failures_over_time({}, {}));
  EXPECT_FALSE(failures_over_time(timestamps({}), {}));
  EXPECT_FALSE(failures_over_time(timestamps({table::kMissingTime}), {}));
  EXPECT_FALSE(failures_over_time(steps({kNaN, kInfinity}), {}));
  table::Column text{.name = "when", .kind = table::ColumnKind::categorical};
  EXPECT_FALSE(failures_over_time(timed_log(text), {}));
  EXPECT_FALSE(coded_time({}, {}));
  EXPECT_TRUE(time_order(table::PredictionLog{}).empty());
}

TEST(OverTime, CountsByDayByHand) {
  const auto log = timestamps({at(2026, 3, 1), at(2026, 3, 1, kDay - 1), at(2026, 3, 2), at(2026, 3, 4)}, {1, 0, 1, 1});
  const auto result = failures_over_time(log, Granularity::day);
  ASSERT_TRUE(result);
  EXPECT_EQ(labels(*result), (std::vector<std::string>{"2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"}));
  EXPECT_EQ(result->periods[0].n, 2u);
  EXPECT_EQ(result->periods[0].failures, 1u);
  EXPECT_EQ(result->periods[0].rate, 0.5);
  EXPECT_EQ(result->periods[0].begin, static_cast<double>(at(2026, 3, 1)));
  EXPECT_EQ(result->periods[0].end, static_cast<double>(at(2026, 3, 2)));
  EXPECT_EQ(result->periods[2].n, 0u);
  EXPECT_TRUE(std::isnan(result->periods[2].rate));
  EXPECT_EQ(result->column, "ts");
  EXPECT_FALSE(result->steps);
  EXPECT_DOUBLE_EQ(result->penalty, 3 * std::log(3));  // three days have cases
  ASSERT_EQ(result->segments.size(), 1u);
  EXPECT_EQ(result->segments[0].last, 3u);
  EXPECT_EQ(result->segments[0].n, 4u);
  EXPECT_EQ(result->segments[0].rate, 0.75);
}

TEST(OverTime, LabelsOfEachGranularity) {
  const auto label = [](std::int64_t micros, Granularity granularity) {
    return failures_over_time(timestamps({micros}), granularity)->periods.at(0).label;
  };
  const std::int64_t time = at(2026, 3, 2, 14 * kHour + 5);
  EXPECT_EQ(label(time, Granularity::hour), "2026-03-02 14h");
  EXPECT_EQ(label(time, Granularity::day), "2026-03-02");
  EXPECT_EQ(label(time, Granularity::week), "2026-W10");
  EXPECT_EQ(label(time, Granularity::month), "2026-03");
  EXPECT_EQ(label(time, Granularity::year), "2026");
  EXPECT_EQ(label(at(1969, 12, 31, kDay - 1), Granularity::hour), "1969-12-31 23h");
}

TEST(OverTime, IsoWeeksAtTheEndsOfYears) {
  const auto week = [](int year, unsigned month, unsigned day) {
    return failures_over_time(timestamps({at(year, month, day)}), Granularity::week)->periods.at(0).label;
  };
  EXPECT_EQ(week(2020, 12, 31), "2020-W53");
  EXPECT_EQ(week(2021, 1, 3), "2020-W53");  // Sunday
  EXPECT_EQ(week(2021, 1, 4), "2021-W01");  // Monday
  EXPECT_EQ(week(2024, 12, 30), "2025-W01");
  EXPECT_EQ(week(2023, 1, 1), "2022-W52");
  EXPECT_EQ(week(1970, 1, 1), "1970-W01");
  EXPECT_EQ(week(1969, 12, 28), "1969-W52");
}

TEST(OverTime, GranularityFollowsTheSpan) {
  const auto chosen = [](std::int64_t span) {
    return failures_over_time(timestamps({at(2026, 1, 1), at(2026, 1, 1) + span}), {})->granularity;
  };
  EXPECT_EQ(chosen(0), Granularity::hour);
  EXPECT_EQ(chosen(119 * kHour), Granularity::hour);  // 120 hours
  EXPECT_EQ(chosen(120 * kHour), Granularity::day);
  EXPECT_EQ(chosen(91 * kDay), Granularity::day);
  EXPECT_EQ(chosen(364 * kDay), Granularity::week);
  EXPECT_EQ(chosen(1500 * kDay), Granularity::month);
  EXPECT_EQ(chosen(10'000 * kDay), Granularity::year);
  EXPECT_EQ(chosen(60'000 * kDay), Granularity::step);
}

TEST(OverTime, TooFineAGranularityIsCoarsened) {
  const auto log = timestamps({at(2020, 1, 1), at(2026, 1, 1)});
  EXPECT_EQ(failures_over_time(log, Granularity::hour)->granularity, Granularity::day);
  EXPECT_EQ(failures_over_time(log, Granularity::week)->granularity, Granularity::week);
  const auto long_span = failures_over_time(timestamps({at(1002, 3, 1), at(2026, 1, 1), at(2199, 5, 30)}), {});
  EXPECT_EQ(long_span->granularity, Granularity::step);
  EXPECT_FALSE(long_span->steps);
  EXPECT_LE(long_span->periods.size(), 52u);
}

TEST(OverTime, SentinelsDoNotStretchTheAxis) {
  const auto log = timestamps({at(9999, 12, 31), at(2026, 1, 1), at(2026, 1, 20), at(1, 1, 1), at(2026, 2, 28),
                               at(1970, 1, 1), table::kMissingTime});
  const auto result = failures_over_time(log, Granularity::week);
  EXPECT_EQ(result->granularity, Granularity::week);
  EXPECT_EQ(result->periods.front().label, "2026-W01");
  EXPECT_EQ(result->periods.back().label, "2026-W09");
  EXPECT_EQ(result->sentinel_times, 3u);
  EXPECT_EQ(result->missing_times, 1u);
  EXPECT_EQ(result->first_sentinel, static_cast<double>(at(1, 1, 1)));
  EXPECT_EQ(result->last_sentinel, static_cast<double>(at(9999, 12, 31)));

  // In the search they are bins of their own at the ends, apart from what is missing.
  const auto coded = coded_time(log, Granularity::week);
  ASSERT_EQ(coded->bins.size(), 6u);  // sentinels before, three weeks with cases, sentinels behind, missing
  EXPECT_EQ(coded->codes, (std::vector<table::Code>{4, 1, 2, 0, 3, 0, 5}));
  EXPECT_TRUE(std::isinf(coded->bins[0].above));
  EXPECT_EQ(coded->bins[0].up_to, static_cast<double>(at(1970, 1, 2)));
  EXPECT_EQ(coded->bins[4].min, static_cast<double>(at(9999, 12, 31)));
  EXPECT_EQ(coded->bins[4].above, static_cast<double>(at(9999, 12, 30)));
  // The predicate of each bin selects its cases.
  for (table::Code code = 0; code < 6; ++code) {
    const table::Predicate where = table::predicate_of(*coded, code, code);
    const auto matched = table::matches(log, {&where, 1});
    ASSERT_TRUE(matched.has_value());
    for (std::size_t row = 0; row < log.rows; ++row) EXPECT_EQ((*matched)[row] != 0, coded->codes[row] == code) << row;
  }
}

TEST(OverTime, SentinelsByKindDoNotStretchTheAxis) {
  for (const std::int64_t never :
       {253402300799 * kSecond + 999'999, at(9998, 1, 1), at(2286, 11, 20) + 63'999 * kSecond, at(2500, 6, 1),
        at(17, 3, 2), 2147483647 * kSecond, 4294967295 * kSecond, -kSecond, std::int64_t{0}}) {
    const auto log = timestamps({at(2026, 1, 1), never, at(2026, 1, 20), never, at(2026, 2, 28)});
    const auto result = failures_over_time(log, {});
    EXPECT_EQ(result->sentinel_times, 2u) << never;
    EXPECT_EQ(result->granularity, Granularity::day) << never;
    EXPECT_LT(result->last_sentinel, static_cast<double>(at(9999, 12, 31) + 86'400 * kSecond)) << "still in its year";
  }
  // A log that goes on from one time to the next has no sentinel, wherever it ends.
  std::vector<std::int64_t> on;
  for (int year = 1900; year < 2600; year += 5) on.push_back(at(year, 1, 1));
  EXPECT_EQ(failures_over_time(timestamps(on), {})->sentinel_times, 0u);
}

TEST(OverTime, UsualDatesNearOtherTimesAreTimes) {
  const auto near = failures_over_time(timestamps({at(1970, 1, 1), at(1971, 1, 1), at(2000, 1, 1)}), {});
  EXPECT_EQ(near->sentinel_times, 0u);
  EXPECT_EQ(near->periods.front().label.substr(0, 4), "1970");
  const auto alone = failures_over_time(timestamps({at(1900, 1, 1), at(9999, 12, 31)}), {});
  EXPECT_EQ(alone->sentinel_times, 0u);  // there is nothing to be far from
  const auto old = failures_over_time(timestamps({at(1850, 5, 1), at(2026, 1, 1), at(2026, 2, 1)}), {});
  EXPECT_EQ(old->sentinel_times, 0u);  // no date that stands for something else
}

TEST(OverTime, TimesThatCannotBeUsedAreCounted) {
  const std::int64_t never = std::numeric_limits<std::int64_t>::max();
  const auto result = failures_over_time(timestamps({at(2026, 1, 2), table::kMissingTime, at(2026, 1, 1), never}), {});
  EXPECT_EQ(result->missing_times, 2u);
  EXPECT_EQ(result->backward_steps, 1u);
  EXPECT_EQ(result->periods.size(), 25u);  // hours
}

TEST(OverTime, StepsHaveRoundWidths) {
  std::vector<double> numbers(45'001);
  std::iota(numbers.begin(), numbers.end(), 0.0);
  const auto result = failures_over_time(steps(numbers), {});
  EXPECT_TRUE(result->steps);
  EXPECT_EQ(result->granularity, Granularity::step);
  EXPECT_EQ(result->periods.size(), 46u);
  EXPECT_EQ(result->periods[1].label, "1000–2000");
  EXPECT_EQ(result->periods[1].n, 1000u);
  EXPECT_EQ(result->periods[45].n, 1u);
}

TEST(OverTime, FewWholeStepsAreOneAPeriod) {
  EXPECT_EQ(labels(*failures_over_time(steps({3, 4, 5}), {})), (std::vector<std::string>{"3–4", "4–5", "5–6"}));
}

TEST(OverTime, FractionalEdgesAreTheNearestDoubles) {
  const auto result = failures_over_time(steps({0.0, 0.6, 9.9}), {});  // width 0.2
  EXPECT_EQ(result->periods[3].begin, 0.6);                            // 3 · 0.2 is not
  EXPECT_EQ(result->periods[3].n, 1u);
  EXPECT_EQ(result->periods[3].label, "0.6–0.8");
}

TEST(OverTime, HostileStepsGiveFewPeriods) {
  constexpr double huge = std::numeric_limits<double>::max(), tiny = std::numeric_limits<double>::denorm_min();
  for (const auto& numbers : std::vector<std::vector<double>>{{-huge, huge},
                                                              {tiny, 2 * tiny},
                                                              {-tiny, tiny},
                                                              {0.1, std::nextafter(0.1, 1)},
                                                              {1e17, 1e17 + 16},
                                                              {0},
                                                              {-0.5}}) {
    const auto result = failures_over_time(steps(numbers), {});
    ASSERT_TRUE(result);
    EXPECT_LE(result->periods.size(), 52u);
    std::uint64_t cases = 0;
    for (const auto& period : result->periods) {
      EXPECT_LT(period.begin, period.end);
      cases += period.n;
    }
    EXPECT_EQ(cases, numbers.size());
  }
}

TEST(OverTime, FindsTheBadWeeks) {
  Rng rng(3);
  std::vector<std::int64_t> micros;
  std::vector<std::uint8_t> failed;
  for (int i = 0; i < 20'000; ++i) {
    const auto day = static_cast<std::int64_t>(rng.below(364));
    micros.push_back(at(2024, 1, 1) + day * kDay + static_cast<std::int64_t>(rng.below(kDay)));
    failed.push_back(rng.bernoulli(day >= 140 && day < 168 ? 0.25 : 0.1));  // weeks 20 … 23 of 0 … 51
  }
  const auto result = failures_over_time(timestamps(micros, failed), {});
  ASSERT_EQ(result->granularity, Granularity::week);
  ASSERT_EQ(result->segments.size(), 3u);
  EXPECT_EQ(result->segments[1].first, 20u);
  EXPECT_EQ(result->segments[1].last, 23u);
  EXPECT_EQ(result->periods[20].label, "2024-W21");
  EXPECT_LT(result->runs.log_p, std::log(0.01));
  EXPECT_LT(result->dispersion.log_p, std::log(1e-6));
  EXPECT_GT(result->dispersion.statistic, 2);
}

TEST(OverTime, SegmentsCoverEveryPeriodAndCase) {
  Rng rng(9);
  std::vector<double> numbers;
  std::vector<std::uint8_t> failed;
  for (int i = 0; i < 5'000; ++i) {
    numbers.push_back(std::floor(rng.uniform() * 400) * (rng.bernoulli(0.5) ? 1 : 3));
    failed.push_back(rng.bernoulli(numbers.back() > 700 ? 0.4 : 0.1));
  }
  const auto result = failures_over_time(steps(numbers, failed), {});
  std::size_t next = 0;
  std::uint64_t n = 0, failures = 0;
  for (const auto& segment : result->segments) {
    EXPECT_EQ(segment.first, next);
    next = segment.last + 1;
    n += segment.n;
    failures += segment.failures;
  }
  EXPECT_EQ(next, result->periods.size());
  EXPECT_EQ(n, 5'000u);
  EXPECT_EQ(failures, static_cast<std::uint64_t>(std::ranges::count(failed, 1)));
}

TEST(OverTime, NamesOfGranularities) {
  for (const auto granularity : {Granularity::hour, Granularity::day, Granularity::week, Granularity::month,
                                 Granularity::year, Granularity::step}) {
    EXPECT_EQ(parse_granularity(name_of(granularity)), granularity);
  }
  EXPECT_EQ(name_of(Granularity::week), "week");
  EXPECT_FALSE(parse_granularity("fortnight"));
}

TEST(TimeOrder, StableWithMissingLast) {
  EXPECT_EQ(
      time_order(timestamps({at(2026, 1, 2), table::kMissingTime, at(2026, 1, 1), at(2026, 1, 2), at(2026, 1, 1)})),
      (std::vector<std::uint32_t>{2, 4, 0, 3, 1}));
  EXPECT_EQ(time_order(steps({1, 1, 2})), (std::vector<std::uint32_t>{0, 1, 2}));
}

RC_GTEST_PROP(TimeOrder, SameAsAStableSort, ()) {
  auto numbers = *rc::gen::container<std::vector<double>>(
      rc::gen::map(rc::gen::inRange(0, 9), [](int value) { return value == 8 ? kNaN : static_cast<double>(value); }));
  std::vector<std::uint32_t> slow(numbers.size());
  std::iota(slow.begin(), slow.end(), 0u);
  std::ranges::stable_sort(slow, [&](std::uint32_t a, std::uint32_t b) {
    return numbers[a] < numbers[b] || (!std::isnan(numbers[a]) && std::isnan(numbers[b]));
  });
  const bool usable = std::ranges::any_of(numbers, [](double x) { return !std::isnan(x); });
  RC_ASSERT(time_order(steps(numbers)) == (usable ? slow : std::vector<std::uint32_t>{}));
}

/// Every bin's predicate selects exactly the rows of its code.
void expect_predicates_select_codes(const table::PredictionLog& log, const table::CodedFeature& feature) {
  for (std::size_t code = 0; code < feature.bins.size(); ++code) {
    const auto bin = static_cast<table::Code>(code);
    const std::vector<table::Predicate> where{table::predicate_of(feature, bin, bin)};
    const auto selected = table::matches(log, where);
    ASSERT_TRUE(selected.has_value()) << selected.error().message;
    EXPECT_GT(std::ranges::count(feature.codes, bin), 0) << "an empty bin";
    for (std::size_t row = 0; row < log.rows; ++row) EXPECT_EQ((*selected)[row] == 1, feature.codes[row] == bin);
  }
}

TEST(CodedTime, BinsAreWholeMonths) {
  const auto log =
      timestamps({at(2026, 3, 1), at(2026, 1, 31, kDay - 1), table::kMissingTime, at(2026, 3, 31, kDay - 1)});
  const auto feature = coded_time(log, Granularity::month);
  ASSERT_TRUE(feature);
  EXPECT_EQ(feature->codes, (std::vector<table::Code>{1, 0, 2, 1}));
  EXPECT_EQ(feature->bins[0].above, static_cast<double>(at(2026, 1, 1) - 1));
  EXPECT_EQ(feature->bins[0].up_to, static_cast<double>(at(2026, 2, 1) - 1));
  EXPECT_EQ(feature->bins[1].min, static_cast<double>(at(2026, 3, 1)));
  EXPECT_EQ(feature->bins[1].max, static_cast<double>(at(2026, 4, 1) - 1));
  EXPECT_EQ(feature->bins[2].kind, table::Bin::Kind::missing);
  EXPECT_TRUE(feature->ordered);
  EXPECT_TRUE(feature->is_time);
  EXPECT_EQ(feature->source, table::FeatureSource::time);
  expect_predicates_select_codes(log, *feature);
}

TEST(CodedTime, AtMost60CodesUnlessAsked) {
  const auto log = timestamps({at(2026, 1, 1), at(2026, 1, 1) + 100 * kHour, at(2026, 1, 2)});
  EXPECT_EQ(coded_time(log, {})->bins.size(), 3u);
  EXPECT_EQ(coded_time(log, {})->bins[1].up_to - coded_time(log, {})->bins[1].above, static_cast<double>(kDay));
  EXPECT_EQ(coded_time(log, Granularity::hour)->bins[0].up_to, static_cast<double>(at(2026, 1, 1, kHour) - 1));
}

TEST(CodedTime, StepBinsSelectTheirRows) {
  Rng rng(4);
  std::vector<double> whole, fractional;
  for (int i = 0; i < 500; ++i) {
    whole.push_back(static_cast<double>(rng.below(3'000)));
    fractional.push_back(std::floor(rng.uniform() * 100) / 10);  // many values on the edges
  }
  fractional[7] = kNaN;
  for (const auto& log : {steps(whole), steps(fractional)}) {
    const auto feature = coded_time(log, {});
    ASSERT_TRUE(feature);
    EXPECT_FALSE(feature->is_time);
    EXPECT_LE(feature->bins.size(), 53u);
    expect_predicates_select_codes(log, *feature);
  }
  EXPECT_EQ(coded_time(steps(whole), {})->bins[0].above, -1);
  EXPECT_EQ(coded_time(steps(whole), {})->bins[0].up_to, 99);
}

}  // namespace
}  // namespace errata::slice
