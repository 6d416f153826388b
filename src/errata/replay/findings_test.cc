// Modes and regimes as people read them, against small results by hand.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "errata/replay/summary.h"
#include "errata/replay/test_results.h"

namespace errata::replay {
namespace {

using memory::RegimeChange;
using memory::RegimeEvent;
using test::HandMade;
using test::Inputs;
using testing::ElementsAre;

std::vector<Regime> regimes_after(std::vector<RegimeEvent> events) {
  HandMade made;
  made.streamed.events = std::move(events);
  const Inputs inputs(std::move(made));
  return regimes_of(inputs.input());
}

TEST(Findings, ARegimeHoldsTheCasesFromItsOnsetToItsEnd) {
  const auto regimes = regimes_after(
      {{.regime = 3, .onset = 3, .time = 4, .known = 5, .log_evidence = 11, .rate_before = .1, .rate = .5},
       {.change = RegimeChange::changed, .regime = 3, .onset = 5, .time = 6},
       {.change = RegimeChange::ended, .regime = 3, .onset = 7, .time = 9}});
  ASSERT_EQ(regimes.size(), 1);
  const Regime& regime = regimes.front();
  EXPECT_EQ(regime.mode, memory::kNoMode);
  EXPECT_EQ(regime.onset, 3);
  EXPECT_EQ(regime.began, 4);
  EXPECT_EQ(regime.known, 5);
  EXPECT_EQ(regime.rate_before, .1);
  EXPECT_EQ(regime.rate, .5);
  EXPECT_EQ(regime.log_evidence, 11);
  EXPECT_EQ(regime.ended, 7);
  ASSERT_EQ(regime.changes.size(), 1);
  EXPECT_EQ(regime.changes[0].onset, 5);
  EXPECT_EQ(regime.cases, 4);     // 3, 4, 5, 6
  EXPECT_EQ(regime.failures, 1);  // 5
}

TEST(Findings, ARegimeOfAModeCountsCasesNearItThatHaveAnOutcome) {
  const auto regimes = regimes_after({{.mode = 4, .regime = 0, .onset = 1, .time = 3}});
  ASSERT_EQ(regimes.size(), 1);
  EXPECT_EQ(regimes[0].mode, 4);
  EXPECT_EQ(regimes[0].ended, std::nullopt);
  EXPECT_EQ(regimes[0].cases, 3);     // 2, 4, 5: 1 is of the warm-up, 9 has no outcome
  EXPECT_EQ(regimes[0].failures, 2);  // 2, 5
}

TEST(Findings, RegimesOutsideTheEvaluatedCasesAreLeftOut) {
  const auto regimes = regimes_after({{.regime = 0, .onset = 0, .time = 0},
                                      {.change = RegimeChange::ended, .regime = 0, .onset = 1, .time = 2},
                                      {.change = RegimeChange::ended, .regime = 77, .onset = 4, .time = 5},
                                      {.regime = 1, .onset = 1, .time = 2},
                                      {.change = RegimeChange::usual, .regime = 1, .onset = 6, .time = 6},
                                      {.regime = 2, .onset = 8, .time = 8}});
  ASSERT_EQ(regimes.size(), 2);
  EXPECT_EQ(regimes[0].onset, 1);
  EXPECT_EQ(regimes[0].ended, 6);  // its level became the usual
  EXPECT_EQ(regimes[0].cases, 4);
  EXPECT_EQ(regimes[1].onset, 8);
  EXPECT_EQ(regimes[1].ended, std::nullopt);
}

TEST(Findings, ARuleSetsTheCasesNearAModeApart) {
  constexpr std::size_t kCases = 2000;
  HandMade made;
  made.log = example_log(kCases);
  made.streamed.mode.clear();
  for (const double f : made.log.find("f0")->numbers) made.streamed.mode.push_back(f > 1 ? 4 : memory::kNoMode);
  const auto cases = *CaseStream::make(made.log, {.warm_up = {.cases = 2}});
  const auto judge = *monitor::Judge::create(cases.schema(), {.policy = {.coverage = .5}});
  std::vector<ModeResult> modes{{.mode = {.id = 4}}, {.mode = {.id = 5}}, {.mode = {.id = 4}, .retired = true}};
  ThreadPool pool(1);
  ASSERT_TRUE(find_rules({.log = made.log, .cases = cases, .streamed = made.streamed, .judge = judge}, modes, pool));
  ASSERT_EQ(modes[0].rule.size(), 1);
  EXPECT_EQ(modes[0].rule[0].feature, "f0");
  EXPECT_TRUE(modes[1].rule.empty());  // no case is near it
  EXPECT_TRUE(modes[2].rule.empty());  // it is no more
}

/// A judge that learned of 40 cases: 10 confident failures at f = 10 (cases 0, 4, 8, …), 10 at f = −20 (2, 6, …), and
/// 20 successes at f = 0. Confidence is .9.
struct Taught {
  explicit Taught(memory::MemoryOptions options = {}) {
    options.warm_up = options.max_warm_up;
    log.rows = 40;
    for (std::size_t i = 0; i < 40; ++i) {
      f.push_back(i % 4 == 0 ? 10 : i % 4 == 2 ? -20 : 0);
      log.failed.push_back(i % 2 == 0 ? 1 : 0);
    }
    log.columns = {numbers("f", f)};
    log.roles.features = {"f"};
    judge.emplace(*monitor::Judge::create({.numbers = {"f"}}, {.memory = options, .policy = {.coverage = .5}}));
    for (std::size_t i = 0; i < 40; ++i) learn(static_cast<std::int64_t>(i), f[i], log.failed[i] != 0);
    EXPECT_TRUE(judge->finish_warm_up());
  }
  void learn(std::int64_t time, double value, bool failed) {
    const std::array<double, 1> values{value};
    const auto judgement = judge->decide({.time = time, .numbers = values, .confidence = .9});
    ASSERT_TRUE(judgement) << judgement.error().message;
    streamed.tickets.push_back(judgement->assessed.ticket);
    ASSERT_TRUE(judge->learn(judgement->judged, {.failed = failed}, time));
  }
  [[nodiscard]] std::vector<ModeResult> modes() const {
    const auto cases = *CaseStream::make(log, {.warm_up = {.cases = 2}});
    return describe_modes({.log = log, .cases = cases, .streamed = streamed, .judge = *judge});
  }

  std::vector<double> f;
  table::PredictionLog log{.files = {"by hand"}};
  StreamedCases streamed;
  std::optional<monitor::Judge> judge;
};

TEST(Findings, ModesAreToldByWhatSetsThemApart) {
  const Taught taught;
  const auto modes = taught.modes();
  ASSERT_EQ(modes.size(), 2);
  // Overall mean −2.5; mean square 125, so the variance is 118.75.
  const double sd = std::sqrt(118.75);
  const bool first_is_high = modes[0].words.starts_with("f high");
  const auto &high = modes[first_is_high ? 0 : 1], &low = modes[first_is_high ? 1 : 0];
  EXPECT_EQ(high.words, fmt::format("f high (+{:.1f} sd); confidence 0.90", 12.5 / sd));
  EXPECT_EQ(low.words, fmt::format("f low (−{:.1f} sd); confidence 0.90", 17.5 / sd));
  EXPECT_EQ(high.mode.failures, 10);
  EXPECT_THAT(high.example_rows, ElementsAre(8, 12, 16, 20, 24, 28, 32, 36));  // the latest eight
  EXPECT_THAT(low.example_rows, ElementsAre(10, 14, 18, 22, 26, 30, 34, 38));
  // Two centres lie on a line: on opposite sides of their mean, the same distance from it.
  EXPECT_GT(std::abs(high.position[0]), 0);
  EXPECT_NEAR(high.position[0], -low.position[0], 1e-6);
}

TEST(Findings, ExamplesOfAnEarlierLogHaveNoRow) {
  Taught taught;
  taught.streamed.tickets.erase(taught.streamed.tickets.begin(), taught.streamed.tickets.begin() + 36);
  for (const auto& mode : taught.modes()) EXPECT_EQ(mode.example_rows.size(), 1);  // case 36 or 38: now row 0 or 2
}

TEST(Findings, AModeThatFadedIsKeptWithWhatWasSeenOfIt) {
  Taught taught({.half_life = 1});
  // Long after, one of the two fades with the first outcome that is far from it, the other with the next.
  taught.learn(10'000, 0, false);
  taught.learn(10'001, 0, false);
  const auto modes = taught.modes();
  ASSERT_EQ(modes.size(), 2);
  for (const auto& mode : modes) {
    EXPECT_TRUE(mode.retired);
    EXPECT_EQ(mode.words, "it faded");
    EXPECT_EQ(mode.mode.failures, 10);
    EXPECT_DOUBLE_EQ(mode.mode.rate,
                     static_cast<double>(mode.mode.near.failures) / static_cast<double>(mode.mode.near.trials));
    EXPECT_TRUE(std::isnan(mode.mode.confidence));
    EXPECT_TRUE(mode.example_rows.empty());
  }
}

}  // namespace
}  // namespace errata::replay
