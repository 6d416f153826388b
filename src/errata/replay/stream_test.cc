// What a case may know: outcomes that had arrived, and no others. The outcome of one case is turned around; the risks
// of all cases up to its arrival must stay the same bit for bit, and change with the next one.
#include "errata/replay/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "errata/replay/test_log.h"

namespace errata::replay {
namespace {

constexpr std::size_t kStreamCases = 1200, kStreamWarm = 300;

monitor::Judge judge_for(const CaseStream& cases, memory::MemoryOptions options = {}) {
  options.warm_up = options.max_warm_up;
  return *monitor::Judge::create(cases.schema(), {.memory = options, .policy = {.coverage = .8}});
}

std::vector<double> risks(const table::PredictionLog& log, const CaseOptions& options, const Delay& delay) {
  const auto cases = *CaseStream::make(log, options);
  auto judge = judge_for(cases);
  return stream_cases(cases, judge, {.delay = delay})->risk;
}

/// The first place at which two runs differ, or their length.
std::size_t first_difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::size_t place = 0;
  while (place < a.size() && a[place] == b[place]) ++place;
  return place;
}

void turn_around(table::PredictionLog& log, std::size_t row) {
  log.failed[row] ^= 1U;
  log.label_class[row] ^= 1U;
}

std::size_t seen_from(table::PredictionLog log, const CaseOptions& options, const Delay& delay, std::size_t row) {
  const auto before = risks(log, options, delay);
  turn_around(log, row);
  return first_difference(before, risks(log, options, delay));
}

CaseOptions warm() { return {.warm_up = {.cases = kStreamWarm}}; }

TEST(Stream, AnOutcomeIsKnownToTheNextCaseWithoutDelay) {
  EXPECT_EQ(seen_from(example_log(kStreamCases), warm(), {}, 700), 701);
}

TEST(Stream, ADelayInStepsIsKnownAfterSoManyCasesMore) {
  EXPECT_EQ(seen_from(example_log(kStreamCases), warm(), {.steps = 1}, 700), 702);
  EXPECT_EQ(seen_from(example_log(kStreamCases), warm(), {.steps = 100}, 700), 801);
}

table::PredictionLog log_with_seconds(std::vector<std::int64_t>& at) {
  auto log = example_log(kStreamCases);
  at.clear();
  for (std::size_t i = 0; i < kStreamCases; ++i) at.push_back(static_cast<std::int64_t>(i / 2) * 1'000'000);
  log.columns.push_back(times("at", at));
  log.roles.time = "at";
  return log;
}

TEST(Stream, ADelayInTimeGoesByTheClock) {
  std::vector<std::int64_t> at;
  const auto log = log_with_seconds(at);  // two cases a second: row 700 is at 350 s
  EXPECT_EQ(seen_from(log, warm(), {.micros = 10'000'000}, 700), 720);
  EXPECT_EQ(seen_from(log, warm(), {.micros = 10'000'001}, 700), 722);
}

TEST(Stream, AColumnSaysWhenEachOutcomeArrives) {
  std::vector<std::int64_t> at;
  auto log = log_with_seconds(at);
  auto known = at;
  known[700] += 100'000'000;         // long after those behind it
  known[701] = table::kMissingTime;  // never
  log.columns.push_back(times("known", known));
  auto options = warm();
  options.outcome_time = "known";
  EXPECT_EQ(seen_from(log, options, {.column = "known"}, 700), 900);
  EXPECT_EQ(seen_from(log, options, {.column = "known"}, 701), kStreamCases);
}

/// Outcomes .15 units after their cases, which come five in four tenths of a unit: fractions decide what is known.
table::PredictionLog log_with_bursts(double unit, double origin) {
  auto log = example_log(kStreamCases);
  std::vector<double> at, known;
  for (std::size_t i = 0; i < kStreamCases; ++i) {
    const std::size_t burst = i / 5;
    at.push_back(origin + unit * (static_cast<double>(burst) + .1 * static_cast<double>(i % 5)));
    known.push_back(at.back() + .15 * unit);
  }
  log.columns.push_back(numbers("at", at));
  log.columns.push_back(numbers("known", known));
  log.roles.time = "at";
  return log;
}

TEST(Stream, FractionsOfTheUnitOfTimeCount) {
  auto options = warm();
  options.outcome_time = "known";
  // Coarse or fine, near 0 or at the seconds of our days: row 700 is the first of its burst.
  for (const auto& [unit, origin] :
       {std::pair(1.0, 0.0), std::pair(100.0, 0.0), std::pair(7.3, 0.0), std::pair(1.0, 1.7e9), std::pair(.25, 0.0)}) {
    const auto log = log_with_bursts(unit, origin);
    EXPECT_EQ(seen_from(log, options, {.column = "known"}, 700), 702) << unit << " " << origin;
    EXPECT_EQ(seen_from(log, options, {.column = "known"}, 704), 705) << unit << " " << origin;
  }
}

/// Runs a log in two parts, the second of which goes on from the first, and gives the risks of both.
std::vector<double> in_two_parts(const table::PredictionLog& log, std::size_t cut, const Delay& delay) {
  const auto part = [&](std::size_t from, std::size_t to) {
    std::vector<std::size_t> rows(to - from);
    std::iota(rows.begin(), rows.end(), from);
    return taken_rows(log, rows);
  };
  const auto early = part(0, cut), late = part(cut, log.rows);
  const auto first = *CaseStream::make(early, warm());
  auto judge = judge_for(first);
  auto streamed = *stream_cases(first, judge, {.delay = delay});
  auto second = *CaseStream::make(late, {.warm_up = {.cases = 0}});
  EXPECT_TRUE(second.take_schema(judge.memory().schema()));
  const auto end = first.time(first.size() - 1);
  EXPECT_TRUE(second.follow(end));
  const auto rest = *stream_cases(second, judge, {.delay = delay, .waiting = streamed.waiting, .follows = end});
  streamed.risk.insert(streamed.risk.end(), rest.risk.begin(), rest.risk.end());
  return streamed.risk;
}

TEST(Stream, ALogInTwoPartsIsTheSameToTheBit) {
  std::vector<std::int64_t> at;
  const auto timed = log_with_seconds(at);
  const auto untimed = example_log(kStreamCases);
  for (const std::size_t cut : {400U, 900U}) {
    for (const std::uint64_t steps : {0U, 1U, 200U})
      EXPECT_EQ(in_two_parts(untimed, cut, {.steps = steps}), risks(untimed, warm(), {.steps = steps})) << cut << steps;
    EXPECT_EQ(in_two_parts(timed, cut, {.micros = 30'000'000}), risks(timed, warm(), {.micros = 30'000'000})) << cut;
  }
}

/// As a live monitor would be called: the risk and the reason of every case after the warm-up.
std::pair<std::vector<double>, std::vector<std::string>> called_one_by_one(const CaseStream& cases,
                                                                           monitor::Judge& judge, std::size_t delay) {
  std::pair<std::vector<double>, std::vector<std::string>> found;
  std::vector<monitor::Judged> judged;
  CaseScratch scratch;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (i == kStreamWarm) {
      EXPECT_TRUE(judge.finish_warm_up());
      judge.settle();
    }
    if (i > delay) {
      const std::size_t due = i - delay - 1;
      EXPECT_TRUE(judge.learn(judged[due], cases.outcome(due), static_cast<std::int64_t>(due + delay)));
    }
    const auto judgement = *judge.decide(cases.view(i, scratch));
    judged.push_back(judgement.judged);
    if (i < kStreamWarm) continue;
    found.first.push_back(judgement.assessed.risk);
    found.second.push_back(judge.reason(judgement, cases.view(i, scratch).confidence));
  }
  return found;
}

TEST(Stream, FirstHalvesTakenAheadGiveTheBitsOfWholeCalls) {
  const auto log = example_log(2500);
  const auto cases = *CaseStream::make(log, warm());
  for (const std::size_t delay : {0U, 1U, 300U, 3000U}) {
    auto plain = judge_for(cases), ahead = judge_for(cases);
    const auto streamed = *stream_cases(cases, ahead, {.delay = {.steps = delay}, .reasons = true});
    const auto [risk, reasons] = called_one_by_one(cases, plain, delay);
    ASSERT_EQ(streamed.risk.size(), kStreamWarm + risk.size());
    for (std::size_t i = 0; i < risk.size(); ++i) {
      ASSERT_EQ(streamed.risk[kStreamWarm + i], risk[i]) << delay << " " << i;
      ASSERT_EQ(streamed.reasons[static_cast<std::size_t>(streamed.reason[kStreamWarm + i])], reasons[i]);
    }
  }
}

TEST(Stream, IsTheSameOnAnyNumberOfThreads) {
  std::vector<std::int64_t> at;
  auto log = log_with_seconds(at);
  for (const std::size_t pending : {100'000U, 3072U, 3071U, 40U})
    for (const Delay& delay : {Delay{}, Delay{.steps = 700}, Delay{.micros = 30'000'000}}) {
      const auto cases = *CaseStream::make(log, warm());
      const auto streamed = [&](const ThreadPool* pool, std::string& memory) {
        auto judge = judge_for(cases, {.max_pending = pending});
        auto done = *stream_cases(cases, judge, {.delay = delay, .bins = 7, .reasons = true, .pool = pool});
        ByteWriter out;
        judge.save(out);
        memory = out.bytes();
        return done;
      };
      std::string memory, memory_of_two;
      const ThreadPool pool(2);
      const auto one = streamed(nullptr, memory), two = streamed(&pool, memory_of_two);
      EXPECT_EQ(memory, memory_of_two);
      EXPECT_EQ(one.risk, two.risk);
      EXPECT_EQ(one.decision, two.decision);
      EXPECT_EQ(one.reason, two.reason);
      EXPECT_EQ(one.reasons, two.reasons);
      EXPECT_EQ(one.learned, two.learned);
      EXPECT_EQ(one.given_up, two.given_up);
      ASSERT_EQ(one.bins.size(), 7U);
      ASSERT_EQ(two.bins.size(), 7U);
      for (std::size_t b = 0; b < one.bins.size(); ++b) {
        EXPECT_EQ(one.bins[b].expert_weights, two.bins[b].expert_weights);
        ASSERT_EQ(one.bins[b].activities.size(), two.bins[b].activities.size());
        for (std::size_t m = 0; m < one.bins[b].activities.size(); ++m)
          EXPECT_EQ(one.bins[b].activities[m].activity, two.bins[b].activities[m].activity);
      }
    }
}

TEST(Stream, OutcomesOfTrainingComeAsLateAsAny) {
  auto log = example_log(kStreamCases);
  std::vector<std::int32_t> part(kStreamCases, 0);
  std::fill_n(part.begin(), kStreamWarm, 1);
  log.columns.push_back(words("split", {"eval", "train"}, part));
  const auto before = risks(log, {.split = "split"}, {.steps = 50});
  ASSERT_EQ(before.size(), kStreamCases - kStreamWarm);
  turn_around(log, kStreamWarm - 1);
  EXPECT_EQ(first_difference(before, risks(log, {.split = "split"}, {.steps = 50})), 50);
}

TEST(Stream, OneCaseOfTrainingIsTooFewForTheMemoryWhichWarmsUpToo) {
  auto log = example_log(kStreamCases);
  std::vector<std::int32_t> part(kStreamCases, 0);
  std::fill_n(part.begin(), kStreamWarm, 2);
  part[0] = 1;
  log.columns.push_back(words("split", {"eval", "train", "warm"}, part));
  const auto cases = *CaseStream::make(log, {.split = "split"});
  auto judge = judge_for(cases);
  ASSERT_TRUE(stream_cases(cases, judge, {}));
  EXPECT_FALSE(judge.memory().warming_up());
}

TEST(Stream, ADelayLongerThanTheLogTeachesNothing) {
  const auto log = example_log(kStreamCases);
  const auto cases = *CaseStream::make(log, warm());
  auto judge = judge_for(cases);
  const auto streamed = *stream_cases(cases, judge, {.delay = {.steps = kStreamCases}});
  EXPECT_EQ(streamed.learned, 0);
  EXPECT_EQ(streamed.risk.size(), kStreamCases);
}

TEST(Stream, CasesWithoutOutcomeAreDecidedAndNeverLearned) {
  auto log = example_log(kStreamCases);
  log.judged.assign(kStreamCases, 1);
  for (std::size_t i = 500; i < 600; ++i) log.judged[i] = 0;
  const auto cases = *CaseStream::make(log, warm());
  auto judge = judge_for(cases);
  const auto streamed = *stream_cases(cases, judge, {});
  EXPECT_EQ(streamed.risk.size(), kStreamCases);
  EXPECT_EQ(streamed.learned, kStreamCases - 100 - 1);  // the last one arrives after the end
  EXPECT_EQ(seen_from(log, warm(), {}, 550), kStreamCases);
}

TEST(Stream, AnOutcomeOfACaseThatWasGivenUpIsCountedAndNotLearned) {
  const auto log = example_log(kStreamCases);
  const auto cases = *CaseStream::make(log, warm());
  auto judge = judge_for(cases, {.max_pending = 50});
  const auto streamed = stream_cases(cases, judge, {.delay = {.steps = 60}});
  ASSERT_TRUE(streamed) << streamed.error().message;
  EXPECT_EQ(streamed->learned, 0);
  EXPECT_EQ(streamed->given_up, kStreamCases - 61);
  auto patient = judge_for(cases, {.max_pending = 61});
  const auto learned = stream_cases(cases, patient, {.delay = {.steps = 60}});
  ASSERT_TRUE(learned) << learned.error().message;
  EXPECT_EQ(learned->learned, kStreamCases - 61);
}

TEST(Stream, KeepsTheStateAtTheEndOfEachBin) {
  const auto log = example_log(kStreamCases);
  const auto cases = *CaseStream::make(log, warm());
  auto judge = judge_for(cases);
  const auto streamed = *stream_cases(cases, judge, {.bins = 7, .reasons = true});
  EXPECT_EQ(streamed.bins.size(), 7);
  EXPECT_EQ(streamed.reason.size(), kStreamCases);
  EXPECT_EQ(streamed.reasons[static_cast<std::size_t>(streamed.reason[0])],
            "the memory is warming up: risk is 1 − confidence");
}

}  // namespace
}  // namespace errata::replay
