#include "errata/simulate/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "errata/stats/tests.h"

// Every kind of log is drawn in the same order: features, then each case's probability of failure, then the failures,
// and only then labels that agree with them. A failure is thus always a consequence that the analyses can recompute
// from label and prediction, and its probability is known for every case.

namespace errata::simulate {
namespace {

constexpr std::uint64_t kTimeStream = 3'000'001;
constexpr std::uint64_t kFailureStream = 3'000'002;
constexpr std::uint64_t kChoiceStream = 3'000'003;
constexpr std::uint64_t kPilotStream = 3'000'004;
constexpr std::size_t kPilotRows = 20'000;
constexpr std::size_t kPilotFeatures = 64;

constexpr std::chrono::sys_days kFirstDay{std::chrono::year{2025} / 1 / 1};
constexpr std::int64_t kYearSeconds = std::int64_t{365} * 86'400;

std::string month_of(std::int64_t micros) {
  const std::chrono::sys_time time{std::chrono::microseconds{micros}};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()));
}

double decile(std::size_t i) { return static_cast<double>(i) / 10; }

/// Can "one or two deciles" be told apart after rounding? At least 50 values between the first and the last decile.
bool is_fine(const Feature& feature) {
  if (!feature.categories.empty()) return false;
  const double low = feature.curve(stats::normal_quantile(0.1)), high = feature.curve(stats::normal_quantile(0.9));
  return high - low >= 50 * feature.curve.step && high > low;
}

table::Predicate random_predicate(const Feature& feature, Rng& rng) {
  if (!feature.categories.empty())
    return is_category(feature, feature.categories[rng.below(feature.categories.size())].name);
  const std::size_t width = 1 + rng.below(2);
  const std::size_t first = rng.below(11 - width);
  return between_quantiles(feature, decile(first), decile(first + width));
}

std::size_t count(std::span<const std::uint8_t> flags) {
  return static_cast<std::size_t>(std::ranges::count(flags, std::uint8_t{1}));
}

/// Do two sets share more than a tenth of the smaller one?
bool overlap(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  std::size_t both = 0;
  for (std::size_t r = 0; r < a.size(); ++r) both += (a[r] & b[r]) != 0;
  return 10 * both > std::min(count(a), count(b));
}

std::ptrdiff_t offset(std::size_t row) { return static_cast<std::ptrdiff_t>(row); }

void count_cases(const Drawing& drawing, std::span<const std::uint8_t> in, std::uint64_t& n, std::uint64_t& failures) {
  for (std::size_t r = 0; r < in.size(); ++r) {
    n += in[r];
    failures += (in[r] & drawing.failed[r]) != 0;
  }
}

}  // namespace

Drawing::Drawing(const SimulateOptions& options, std::size_t row_count, const Cancellation* cancellation)
    : rng(options.seed), rows(row_count), stop(cancellation) {
  log.rows = rows;
  risk.resize(rows);
  failure_rate.resize(rows);
  planted.resize(rows);
  failed.resize(rows);
  truth.kind = options.kind;
  truth.seed = options.seed;
  truth.rows = rows;
  truth.failure = "prediction <> label";
}

void Drawing::add_times() {
  Rng stream = rng.fork(kTimeStream);
  const std::int64_t start = std::chrono::duration_cast<std::chrono::seconds>(kFirstDay.time_since_epoch()).count();
  table::Column time{.name = "timestamp", .kind = table::ColumnKind::timestamp, .source_type = "TIMESTAMP"};
  table::Column batch{.name = "batch", .kind = table::ColumnKind::categorical, .source_type = "VARCHAR"};
  for (const std::size_t r : each_row()) {
    const double share = (static_cast<double>(r) + stream.uniform()) / static_cast<double>(rows);
    const auto second = static_cast<std::int64_t>(share * static_cast<double>(kYearSeconds));
    times.push_back((start + std::min(second, kYearSeconds - 1)) * 1'000'000);
    const auto month = month_of(times.back());
    if (batch.categories.empty() || batch.categories.back() != month) batch.categories.push_back(month);
    batch.codes.push_back(static_cast<std::int32_t>(batch.categories.size() - 1));
  }
  time.micros = times;
  log.columns.push_back(std::move(time));
  log.columns.push_back(std::move(batch));
}

void Drawing::add_features(std::span<const Feature> specification, std::span<const Shift> shifts) {
  auto drawn = draw_features(specification, each_row(), rng, shifts);
  for (auto& column : drawn.columns) {
    features.push_back(column.name);
    log.columns.push_back(std::move(column));
  }
  risk = std::move(drawn.risk);
  for (const auto& shift : shifts)
    truth.drifts.push_back({.feature = specification[shift.feature].name,
                            .begin = shift.begin < rows ? times[shift.begin] : 0,
                            .shift = shift.size});
}

std::size_t Drawing::row_at(double share_of_rows) const {
  return static_cast<std::size_t>(std::llround(share_of_rows * static_cast<double>(rows)));
}

std::vector<std::uint8_t> Drawing::members(std::span<const table::Predicate> where) const {
  auto in = table::matches(log, where);
  ERRATA_CHECK(in.has_value());  // the predicates are made from the very columns that were drawn
  return std::move(*in);
}

void Drawing::plant_hotspot(std::vector<table::Predicate> where, double rate) {
  const auto in = members(where);
  for (const std::size_t r : each_row()) {
    if (!in[r]) continue;
    failure_rate[r] = std::max(failure_rate[r], rate);
    planted[r] = 1;
  }
  truth.hotspots.push_back({.where = std::move(where), .failure_rate = rate});
}

void Drawing::plant_period(std::int64_t begin, std::int64_t end, double rate) {
  for (const std::size_t r : each_row()) {
    if (times[r] < begin || times[r] >= end) continue;
    failure_rate[r] = std::max(failure_rate[r], rate);
    planted[r] = 1;
  }
  truth.bad_periods.push_back({.begin = begin, .end = end, .failure_rate = rate});
}

void Drawing::draw_failures() {
  Rng stream = rng.fork(kFailureStream);
  for (const std::size_t r : each_row()) failed[r] = stream.bernoulli(failure_rate[r]);
}

void Drawing::add_numbers(std::string name, std::vector<double> values, std::string type) {
  log.columns.push_back({.name = std::move(name), .source_type = std::move(type), .numbers = std::move(values)});
}

void Drawing::add_split(const std::vector<Part>& parts) {
  table::Column split{.name = "split", .kind = table::ColumnKind::categorical, .source_type = "VARCHAR"};
  for (const auto& part : parts) split.categories.push_back(part.name);
  std::ranges::sort(split.categories);
  for (const auto& part : parts) {
    const auto code = std::ranges::lower_bound(split.categories, part.name) - split.categories.begin();
    split.codes.resize(std::max(split.codes.size(), part.end_row), static_cast<std::int32_t>(code));
  }
  ERRATA_CHECK(split.codes.size() == rows);
  log.columns.push_back(std::move(split));
}

void Drawing::count_regimes() {
  for (std::size_t m = 0; m < truth.modes.size(); ++m) {
    auto& mode = truth.modes[m];
    const auto in = members(mode.where);
    std::vector<std::uint8_t> active(rows);
    for (const auto& regime : truth.regimes)
      if (regime.mode == m)
        std::fill(active.begin() + offset(regime.begin_row), active.begin() + offset(regime.end_row), 1);
    double rate = 0;
    for (const std::size_t r : each_row()) {
      active[r] &= in[r];
      if (active[r]) rate += failure_rate[r];
    }
    count_cases(*this, active, mode.n, mode.failures);
    if (mode.n > 0) mode.failure_rate = rate / static_cast<double>(mode.n);
  }
  if (times.empty()) return;
  for (auto& regime : truth.regimes) {
    regime.begin = times[regime.begin_row];
    regime.end = regime.end_row < rows ? times[regime.end_row] : times.back() + 1;
  }
}

SimulatedLog Drawing::finish() && {
  truth.failures = count(failed);
  std::size_t ordinary = 0;
  double ordinary_rate = 0;
  for (const std::size_t r : each_row()) {
    if (planted[r]) continue;
    ++ordinary;
    ordinary_rate += failure_rate[r];
  }
  if (ordinary > 0) truth.base_rate = ordinary_rate / static_cast<double>(ordinary);
  if (rows > 0) {
    const auto [low, high] = std::ranges::minmax(failure_rate);
    truth.lowest_rate = low;
    truth.highest_rate = high;
    truth.mean_rate = std::reduce(failure_rate.begin(), failure_rate.end()) / static_cast<double>(rows);
  }
  for (auto& hotspot : truth.hotspots) count_cases(*this, members(hotspot.where), hotspot.n, hotspot.failures);
  count_regimes();
  for (auto& period : truth.bad_periods) {
    std::vector<std::uint8_t> in(rows);
    for (const std::size_t r : each_row()) in[r] = times[r] >= period.begin && times[r] < period.end;
    count_cases(*this, in, period.n, period.failures);
  }
  return {.columns = std::move(log.columns),
          .features = std::move(features),
          .failed = std::move(failed),
          .failure_rate = std::move(failure_rate),
          .truth = std::move(truth)};
}

table::Predicate between_quantiles(const Feature& feature, double low, double high) {
  table::Predicate predicate{.feature = feature.name, .kind = table::Predicate::Kind::range};
  if (low > 0) predicate.above = feature.curve(stats::normal_quantile(low));
  if (high < 1) predicate.up_to = feature.curve(stats::normal_quantile(high));
  return predicate;
}

table::Predicate is_category(const Feature& feature, const std::string& name) {
  return {.feature = feature.name,
          .kind = table::Predicate::Kind::equals,
          .value = name,
          .value_is_integer = feature.integer_codes};
}

std::vector<ChosenHotspot> choose_hotspots(std::span<const Feature> features, const HotspotRange& range,
                                           const Rng& rng) {
  const auto candidates = features.first(std::min(features.size(), kPilotFeatures));
  Drawing pilot({}, kPilotRows);
  pilot.log.columns = draw_features(candidates, EachRow(kPilotRows), rng.fork(kPilotStream)).columns;
  Rng stream = rng.fork(kChoiceStream);
  std::vector<ChosenHotspot> chosen;
  std::vector<std::vector<std::uint8_t>> taken;
  for (std::size_t attempt = 0; attempt < 1000 && chosen.size() < range.count; ++attempt) {
    std::vector<table::Predicate> where;
    const std::size_t predicates = 1 + stream.below(3);
    for (std::size_t p = 0; p < predicates; ++p) {
      const Feature& feature = candidates[stream.below(candidates.size())];
      if (feature.categories.empty() && !is_fine(feature)) continue;
      if (std::ranges::find(where, feature.name, &table::Predicate::feature) != where.end()) continue;
      where.push_back(random_predicate(feature, stream));
    }
    if (where.empty()) continue;
    auto in = pilot.members(where);
    const double support = static_cast<double>(count(in)) / static_cast<double>(kPilotRows);
    if (support < range.least_support || support > range.most_support) continue;
    if (std::ranges::any_of(taken, [&](const auto& other) { return overlap(other, in); })) continue;
    const double rate = range.least_rate + (range.most_rate - range.least_rate) * stream.uniform();
    chosen.push_back({.where = std::move(where), .rate = rate});
    taken.push_back(std::move(in));
  }
  return chosen;
}

}  // namespace errata::simulate
