// No look-ahead, however a log writes its times and however late its outcomes come: all outcomes from a row on are
// turned around in the file, and every risk before the first of them could be known must stay the same bit for bit.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/replay/stream.h"
#include "errata/table/read_log.h"

namespace errata::replay {
namespace {

constexpr std::size_t kWritten = 350, kWrittenWarm = 80, kTurned = 200;
constexpr std::int64_t kSecond = 1'000'000'000, kDay = 86'400 * kSecond, kStart = 1'767'225'600 * kSecond;

/// One way to write a time. All times here are nanoseconds since 1970, or steps of `resolution`.
struct Writing {
  std::string name;
  std::int64_t unit;        ///< a burst of five cases begins every unit and takes four tenths of it
  std::int64_t resolution;  ///< what is finer is not written, and so not true
  std::function<std::string(std::int64_t)> write;
  bool is_time = true;
};

std::string seconds_of_day(std::int64_t nanos, const char* format) {
  const std::time_t whole = nanos / kSecond;
  std::tm parts{};
  gmtime_r(&whole, &parts);
  return fmt::format(fmt::runtime(fmt::format("{{:{}}}", format)), parts);
}

std::string in_units(std::int64_t nanos, std::int64_t unit) { return fmt::format("{}", nanos / unit); }

std::vector<Writing> writings() {
  const auto fraction = [](std::int64_t nanos) { return fmt::format(".{:06}", nanos % kSecond / 1000); };
  return {
      {"integers", kSecond, kSecond, [](auto t) { return fmt::format("{}", (t - kStart) / kSecond); }, false},
      {"fractions", kSecond, 1000, [=](auto t) { return fmt::format("{}", (t - kStart) / kSecond) + fraction(t); },
       false},
      {"dates", kDay, kDay, [](auto t) { return seconds_of_day(t, "%Y-%m-%d"); }},
      {"month first", kDay, kDay, [](auto t) { return seconds_of_day(t, "%m/%d/%Y"); }},
      {"datetimes", kSecond, kSecond, [](auto t) { return seconds_of_day(t, "%Y-%m-%d %H:%M:%S"); }},
      {"datetimes with fractions", kSecond, 1000,
       [=](auto t) { return seconds_of_day(t, "%Y-%m-%dT%H:%M:%S") + fraction(t) + "Z"; }},
      {"another zone", kSecond, 1000,
       [=](auto t) { return seconds_of_day(t + 7200 * kSecond, "%Y-%m-%dT%H:%M:%S") + fraction(t) + "+02:00"; }},
      {"epoch seconds", kSecond, kSecond, [](auto t) { return in_units(t, kSecond); }},
      {"epoch seconds with fractions", kSecond, 1000, [=](auto t) { return in_units(t, kSecond) + fraction(t); }},
      {"epoch milliseconds", kSecond, 1'000'000, [](auto t) { return in_units(t, 1'000'000); }},
      {"epoch microseconds", kSecond, 1000, [](auto t) { return in_units(t, 1000); }},
      {"epoch nanoseconds", kSecond, 1, [](auto t) { return in_units(t, 1); }},
      {"epoch nanoseconds within a microsecond", 1990, 1, [](auto t) { return in_units(t, 1); }},
  };
}

std::int64_t time_of(const Writing& writing, std::size_t i) {
  const auto burst = static_cast<std::int64_t>(i / 5), within = static_cast<std::int64_t>(i % 5);
  const std::int64_t exact = kStart + writing.unit * burst + writing.unit / 10 * within;
  return exact - exact % writing.resolution;
}

/// Known .15 units later, or a unit of what is written later where that is more.
std::int64_t known_of(const Writing& writing, std::size_t i) {
  const std::int64_t lag = std::max(writing.unit * 3 / 20, writing.resolution);
  return time_of(writing, i) + lag - lag % writing.resolution;
}

/// @param turned  the outcomes from this row on are turned around
std::string log_text(const Writing& writing, std::size_t turned) {
  Rng rng(5);
  std::string text = "at,known,f,label,prediction,score\n";
  for (std::size_t i = 0; i < kWritten; ++i) {
    const double f = rng.uniform(), score = rng.uniform();
    const bool failed = rng.bernoulli(f > .5 ? .6 : .1) != (i >= turned);
    const int predicted = score >= .5 ? 1 : 0;
    text += fmt::format("{},{},{},{},{},{}\n", writing.write(time_of(writing, i)), writing.write(known_of(writing, i)),
                        f, failed ? 1 - predicted : predicted, predicted, score);
  }
  return text;
}

table::PredictionLog read(const std::string& place) {
  auto log = table::read_log({.paths = {place}, .roles = {.time = "at", .features = {"f"}, .others = {"known"}}});
  EXPECT_TRUE(log) << log.error().message;
  return log ? *std::move(log) : table::PredictionLog{};
}

std::vector<double> risks_of(const table::PredictionLog& log, const Delay& delay) {
  CaseOptions options{.warm_up = {.cases = kWrittenWarm}};
  if (!delay.column.empty()) options.outcome_time = delay.column;
  const auto cases = CaseStream::make(log, options);
  EXPECT_TRUE(cases) << cases.error().message;
  if (!cases) return {};
  memory::MemoryOptions memory;
  memory.warm_up = memory.max_warm_up;
  auto judge = *monitor::Judge::create(cases->schema(), {.memory = memory, .policy = {.coverage = .8}});
  return stream_cases(*cases, judge, {.delay = delay})->risk;
}

/// The first case that may know one of the outcomes from kTurned on. A duration counts from what a time is held as:
/// parts of a microsecond are cut off.
std::size_t first_allowed(const Writing& writing, const Delay& delay) {
  for (std::size_t j = kTurned + 1; j < kWritten; ++j)
    for (std::size_t i = kTurned; i < j; ++i) {
      const std::int64_t now = time_of(writing, j);
      const bool known = !delay.column.empty() ? known_of(writing, i) <= now
                         : delay.micros        ? time_of(writing, i) / 1000 + *delay.micros <= now / 1000
                                               : j > i + delay.steps;
      if (known) return j;
    }
  return kWritten;
}

TEST(NoLookAhead, WithEveryWritingOfTimeAndEveryDelay) {
  const TestFolder folder;
  for (const Writing& writing : writings()) {
    const auto straight = read(folder.file("straight.csv", log_text(writing, kWritten))),
               turned = read(folder.file("turned.csv", log_text(writing, kTurned)));
    ASSERT_EQ(straight.rows, kWritten) << writing.name;
    std::vector<Delay> delays{{}, {.steps = 1}, {.steps = 40}, {.column = "known"}};
    if (writing.is_time) {
      delays.push_back({.micros = std::max<std::int64_t>(1, writing.unit / 1000)});
      delays.push_back({.micros = 3 * writing.unit / 1000 + 1});
    }
    for (const Delay& delay : delays) {
      SCOPED_TRACE(fmt::format("{}, delay: {} cases, {} µs, column '{}'", writing.name, delay.steps,
                               delay.micros.value_or(0), delay.column));
      const auto before = risks_of(straight, delay), after = risks_of(turned, delay);
      ASSERT_EQ(before.size(), after.size());
      std::size_t first = 0;
      while (first < before.size() && before[first] == after[first]) ++first;
      const std::size_t allowed = first_allowed(writing, delay);
      EXPECT_GE(first, allowed) << "an outcome was used before it was known";
      EXPECT_LE(first, allowed + 5) << "outcomes come later than they should";
    }
  }
}

}  // namespace
}  // namespace errata::replay
