// When did failures become more frequent, and when is it over?
//
// A fixed window with a threshold answers late for long windows and at random for short ones, and nobody can say how
// often it is wrong. Here the claim "the rate is at most p" is bet against: an outcome x multiplies the stake of each
// alternative by its likelihood ratio, whose mean is at most 1 while the claim holds. One such stake started at every
// case, all added up, is the Shiryaev–Roberts sum R. R_t − t is a supermartingale under the claim, so at the time N of
// the first R_N >= c its mean gives E[N] >= E[R_N] >= c: no alarm before c cases in the mean, without any model of how
// outcomes depend on each other. A mean over several alternatives keeps the argument and is fast for small rises and
// large ones.
//
// Where outcomes never vary the sum just counts them and reaches any bound in the end. So one stretch must also hold a
// hundredth of the evidence by itself (its CUSUM), which only makes alarms rarer.
//
// The claim needs a rate that nobody is given. It is an upper confidence limit of the rate outside regimes, and follows
// slow drift. What must not happen is that the beginning of a regime raises the reference against which it is judged:
// so cases stay pending while any CUSUM says that they may belong to a change, and enter the reference when it has
// fallen back.
//
// A stream is in one of four phases:
//
//     learning ── learn_cases ──▶ normal ── up: began ──▶ raised ── up: changed ──▶ raised
//     normal ── down: a lower baseline ──▶ learning
//     raised ── down ──▶ leaving ── changed ──▶ raised
//                        leaving ── ended ──▶ normal
//
// A fall from a raised level may be an end or a lower level. A handful of cases cannot tell, and an `ended` that is
// followed by a `began` is what users complain of. So after a fall new cases are waited for: when they exclude the
// baseline the level has changed; when settle_cases of them or more speak for the baseline the regime has ended. New
// ones, because those that raised an alarm are the most unusual of all stretches that were tested: they overstate any
// change, and enter no level. An alarm starts all tests anew, so none is repeated.
//
// Tests count cases, so a mode that no case comes near would stay in its regime for ever. A regime is a time of raised
// activity, and activity fades with time: so the failures near the mode since the regime began, or last changed, are
// also summed with weights that halve every half-life, and when this sum has fallen to a small share of its largest
// value the regime is over. Between failures the sum only decays, so each failure tells the time at which that will be,
// and an outcome costs a comparison a stream. This end makes no claim about a rate. It takes the stream back to the
// baseline with all tests at zero, as the other ends do, so what is stated of false alarms stays true: they are counted
// from a start of the tests that looks at nothing to come.
#include "errata/memory/regimes.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace errata::memory {
namespace {

constexpr std::array kOddsRatios{1.5, 3.0, 9.0, 40.0};
constexpr double kSuspicion = 3;
constexpr double kLogRecent = 4.6;  // ln 100

/// Limits of a Wilson interval for real-valued counts; sign +1 the upper, −1 the lower.
double wilson_limit(double failures, double cases, double z, double sign) {
  if (!(cases > 0)) return sign > 0 ? 1 : 0;
  const double p = failures / cases, z2 = z * z / cases;
  const double spread = z * std::sqrt(p * (1 - p) / cases + z2 / (4 * cases));
  return std::clamp((p + z2 / 2 + sign * spread) / (1 + z2), 0.0, 1.0);
}

}  // namespace

Result<RegimeDetector> RegimeDetector::make(const RegimeOptions& options) {
  const auto refuse = [](const char* name, auto value, const char* limit) {
    return invalid_argument(fmt::format("regimes: {} {} is not {}", name, value, limit));
  };
  const auto inside = [](double value) { return value > 0 && value < 1; };
  if (!inside(options.false_alarm)) return refuse("false_alarm", options.false_alarm, "in (0, 1)");
  if (!inside(options.false_change)) return refuse("false_change", options.false_change, "in (0, 1)");
  if (!(options.tolerance >= 1)) return refuse("tolerance", options.tolerance, ">= 1");
  if (!(options.least_rate >= 0 && options.least_rate < 1))
    return refuse("least_rate", options.least_rate, "in [0, 1)");
  if (!(options.limit_z >= 0)) return refuse("limit_z", options.limit_z, ">= 0");
  const bool can_change = options.least_change >= 0 && options.least_change < 1;
  if (!can_change) return refuse("least_change", options.least_change, "in [0, 1)");
  if (options.learn_cases < 1) return refuse("learn_cases", options.learn_cases, ">= 1");
  if (options.settle_cases < 1) return refuse("settle_cases", options.settle_cases, ">= 1");
  if (!(options.memory_cases > 1)) return refuse("memory_cases", options.memory_cases, "> 1");
  if (options.longest < 1) return refuse("longest", options.longest, ">= 1");
  if (options.max_modes < 1) return refuse("max_modes", options.max_modes, ">= 1");
  if (!(options.half_life > 0)) return refuse("half_life", options.half_life, "> 0");
  if (!inside(options.quiet)) return refuse("quiet", options.quiet, "in (0, 1)");
  return RegimeDetector(options);
}

RegimeDetector::RegimeDetector(const RegimeOptions& options) : options_(options), ids_{kNoMode}, streams_(1) {}

double RegimeDetector::upper(Count count) const {
  return wilson_limit(count.failures, count.cases, options_.limit_z, 1);
}
double RegimeDetector::lower(Count count, double z) { return wilson_limit(count.failures, count.cases, z, -1); }

/// The rate that a regime must exceed.
double RegimeDetector::raised_above(Count baseline) const {
  const double limit = upper(baseline);
  return std::max(options_.tolerance * limit / (1 + (options_.tolerance - 1) * limit), options_.least_rate);
}

/// Takes an outcome into one test. @return the logarithm of the e-detector
double RegimeDetector::step(Tests& tests, bool failed, std::int64_t time, double reference, bool up) {
  double sum = 0;
  for (std::size_t j = 0; j < kAlternatives; ++j) {
    Test& test = tests[j];
    const double ratio = up ? kOddsRatios[j] : 1 / kOddsRatios[j];
    const double likelihood = (failed ? ratio : 1) / (1 + (ratio - 1) * reference);
    test.sum = (test.sum + 1) * likelihood;
    if (test.cusum <= 1) {
      test.cusum = 1;
      test.since = {};
      test.onset = time;
    }
    test.cusum *= likelihood;
    test.since.cases += 1;
    test.since.failures += failed ? 1 : 0;
    sum += test.sum;
  }
  return std::log(sum / static_cast<double>(kAlternatives));
}

const RegimeDetector::Test& RegimeDetector::likeliest(const Tests& tests) {
  return *std::ranges::max_element(tests, {}, &Test::cusum);
}

void RegimeDetector::add(Count& to, Count what) const {
  const double keep = std::exp(-what.cases / options_.memory_cases);
  to.failures = to.failures * keep + what.failures;
  to.cases = to.cases * keep + what.cases;
}

void RegimeDetector::restart(Stream& stream, Phase phase, Count level) {
  stream.phase = phase;
  stream.level = level;
  stream.pending = {};
  stream.up = stream.down = {};
}

RegimeDetector::Stream& RegimeDetector::stream_of(std::uint32_t mode, std::int64_t known,
                                                  std::vector<RegimeEvent>& events) {
  if (const auto at = std::ranges::find(ids_, mode); at != ids_.end()) {
    return streams_[static_cast<std::size_t>(at - ids_.begin())];
  }
  if (streams_.size() > options_.max_modes) {
    const auto idle = std::ranges::min_element(streams_.begin() + 1, streams_.end(), {}, &Stream::last_case);
    if (const auto ended = forget(idle->mode, known)) events.push_back(*ended);
  }
  ids_.push_back(mode);
  streams_.push_back({.mode = mode});
  return streams_.back();
}

std::vector<RegimeEvent> RegimeDetector::learn(std::uint32_t mode, bool failed, std::int64_t time, std::int64_t known) {
  std::vector<RegimeEvent> events;
  ++cases_;
  end_quiet(known, events);
  learn(streams_.front(), failed, time, known, events);
  if (mode != kNoMode) learn(stream_of(mode, known, events), failed, time, known, events);
  return events;
}

void RegimeDetector::learn(Stream& stream, bool failed, std::int64_t time, std::int64_t known,
                           std::vector<RegimeEvent>& events) {
  const Count one{.failures = failed ? 1.0 : 0.0, .cases = 1};
  RegimeEvent event{.mode = stream.mode, .regime = stream.regime, .time = time, .known = known};
  stream.last_case = cases_;
  stream.last_time = time;
  if (stream.phase == Phase::learning) {
    stream.level.failures += one.failures;
    stream.level.cases += 1;
    if (stream.level.cases >= static_cast<double>(options_.learn_cases)) stream.phase = Phase::normal;
    return;
  }
  const bool inside = stream.phase != Phase::normal;
  if (inside) ++stream.regime_cases;
  if (inside && failed) count_recent(stream, known);
  if (stream.phase == Phase::leaving) {
    add(stream.level, one);
    leave(stream, event, events);
    return;
  }
  const double rate = stream.level.rate();
  const double high =
      inside ? std::min(std::max(upper(stream.level), rate + options_.least_change), 1.0) : raised_above(stream.level);
  const double low =
      std::max(std::min(lower(stream.level, options_.limit_z), rate - std::min(options_.least_change, rate / 4)), 0.0);
  const double log_up = step(stream.up, failed, time, high, true);
  const double log_down = step(stream.down, failed, time, low, false);
  const Test &up = likeliest(stream.up), &down = likeliest(stream.down);
  const double limit = -std::log(inside ? options_.false_change : options_.false_alarm);
  const bool rise = log_up >= log_down;
  const Test& told = rise ? up : down;
  if (std::max(log_up, log_down) >= limit && std::log(told.cusum) >= limit - kLogRecent) {
    event.onset = told.onset;
    event.log_evidence = std::max(log_up, log_down);
    event.rate_before = rate;
    event.rate = told.since.rate();
    event.cases = static_cast<std::uint64_t>(told.since.cases);
    alarm(stream, rise, told.since, event, events);
    return;
  }
  add(stream.pending, one);
  if (std::max(up.cusum, down.cusum) < kSuspicion) {
    add(stream.level, stream.pending);
    stream.pending = {};
  }
  if (inside) outlast(stream, event, events);
}

/// Ends a regime that no test ends: its level has drifted back, or it has become the usual.
void RegimeDetector::outlast(Stream& stream, RegimeEvent event, std::vector<RegimeEvent>& events) const {
  const double rate = stream.level.rate();
  const bool back =
      stream.level.cases >= static_cast<double>(options_.learn_cases) && rate <= raised_above(stream.baseline);
  if (!back && stream.regime_cases < options_.longest) return;
  event.change = back ? RegimeChange::ended : RegimeChange::usual;
  event.onset = back ? event.time : stream.began;
  event.rate_before = back ? rate : stream.baseline.rate();
  event.rate = rate;
  event.cases = stream.regime_cases;
  restart(stream, Phase::normal, back ? stream.baseline : stream.level);
  events.push_back(event);
}

/// A test has told a rise or a fall; `since` is what came since its onset.
void RegimeDetector::alarm(Stream& stream, bool rise, Count since, RegimeEvent event,
                           std::vector<RegimeEvent>& events) {
  if (stream.phase == Phase::normal) {
    if (!rise) return restart(stream, Phase::learning, {});
    stream.baseline = stream.level;
    stream.regime = event.regime = next_regime_++;
    stream.regime_cases = event.cases;
    stream.began = event.onset;
    event.change = RegimeChange::began;
    restart(stream, Phase::raised, {});
    watch(stream, event.known);
    stream.told = since;
    events.push_back(event);
  } else if (rise) {
    event.change = RegimeChange::changed;
    restart(stream, Phase::raised, {});
    watch(stream, event.known);
    stream.told = since;
    events.push_back(event);
  } else {
    stream.onset = event.onset;
    stream.log_evidence = event.log_evidence;
    stream.left_rate = event.rate_before;
    restart(stream, Phase::leaving, {});
  }
}

/// True when new cases speak for the baseline rather than for a level well above it: nine times its odds, or halfway
/// to the level that was left.
bool RegimeDetector::is_back(Count fresh, double baseline, double left) {
  const auto odds = [](double rate) { return rate / std::max(1 - rate, 1e-9); };
  const double ninefold = 9.0, halfway = std::sqrt(std::max(odds(left) / std::max(odds(baseline), 1e-9), 1.0));
  for (const double ratio : {std::min(ninefold, halfway * halfway), halfway}) {
    const double for_level = fresh.failures * std::log(ratio) - fresh.cases * std::log1p((ratio - 1) * baseline);
    if (for_level > 0) return false;
  }
  return true;
}

/// The rate has fallen from a raised level: to where?
void RegimeDetector::leave(Stream& stream, RegimeEvent event, std::vector<RegimeEvent>& events) const {
  const Count& fresh = stream.level;
  const double above = raised_above(stream.baseline);
  const double cases = fresh.cases + 0.5, enough = static_cast<double>(options_.settle_cases);
  if (cases < enough / 2) return;
  const bool settled = cases >= enough;
  const bool raised = lower(fresh, options_.limit_z + (settled ? 0 : 1)) > above;
  const bool ended = settled && (is_back(fresh, above, stream.left_rate) || cases >= 10 * enough);
  if (!raised && !ended) return;
  event.change = raised ? RegimeChange::changed : RegimeChange::ended;
  event.onset = stream.onset;
  event.log_evidence = stream.log_evidence;
  event.rate_before = stream.left_rate;
  event.rate = fresh.rate();
  event.cases = static_cast<std::uint64_t>(std::llround(fresh.cases));
  Count level = fresh;
  if (!raised) {
    level = stream.baseline;
    add(level, fresh);
  }
  stream.told = fresh;
  restart(stream, raised ? Phase::raised : Phase::normal, level);
  if (raised) watch(stream, event.known);
  events.push_back(event);
}

/// At a new level failures are counted anew.
void RegimeDetector::watch(Stream& stream, std::int64_t known) const {
  stream.recent = stream.most_recent = 0;
  stream.recent_at = known;
  stream.quiet_at = static_cast<double>(known) - options_.half_life * std::log2(options_.quiet);
}

void RegimeDetector::count_recent(Stream& stream, std::int64_t known) const {
  const double age = std::max(static_cast<double>(known) - static_cast<double>(stream.recent_at), 0.0);
  stream.recent = stream.recent * std::exp2(-age / options_.half_life) + 1;
  stream.recent_at = std::max(stream.recent_at, known);
  stream.most_recent = std::max(stream.most_recent, stream.recent);
  stream.quiet_at = static_cast<double>(stream.recent_at) +
                    options_.half_life * std::log2(stream.recent / (options_.quiet * stream.most_recent));
}

/// Ends the regimes of modes whose failures have faded.
void RegimeDetector::end_quiet(std::int64_t known, std::vector<RegimeEvent>& events) {
  for (auto& stream : streams_) {
    if (!in_regime(stream) || stream.mode == kNoMode || static_cast<double>(known) < stream.quiet_at) continue;
    events.push_back(gone(stream, known));
    restart(stream, Phase::normal, stream.baseline);
  }
}

/// The end of a regime that no case tells: it lasted until after the last case near its mode.
RegimeEvent RegimeDetector::gone(const Stream& stream, std::int64_t known) {
  const double rate = stream.phase == Phase::leaving ? stream.left_rate : stream.level.rate();
  const bool last = stream.last_time == std::numeric_limits<std::int64_t>::max();
  return {.change = RegimeChange::ended,
          .mode = stream.mode,
          .regime = stream.regime,
          .onset = last ? stream.last_time : stream.last_time + 1,
          .time = stream.last_time,
          .known = known,
          .rate_before = rate,
          .rate = rate};
}

std::optional<RegimeEvent> RegimeDetector::forget(std::uint32_t mode, std::int64_t known) {
  const auto at = std::ranges::find(ids_, mode);
  if (mode == kNoMode || at == ids_.end()) return std::nullopt;
  const auto stream = streams_.begin() + (at - ids_.begin());
  std::optional<RegimeEvent> ended;
  if (in_regime(*stream)) ended = gone(*stream, known);
  streams_.erase(stream);
  ids_.erase(at);
  return ended;
}

std::string_view name_of(RegimeChange change) {
  switch (change) {
    case RegimeChange::began: return "began";
    case RegimeChange::changed: return "changed";
    case RegimeChange::ended: return "ended";
    case RegimeChange::usual: return "usual";
  }
  ERRATA_CHECK(false);
  return {};
}

}  // namespace errata::memory
