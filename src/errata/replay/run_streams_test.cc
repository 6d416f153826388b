// A memory for each stream. The oracle is a replay of the stream's rows alone, which knows nothing of other streams:
// what is decided of them in the log of all must be the same, bit for bit.
#include "errata/replay/run_streams.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <optional>
#include <tuple>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/replay/run.h"
#include "errata/replay/test_log.h"

namespace errata::replay {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

/// Risk, decision in words, threshold, part and row of the log, from 1.
using Decided = std::tuple<double, std::string, double, std::string, double>;

const table::Column& named(const std::vector<table::Column>& columns, const std::string& name) {
  return *std::ranges::find(columns, name, &table::Column::name);
}

std::string word_at(const table::Column& column, std::size_t row) {
  return column.codes[row] == table::kMissingCode ? "" : column.categories[std::size_t(column.codes[row])];
}

std::vector<Decided> decided(const std::vector<table::Column>& columns) {
  std::vector<Decided> all;
  const auto &risk = named(columns, "errata_risk"), &decision = named(columns, "errata_decision"),
             &threshold = named(columns, "errata_threshold"), &part = named(columns, "errata_part"),
             &row = named(columns, "row");
  for (std::size_t i = 0; i < risk.numbers.size(); ++i)
    all.emplace_back(risk.numbers[i], word_at(decision, i), threshold.numbers[i], word_at(part, i), row.numbers[i]);
  return all;
}

/// A log with the streams `a`, `b`, `c` and cases without one, at irregular times in µs, many of them equal.
table::PredictionLog keyed_log(std::size_t cases, std::uint64_t seed) {
  Rng rng(seed);
  auto log = example_log(cases, seed);
  std::vector<std::int32_t> device;
  std::vector<std::int64_t> at, known;
  std::int64_t now = 1'700'000'000'000'000;
  for (std::size_t i = 0; i < cases; ++i) {
    const double draw = rng.uniform();
    device.push_back(draw < .5 ? 0 : draw < .8 ? 1 : draw < .95 ? 2 : table::kMissingCode);
    if (rng.bernoulli(.7)) now += static_cast<std::int64_t>(rng.uniform() * 2e6);
    at.push_back(now);
    known.push_back(now + static_cast<std::int64_t>(rng.uniform() * 90e6));
  }
  log.columns.push_back(words("device", {"a", "b", "c"}, device));
  log.columns.push_back(times("at", at));
  log.columns.push_back(times("known", known));
  log.roles.time = "at";
  log.roles.stream = "device";
  return log;
}

std::map<std::string, std::vector<std::size_t>> rows_by_stream(const table::PredictionLog& log) {
  std::map<std::string, std::vector<std::size_t>> rows;
  for (std::size_t row = 0; row < log.rows; ++row) rows[word_at(*log.find("device"), row)].push_back(row);
  return rows;
}

ReplayOptions with_decisions() { return {.replicates = 0, .decisions = true, .keep_memories = true}; }

ReplayOptions some_options() {
  ReplayOptions options = with_decisions();
  const auto kind = *rc::gen::inRange(0, 5);
  if (kind == 1) options.delay.steps = *rc::gen::element<std::uint64_t>(1, 7, 60);
  if (kind == 2) options.delay.micros = *rc::gen::element<std::int64_t>(1, 3'000'000, 70'000'000);
  if (kind == 3) options.cases.outcome_time = "known";
  if (kind == 4) options.half_life_micros = 40'000'000;
  if (*rc::gen::arbitrary<bool>()) options.judge.policy = {.risk = .1};
  if (*rc::gen::arbitrary<bool>()) options.judge.policy.defer_share = .1;
  options.judge.policy.cold_start = *rc::gen::element<std::size_t>(0, 50, 500);
  if (*rc::gen::arbitrary<bool>()) options.cases.warm_up.share = .2;
  return options;
}

/// By stream, in order, with the rows of the whole log.
std::map<std::string, std::vector<Decided>> by_stream(const std::vector<table::Column>& columns) {
  std::map<std::string, std::vector<Decided>> streams;
  const auto all = decided(columns);
  const auto& device = named(columns, "device");
  for (std::size_t i = 0; i < all.size(); ++i) streams[word_at(device, i)].push_back(all[i]);
  return streams;
}

std::map<std::string, std::vector<Decided>> together(const table::PredictionLog& log, const ReplayOptions& options) {
  ThreadPool pool(2);
  const auto replayed = run_streams(log, options, {}, pool);
  EXPECT_TRUE(replayed) << replayed.error().message;
  return by_stream(replayed->decisions);
}

RC_GTEST_PROP(RunStreams, EachIsDecidedAsIfItWereAlone, ()) {
  const auto log = keyed_log(*rc::gen::inRange<std::size_t>(200, 600), *rc::gen::inRange<std::uint64_t>(0, 1000));
  const auto options = some_options();
  const auto streams = together(log, options);
  const auto rows = rows_by_stream(log);
  RC_ASSERT(streams.size() == rows.size());
  ThreadPool pool(1);
  for (const auto& [name, of_stream] : rows) {
    auto alone = taken_rows(log, of_stream);
    alone.roles.stream.reset();
    const auto replayed = run(alone, options, {}, pool);
    RC_ASSERT(replayed.has_value());
    auto expected = decided(replayed->decisions);
    for (auto& one : expected) std::get<4>(one) = double(of_stream[std::size_t(std::get<4>(one)) - 1] + 1);
    RC_ASSERT(streams.at(name) == expected);
  }
}

std::vector<std::size_t> range(std::size_t from, std::size_t to) {
  std::vector<std::size_t> rows;
  for (std::size_t row = from; row < to; ++row) rows.push_back(row);
  return rows;
}

/// Is what is decided in two logs, the second of which goes on from the file of the first, the same as in one? Nothing
/// where no case of the first is evaluated.
std::optional<bool> same_in_two(const table::PredictionLog& log, const ReplayOptions& options, std::size_t cut) {
  const TestFolder folder;
  ThreadPool pool(2);
  const auto first = run_streams(taken_rows(log, range(0, cut)), options, {}, pool);
  if (!first) return std::nullopt;
  EXPECT_TRUE(monitor::write_streams(first->memories, folder.path("m.snap")));
  const auto second =
      run_streams(taken_rows(log, range(cut, log.rows)), options, *monitor::read_streams(folder.path("m.snap")), pool);
  EXPECT_TRUE(second) << second.error().message;
  auto in_two = by_stream(first->decisions);
  for (auto& [name, cases] : by_stream(second->decisions))
    for (auto& one : cases) {
      std::get<4>(one) += double(cut);
      in_two[name].push_back(one);
    }
  return in_two == together(log, options);
}

RC_GTEST_PROP(RunStreams, ALogThatIsCutGoesOnAsIfItWereNot, ()) {
  const auto log = keyed_log(*rc::gen::inRange<std::size_t>(200, 500), *rc::gen::inRange<std::uint64_t>(0, 1000));
  auto options = some_options();
  // A half-life in cases is taken at the pace of the warm-up, and a share is of one log: neither is known before it
  // ends.
  if (!options.half_life_micros) options.half_life_micros = 40'000'000;
  options.cases.warm_up = {.cases = *rc::gen::inRange<std::size_t>(0, 80)};
  const auto cut = *rc::gen::inRange<std::size_t>(100, log.rows - 1);
  RC_ASSERT(same_in_two(log, options, cut).value_or(true));
}

TEST(RunStreams, AWarmUpMayEndWhereTheLogIsCut) {
  const auto log = keyed_log(500, 16);
  auto options = with_decisions();
  options.half_life_micros = 40'000'000;
  const auto rows = rows_by_stream(log).at("b");
  for (const std::size_t warm : {std::size_t{1}, std::size_t{2}, std::size_t{40}}) {
    options.cases.warm_up.cases = warm;
    for (const std::size_t before : {warm - 1, warm, warm + 1})
      EXPECT_EQ(same_in_two(log, options, rows[before]), true) << before << " of " << warm << " cases of the warm-up";
  }
}

TEST(RunStreams, AWarmUpThatIsNoLongerAskedForEnds) {
  const auto log = keyed_log(500, 16);
  const std::size_t cut = rows_by_stream(log).at("b")[40];
  auto options = with_decisions();
  options.cases.warm_up.cases = 50;
  ThreadPool pool(2);
  const auto whole = run_streams(taken_rows(log, range(0, cut)), options, {}, pool);
  ASSERT_TRUE(whole) << whole.error().message;
  const auto& first = *whole;
  options.cases.warm_up.cases = 0;
  const auto second = *run_streams(taken_rows(log, range(cut, log.rows)), options, first.memories, pool);
  const auto warms_up = [](const monitor::SavedStreams& memories, std::string_view name) {
    const auto found = std::ranges::find(memories.streams, name, &monitor::SavedStream::name);
    return monitor::restore_memory(found->snapshot, "a test")->judge.memory().warming_up();
  };
  EXPECT_TRUE(warms_up(first.memories, "b"));
  EXPECT_FALSE(warms_up(second.memories, "b"));
}

TEST(RunStreams, AnOutcomeTeachesItsOwnStreamAlone) {
  auto log = keyed_log(900, 7);
  const auto before = together(log, with_decisions());
  const auto rows = rows_by_stream(log).at("b");
  const std::size_t turned = rows[rows.size() / 2];
  log.failed[turned] ^= 1U;
  log.label_class[turned] ^= 1U;
  const auto after = together(log, with_decisions());
  for (const auto& [name, cases] : before) {
    if (name != "b") {
      EXPECT_EQ(cases, after.at(name)) << name;
      continue;
    }
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const bool known = i > rows.size() / 2;
      if (!known) {
        EXPECT_EQ(cases[i], after.at(name)[i]) << i;
      }
    }
    EXPECT_NE(cases[rows.size() / 2 + 1], after.at(name)[rows.size() / 2 + 1]);
  }
}

TEST(RunStreams, TotalsAreThoseOfTheStreamsInOneOrderOfTime) {
  const auto log = keyed_log(900, 8);
  ThreadPool pool(2);
  const auto replayed = *run_streams(log, with_decisions(), {}, pool);
  const Replay& replay = replayed.replay;
  ASSERT_EQ(replay.streams.size(), 4U);
  EXPECT_EQ(replay.stream_column, "device");
  std::size_t cases = 0, warm = 0, evaluated = 0;
  std::uint64_t failures = 0, accepted = 0;
  for (const auto& stream : replay.streams) {
    EXPECT_EQ(stream.warm, stream.cases / 10);
    EXPECT_EQ(stream.missing, stream.name == "(missing)");
    cases += stream.cases;
    warm += stream.warm;
    evaluated += stream.evaluated;
    failures += stream.failures;
    accepted += stream.policy.accepted;
  }
  EXPECT_EQ(cases, 900U);
  EXPECT_EQ(warm, replay.warm);
  EXPECT_EQ(evaluated, replay.evaluated);
  EXPECT_EQ(failures, replay.failures);
  EXPECT_EQ(accepted, replay.policy.accepted);
  const auto& rows = named(replayed.decisions, "row").numbers.to_vector();
  EXPECT_TRUE(std::ranges::is_sorted(rows)) << "the log is in the order of time";
  EXPECT_EQ(rows.size(), 900U);
  std::size_t binned = 0;
  for (const auto& bin : replay.bins) binned += bin.cases;
  EXPECT_EQ(binned, evaluated);
  EXPECT_TRUE(std::ranges::is_sorted(replay.bins, {}, &TimeBin::begin));
}

TEST(RunStreams, TheWorstStreamComesFirst) {
  auto log = keyed_log(900, 9);
  const auto rows = rows_by_stream(log).at("c");
  for (const std::size_t row : rows) log.failed[row] = 1;
  ThreadPool pool(2);
  auto options = with_decisions();
  options.judge.policy.cold_start = 0;
  const auto replayed = *run_streams(log, options, {}, pool);
  EXPECT_EQ(replayed.replay.streams.front().name, "c");
}

TEST(RunStreams, IsTheSameOnAnyNumberOfThreads) {
  const auto log = keyed_log(700, 10);
  std::vector<std::vector<Decided>> all;
  std::vector<std::string> snapshots;
  for (const std::size_t threads : {1U, 3U}) {
    ThreadPool pool(threads);
    const auto replayed = *run_streams(log, with_decisions(), {}, pool);
    all.push_back(decided(replayed.decisions));
    std::string bytes;
    for (const auto& stream : replayed.memories.streams) bytes += stream.name + stream.snapshot;
    snapshots.push_back(bytes);
  }
  EXPECT_EQ(all[0], all[1]);
  EXPECT_EQ(snapshots[0], snapshots[1]);
}

TEST(RunStreams, NumbersAreStreamsToo) {
  auto log = keyed_log(600, 11);
  std::vector<double> number;
  for (std::size_t row = 0; row < log.rows; ++row)
    number.push_back(row % 3 == 0 ? 2.5 : row % 3 == 1 ? -0.0 : memory::kUnknown);
  log.columns.push_back(numbers("unit", number));
  log.roles.stream = "unit";
  ThreadPool pool(2);
  const auto replayed = *run_streams(log, with_decisions(), {}, pool);
  std::vector<std::string> names;
  for (const auto& stream : replayed.memories.streams) names.push_back(stream.name);
  EXPECT_EQ(names, (std::vector<std::string>{"0", "2.5", "(missing)"}));
}

TEST(RunStreams, AStreamOfAsManyCasesAsItsWarmUpOnlyWarmsUp) {
  auto log = keyed_log(600, 12);
  auto options = with_decisions();
  options.cases.warm_up.cases = 100;
  ThreadPool pool(2);
  const auto replayed = *run_streams(log, options, {}, pool);
  EXPECT_THAT(replayed.replay.warnings,
              Contains(AllOf(HasSubstr("2 of 4 streams have no case beyond their warm-up"), HasSubstr("cases"))));
  options.cases.warm_up.cases = 5000;
  const auto none = run_streams(log, options, {}, pool);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "no case is left to evaluate: all 600 of 4 streams are train or warm");
}

TEST(RunStreams, TooManyStreamsAreRefusedByNumberAndLimit) {
  const std::size_t cases = kMostStreams + 1;
  auto log = example_log(cases);
  std::vector<double> user(cases);
  for (std::size_t i = 0; i < cases; ++i) user[i] = double(i);
  log.columns.push_back(numbers("user", user));
  log.roles.stream = "user";
  ThreadPool pool(2);
  const auto replayed = run_streams(log, {}, {}, pool);
  ASSERT_FALSE(replayed);
  EXPECT_THAT(replayed.error().message, HasSubstr("stream column user: 10001 streams"));
  EXPECT_THAT(replayed.error().message, HasSubstr("at most 10000 have a memory each"));
}

TEST(RunStreams, MemoriesOfStreamsThatTheLogLacksAreKept) {
  const auto log = keyed_log(600, 13);
  const auto rows = rows_by_stream(log);
  ThreadPool pool(2);
  const auto first = *run_streams(log, with_decisions(), {}, pool);
  std::vector<std::size_t> of_a;
  for (const std::size_t row : rows.at("a")) of_a.push_back(row);
  auto later = taken_rows(log, of_a);
  for (auto& column : later.columns)
    for (auto& at : column.micros) at += 1'000'000'000'000;
  const auto second = *run_streams(later, with_decisions(), first.memories, pool);
  ASSERT_EQ(second.memories.streams.size(), 4U);
  for (std::size_t s = 0; s < 4; ++s) {
    const bool same = first.memories.streams[s].snapshot == second.memories.streams[s].snapshot;
    EXPECT_EQ(same, first.memories.streams[s].name != "a");
  }
  auto other = first.memories;
  other.column = "unit";
  const auto refused = run_streams(later, {}, other, pool);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("memories of the streams of column unit, not of device"));
  const auto earlier = run_streams(log, {}, first.memories, pool);
  ASSERT_FALSE(earlier);
  EXPECT_THAT(earlier.error().message, AllOf(HasSubstr("stream 'a': the log begins at 2023-11-14 22:"),
                                             HasSubstr("end of the memory's stream at 2023-11-14")));
}

TEST(RunStreams, FilesThatAreNotWhatTheySayAreRefused) {
  const TestFolder folder;
  ThreadPool pool(2);
  const auto replayed = *run_streams(keyed_log(600, 14), with_decisions(), {}, pool);
  const std::string place = folder.path("m.snap");
  ASSERT_TRUE(monitor::write_streams(replayed.memories, place));
  EXPECT_THAT(monitor::read_memory(place).error().message,
              HasSubstr("this is the snapshot of the memories of streams (--stream), not of a memory"));
  const std::string bytes = *read_file(place);
  const auto refusal = [&](const std::string& content) {
    const auto read = monitor::read_streams(folder.file("damaged.snap", content));
    return read ? "read" : read.error().message;
  };
  EXPECT_EQ(refusal(bytes), "read");
  EXPECT_THAT(refusal(bytes.substr(0, bytes.size() - 1)), HasSubstr("is truncated"));
  EXPECT_THAT(refusal(bytes + "x"), HasSubstr("1 bytes follow the snapshots"));
  EXPECT_THAT(refusal(bytes.substr(0, 40)), HasSubstr("truncated"));
  auto changed = bytes;
  changed[60] ^= 1;
  EXPECT_THAT(refusal(changed), HasSubstr("its checksum does not fit"));
  EXPECT_THAT(refusal(monitor::memory_snapshot({.judge = *monitor::Judge::create({.numbers = {"f"}}, {})})),
              HasSubstr("this is the snapshot of a memory, not of the memories of streams"));
  auto twice = replayed.memories;
  twice.streams.push_back(twice.streams.front());
  ASSERT_TRUE(monitor::write_streams(twice, place));
  EXPECT_THAT(monitor::read_streams(place).error().message, HasSubstr("it names the stream 'a' twice"));
}

TEST(RunStreams, AFeatureOfLaterTimesIsToldAsWhatMayBeTheOutcomes) {
  ThreadPool pool(1);
  auto log = keyed_log(300, 17);
  log.roles.features.emplace_back("known");
  for (auto& known : log.columns.back().micros) ++known;
  const auto told =
      Contains(AllOf(HasSubstr("column known: its times are all after"), HasSubstr("--outcome-time known")));
  EXPECT_THAT(run_streams(log, {.replicates = 0}, {}, pool)->replay.warnings, told);
  auto one = log;
  one.roles.stream.reset();
  EXPECT_THAT(run(one, {.replicates = 0}, {}, pool)->replay.warnings, told);
  one.columns.back().micros[7] = one.columns[one.columns.size() - 2].micros[7];
  EXPECT_THAT(run(one, {.replicates = 0}, {}, pool)->replay.warnings, ::testing::Not(told));
}

TEST(RunStreams, CorrectabilityIsNotTested) {
  ThreadPool pool(1);
  const auto replayed = run_streams(keyed_log(300, 15), {.correctability = true}, {}, pool);
  ASSERT_FALSE(replayed);
  EXPECT_THAT(replayed.error().message, HasSubstr("correctability and stream"));
}

}  // namespace
}  // namespace errata::replay
