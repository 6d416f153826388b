#include "errata/robustness/robustness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/rng.h"
#include "errata/robustness/test_evidence.h"

namespace errata::robustness {
namespace {

using ::testing::HasSubstr;

Robustness measured(const Evidence& evidence, const Options& options = {}, std::size_t threads = 2) {
  ThreadPool pool(threads);
  auto made = run(evidence, options, pool);
  EXPECT_TRUE(made) << made.error().message;
  return made ? *std::move(made) : Robustness{};
}

const CheckResult& result_of(const Robustness& made, Check check) {
  for (const CheckResult& result : made.results)
    if (result.check == check) return result;
  ADD_FAILURE() << info_of(check).name;
  return made.results.front();
}

Figure figure_of(const Robustness& made, Quantity quantity) {
  for (const CheckResult& result : made.results)
    for (const Figure& figure : result.figures)
      if (figure.quantity == quantity) return figure;
  ADD_FAILURE() << info_of(quantity).name;
  return {};
}

Evidence with_sweep(std::size_t subjects, std::size_t lost) {
  Evidence evidence = no_evidence();
  evidence.sweep = example_sweep(subjects, lost);
  evidence.why(Check::corruption) = evidence.why(Check::calibration) = Unmeasured::none;
  return evidence;
}

TEST(Corruption, RetainedIsAccuracyAtTheMiddleOverCleanAccuracy) {
  // Fog keeps .4, JPEG all: the mean is .7; fog is the worst. Of the six columns one fails in .6 of its cases.
  const Robustness made = measured(with_sweep(200, 6));
  EXPECT_NEAR(figure_of(made, Quantity::retained).value, .7, 1e-12);
  EXPECT_NEAR(figure_of(made, Quantity::worst_retained).value, .4, 1e-12);
  EXPECT_NEAR(figure_of(made, Quantity::mean_error).value, .6 / 6, 1e-7);
  EXPECT_EQ(result_of(made, Check::corruption).verdict(), Verdict::failed);
  ASSERT_EQ(made.sweep.size(), 2U);
  EXPECT_EQ(made.middle, 1U);
  EXPECT_NEAR(made.sweep[0].accuracy[1], .4, 1e-7);
  EXPECT_NEAR(made.sweep[0].accuracy[2], 1, 1e-7);
  EXPECT_NEAR(made.sweep[1].retained, 1, 1e-12);
  EXPECT_EQ(made.sweep[0].cases, 200U);
}

TEST(Corruption, IntervalsHoldTheValueAndAreThoseOfPicturesNotOfCases) {
  const Figure figure = figure_of(measured(with_sweep(200, 6)), Quantity::retained);
  EXPECT_LT(figure.interval.low, .7);
  EXPECT_GT(figure.interval.high, .7);
  // A mean of two columns of which one varies: sd √(.4 · .6 / 200) / 2 = .0173, so the interval is about .068 wide.
  EXPECT_NEAR(figure.interval.high - figure.interval.low, .068, .015);
}

TEST(Corruption, AModelThatLosesNothingPasses) {
  const Robustness made = measured(with_sweep(40, 0));
  EXPECT_EQ(result_of(made, Check::corruption).verdict(), Verdict::passed);
  EXPECT_EQ(figure_of(made, Quantity::retained).interval.low, 1);
}

TEST(Calibration, ErrorIsConfidenceLessAccuracy) {
  // Clean: .9 sure, always right. Middle: .9 sure, right in (.4 + 1) / 2 = .7.
  const Robustness made = measured(with_sweep(200, 6));
  EXPECT_NEAR(figure_of(made, Quantity::clean_ece).value, .1, 1e-6);
  EXPECT_NEAR(figure_of(made, Quantity::ece).value, .2, 1e-6);
  EXPECT_NEAR(figure_of(made, Quantity::overconfidence).value, .2, 1e-6);
  EXPECT_EQ(result_of(made, Check::calibration).verdict(), Verdict::failed);
  ASSERT_EQ(made.calibration.size(), 4U);
  EXPECT_EQ(made.calibration[0].level, "clean");
  EXPECT_EQ(made.calibration[2].cases, 400U);
  EXPECT_NEAR(made.calibration[2].accuracy, .7, 1e-12);
}

TEST(Calibration, ALogWithoutSeveritiesIsMeasuredAsAWhole) {
  // Ten cases, all .8 sure, six of them right; one more without a score.
  Evidence evidence = no_evidence();
  evidence.why(Check::calibration) = Unmeasured::none;
  table::PredictionLog log{.rows = 11};
  log.failed = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1};
  log.confidence.assign(10, .8);
  log.confidence.push_back(std::nan(""));
  evidence.log = std::move(log);
  const Robustness made = measured(evidence, {.checks = {Check::calibration}});
  const Figure ece = figure_of(made, Quantity::ece);
  EXPECT_NEAR(ece.value, .2, 1e-6);
  EXPECT_EQ(ece.limit, Gates{}.max_ece);
  EXPECT_EQ(ece.cases, 10U);
  EXPECT_NEAR(figure_of(made, Quantity::overconfidence).value, .2, 1e-6);
  EXPECT_EQ(result_of(made, Check::calibration).verdict(), Verdict::failed);
  ASSERT_EQ(made.calibration.size(), 1U);
  EXPECT_EQ(made.calibration[0].level, "all cases");
  EXPECT_TRUE(made.levels.empty());
}

TEST(Rejection, TheBestScoreIsChosenOnOneHalfAndMeasuredOnTheOther) {
  Evidence evidence = no_evidence();
  evidence.why(Check::rejection) = Unmeasured::none;
  Foreign foreign{.sets = {"letters"}, .scores = {"useless", "good"}, .set_of = {}, .risks = {{}, {}}};
  for (std::uint32_t i = 0; i < 400; ++i) {
    const bool own = i / 2 % 2 == 0;
    foreign.set_of.push_back(own ? kClean : 0);
    foreign.risks[0].push_back(0.5);
    // On the odd half every tenth foreign picture looks like an own one.
    foreign.risks[1].push_back(own || (i % 2 == 1 && i / 4 % 10 == 0) ? 0 : 1);
  }
  evidence.foreign = foreign;
  const Robustness made = measured(evidence);
  EXPECT_EQ(made.rejecting_score, "good");
  EXPECT_NEAR(figure_of(made, Quantity::fpr95).value, .1, 1e-12);
  EXPECT_NEAR(figure_of(made, Quantity::auroc).value, .95, 1e-12);  // a tenth is tied
  // Ten of a hundred: at least as wide as Clopper and Pearson's [.0490, .1762].
  EXPECT_LE(figure_of(made, Quantity::fpr95).interval.low, .0491);
  EXPECT_GE(figure_of(made, Quantity::fpr95).interval.high, .1762);
  ASSERT_EQ(made.foreign.size(), 1U);
  EXPECT_EQ(made.foreign[0].pictures, 100U);
  EXPECT_EQ(result_of(made, Check::rejection).verdict(), Verdict::passed);
}

Sequences example_sequences() {
  Sequences sequences{.perturbations = {"rotate", "scale"}, .frames = {}};
  const std::vector<std::vector<std::uint32_t>> answers{{0, 0, 1, 0, 0}, {2, 2, 2, 2, 2}};
  for (std::uint32_t sequence = 0; sequence < 8; ++sequence)
    for (const std::uint32_t answer : answers[sequence % 2])
      sequences.frames.push_back({.sequence = sequence,
                                  .perturbation = sequence % 2,
                                  .subject = sequence / 2,
                                  .label = 0,
                                  .predicted = answer});
  return sequences;
}

TEST(Stability, CountsChangesOfTheAnswerBetweenNeighbours) {
  Evidence evidence = no_evidence();
  evidence.why(Check::stability) = Unmeasured::none;
  evidence.sequences = example_sequences();
  const Robustness made = measured(evidence);
  ASSERT_EQ(made.flips.size(), 2U);
  EXPECT_EQ(made.flips[0].sequences, 4U);
  EXPECT_EQ(made.flips[0].pairs, 16U);
  EXPECT_EQ(made.flips[0].flips, 8U);
  EXPECT_EQ(made.flips[1].flips, 0U);
  EXPECT_DOUBLE_EQ(figure_of(made, Quantity::flip_rate).value, .25);
  EXPECT_DOUBLE_EQ(figure_of(made, Quantity::worst_flip_rate).value, .5);
  EXPECT_EQ(result_of(made, Check::stability).verdict(), Verdict::failed);
}

TEST(Stability, APairWhoseLabelsDifferTellsNothing) {
  Evidence evidence = no_evidence();
  evidence.why(Check::stability) = Unmeasured::none;
  Sequences sequences{.perturbations = {"streams"}, .frames = {}};
  for (const std::uint32_t label : {0U, 1U, 1U, 2U})
    sequences.frames.push_back({.sequence = 0, .label = label, .predicted = label});
  evidence.sequences = sequences;
  EXPECT_EQ(measured(evidence).flips.at(0).pairs, 1U);
  evidence.sequences->frames.resize(2);
  const Robustness none = measured(evidence);
  EXPECT_EQ(result_of(none, Check::stability).why, Unmeasured::no_pairs);
  EXPECT_FALSE(none.passed());
}

/// A log in which `raised` of each hundred cases of group b fail and five of each hundred of group a, in turn.
table::PredictionLog log_of(std::size_t rows, std::size_t raised) {
  table::PredictionLog log{.rows = rows};
  table::Column group{.name = "group", .kind = table::ColumnKind::categorical, .categories = {"a", "b"}};
  Rng rng(1);
  for (std::size_t i = 0; i < rows; ++i) {
    const bool b = i % 5 == 0;
    group.codes.push_back(b ? 1 : 0);
    log.failed.push_back(rng.below(100) < (b ? raised : 5) ? 1 : 0);
  }
  log.columns.push_back(std::move(group));
  log.roles.features = {"group"};
  return log;
}

TEST(Slices, TheGapIsThatOfTheWorstConfirmedSliceOnHeldOutCases) {
  Evidence evidence = no_evidence();
  evidence.why(Check::slices) = Unmeasured::none;
  evidence.log = log_of(4000, 40);
  const Robustness made = measured(evidence);
  ASSERT_EQ(made.gaps.size(), 1U);
  EXPECT_EQ(made.gaps[0].sql, "\"group\" = 'b'");
  EXPECT_NEAR(static_cast<double>(made.gaps[0].slice.trials + made.gaps[0].rest.trials), 2000, 1);  // halves by failure
  const Figure gap = figure_of(made, Quantity::slice_gap);
  EXPECT_NEAR(gap.value, .35, .06);
  EXPECT_LT(gap.interval.low, gap.value);
  EXPECT_GT(gap.interval.high, gap.value);
  EXPECT_EQ(result_of(made, Check::slices).verdict(), Verdict::failed);
  EXPECT_EQ(made.cases, 4000U);
}

TEST(Slices, WithoutAConfirmedSliceThereIsNoGap) {
  Evidence evidence = no_evidence();
  evidence.why(Check::slices) = Unmeasured::none;
  evidence.log = log_of(2000, 5);
  const Robustness made = measured(evidence);
  EXPECT_TRUE(made.gaps.empty());
  EXPECT_EQ(figure_of(made, Quantity::slice_gap).value, 0);
  EXPECT_TRUE(made.passed());
}

TEST(Retention, CountsWhatOneModelGetsWrongAndTheOtherRight) {
  Evidence evidence = no_evidence();
  evidence.why(Check::retention) = Unmeasured::none;
  Paired paired;
  for (int i = 0; i < 10; ++i) {
    paired.failed.push_back(i < 2 ? 1 : 0);                   // 0, 1
    paired.failed_before.push_back(i >= 1 && i < 5 ? 1 : 0);  // 1 … 4
  }
  evidence.paired = paired;
  const Robustness made = measured(evidence);
  ASSERT_TRUE(made.retention);
  EXPECT_EQ(made.retention->both, 1U);
  EXPECT_EQ(made.retention->only_first, 3U);
  EXPECT_EQ(made.retention->only_second, 1U);
  EXPECT_EQ(made.retention->neither, 5U);
  const Figure negative = figure_of(made, Quantity::negative_flips);
  EXPECT_DOUBLE_EQ(negative.value, .1);
  EXPECT_DOUBLE_EQ(figure_of(made, Quantity::positive_flips).value, .3);
  // Clopper and Pearson: P(X >= 1) = 1 − (1 − p)¹⁰ = .025.
  EXPECT_NEAR(negative.interval.low, 1 - std::pow(.975, .1), 1e-9);
  EXPECT_EQ(result_of(made, Check::retention).verdict(), Verdict::failed);
}

TEST(Robustness, WhatIsNotMeasuredIsNoPass) {
  const Robustness nothing = measured(no_evidence());
  EXPECT_EQ(nothing.results.size(), kChecks);
  EXPECT_FALSE(nothing.passed());
  const Robustness some = measured(with_sweep(40, 0), {.gates = {.max_ece = .2}});
  EXPECT_TRUE(some.passed()) << "what nobody asked for by name may be missing";
  EXPECT_EQ(result_of(some, Check::retention).verdict(), Verdict::not_measured);
  const Robustness named =
      measured(with_sweep(40, 0), {.checks = {Check::corruption, Check::retention}, .gates = {.max_ece = .2}});
  EXPECT_EQ(named.results.size(), 2U);
  EXPECT_FALSE(named.passed());
}

TEST(Robustness, AGateIsHeldAgainstTheValueAndItsEndsPass) {
  Figure figure{.quantity = Quantity::ece, .value = .1, .limit = .1};
  EXPECT_TRUE(figure.passes());
  figure.value = .1000001;
  EXPECT_FALSE(figure.passes());
  figure.value = kNaN;
  EXPECT_FALSE(figure.passes());
  figure = {.quantity = Quantity::auroc, .value = .9, .limit = .9};
  EXPECT_TRUE(figure.passes());
  figure.limit.reset();
  figure.value = kNaN;
  EXPECT_TRUE(figure.passes());
}

TEST(Robustness, GatesOutOfRangeAreRefusedByName) {
  ThreadPool pool(1);
  for (const double wrong : {-.1, 1.1, kNaN}) {
    const auto made = run(no_evidence(), {.gates = {.max_flip_rate = wrong}}, pool);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(made.error().message, HasSubstr("max-flip-rate"));
  }
  EXPECT_FALSE(run(no_evidence(), {.replicates = 0}, pool));
}

TEST(Robustness, IsTheSameOnAnyNumberOfThreads) {
  Evidence evidence = with_sweep(100, 3);
  evidence.sequences = example_sequences();
  evidence.why(Check::stability) = Unmeasured::none;
  const Robustness one = measured(evidence, {}, 1), three = measured(evidence, {}, 3);
  for (std::size_t r = 0; r < one.results.size(); ++r) {
    ASSERT_EQ(one.results[r].figures.size(), three.results[r].figures.size());
    for (std::size_t f = 0; f < one.results[r].figures.size(); ++f) {
      const Figure &a = one.results[r].figures[f], &b = three.results[r].figures[f];
      EXPECT_EQ(a.value, b.value);
      EXPECT_EQ(a.interval.low, b.interval.low);
      EXPECT_EQ(a.interval.high, b.interval.high);
    }
  }
}

TEST(Robustness, ChecksAreFoundByName) {
  for (const CheckInfo& info : checks()) EXPECT_EQ(check_named(info.name).value(), info.check);
  const auto wrong = check_named("speed");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("retention"));
}

}  // namespace
}  // namespace errata::robustness
