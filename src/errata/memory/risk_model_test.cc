#include "errata/memory/risk_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "errata/base/rng.h"
#include "errata/memory/test_bytes.h"
#include "errata/stats/logistic.h"
#include "errata/stats/risk_coverage.h"

namespace errata::memory {
namespace {

struct Drawn {
  std::vector<float> x{};
  std::uint32_t predicted = 0;
  double confidence = 0;
  bool failed = false;
};

using Stream = std::vector<Drawn>;
using test::bytes_of;
using test::loaded;

/// Cases with three features, of which `failure_rate` tells how often one fails; confidence says a little of it.
template <typename Rate>
Stream draw(std::size_t cases, std::uint64_t seed, Rate failure_rate) {
  Rng rng(seed);
  Stream stream(cases);
  for (std::size_t i = 0; i < cases; ++i) {
    Drawn& one = stream[i];
    for (int d = 0; d < 3; ++d) one.x.push_back(static_cast<float>(rng.normal()));
    one.predicted = rng.bernoulli(0.5) ? 1 : 0;
    one.failed = rng.bernoulli(failure_rate(i, one.x));
    one.confidence = std::clamp(0.75 + 0.1 * rng.normal() - (one.failed ? 0.03 : 0), 0.5, 1.0);
  }
  return stream;
}

double in_a_region(std::size_t, const std::vector<float>& x) { return x[0] > 0.7F && x[1] < 0.5F ? 0.8 : 0.05; }
double in_a_regime(std::size_t i, const std::vector<float>&) { return i / 400 % 4 == 3 ? 0.8 : 0.05; }
/// Regimes of 1,000 cases in which another third of the cases fails.
double in_a_cycle(std::size_t i, const std::vector<float>& x) {
  const int third = x[0] < -0.43F ? 0 : x[0] < 0.43F ? 1 : 2;
  return third == static_cast<int>(i / 1000 % 3) ? 0.5 : x[1] > 1 ? 0.6 : 0.1;
}

RiskModel fitted(const Stream& stream, const std::vector<std::string>& left_out) {
  constexpr std::size_t kWarm = 300;
  std::vector<float> z;
  std::vector<std::uint32_t> predicted;
  for (std::size_t i = 0; i < kWarm; ++i) {
    z.insert(z.end(), stream[i].x.begin(), stream[i].x.end());
    predicted.push_back(stream[i].predicted);
  }
  auto model = RiskModel::fit({.features = 3, .width = 3, .classes = 2, .window = 1000},
                              MatrixView<const float>(z, kWarm, 3), predicted, 0.2, *experts_without(left_out));
  EXPECT_TRUE(model.has_value());
  return std::move(*model);
}

/// Runs a stream whose outcomes arrive `delay` cases later.
class Replay {
 public:
  Replay(const Stream& stream, std::size_t delay, const std::vector<std::string>& left_out = {})
      : stream_(stream), model_(fitted(stream, left_out)), delay_(delay) {}

  void to(std::size_t end) {
    for (; at_ < end; ++at_) {
      const Drawn& seen = stream_[at_];
      kept_.emplace_back(model_.kept());
      const auto made = model_.estimate(
          {.x = seen.x, .z = seen.x, .predicted = seen.predicted, .confidence = seen.confidence, .mode_rate = 0.2},
          kept_.back());
      EXPECT_GT(made.risk, 0);
      EXPECT_LT(made.risk, 1);
      for (const double p : made.experts) EXPECT_TRUE(p > 0 && p < 1);
      risks_.push_back(made.risk);
      if (at_ < delay_) continue;
      const Drawn& known = stream_[at_ - delay_];
      const std::uint32_t label = known.failed ? 1 - known.predicted : known.predicted;
      model_.learn(kept_[at_ - delay_], known.x, known.predicted, known.failed, label, static_cast<double>(delay_));
      kept_[at_ - delay_].clear();
    }
  }
  [[nodiscard]] RiskModel& model() { return model_; }
  [[nodiscard]] const std::vector<double>& risks() const { return risks_; }
  /// Area under the risk–coverage curve of the later half, of the risk and of 1 − confidence.
  [[nodiscard]] std::pair<double, double> areas() const {
    std::vector<double> risk, doubt;
    std::vector<std::uint8_t> failed;
    for (std::size_t i = at_ / 2; i < at_; ++i) {
      risk.push_back(risks_[i]);
      doubt.push_back(1 - stream_[i].confidence);
      failed.push_back(stream_[i].failed ? 1 : 0);
    }
    return {stats::RiskCoverage::of(risk, failed)->areas().aurc, stats::RiskCoverage::of(doubt, failed)->areas().aurc};
  }

 private:
  const Stream& stream_;
  RiskModel model_;
  std::size_t delay_, at_ = 0;
  std::vector<std::vector<float>> kept_;
  std::vector<double> risks_;
};

TEST(RiskModel, LearnsARegionOfTheFeatures) {
  const Stream stream = draw(4000, 1, in_a_region);
  Replay run(stream, 0);
  run.to(stream.size());
  const auto [risk, confidence] = run.areas();
  EXPECT_LT(risk, 0.55 * confidence);
}

TEST(RiskModel, LearnsARegime) {
  const Stream stream = draw(4800, 2, in_a_regime);
  Replay run(stream, 0);
  run.to(stream.size());
  const auto [risk, confidence] = run.areas();
  EXPECT_LT(risk, 0.5 * confidence);
}

TEST(RiskModel, IsNotMisledByLateOutcomes) {
  const Stream stream = draw(9000, 3, in_a_cycle);
  Replay run(stream, 1000);
  run.to(stream.size());
  const auto [risk, confidence] = run.areas();
  EXPECT_LT(risk, 0.95 * confidence);
  EXPECT_NEAR(run.model().delay(), 1000, 1e-9);
}

/// The model's risk for a case as log-odds, and its experts'.
std::pair<double, std::vector<double>> log_odds(RiskModel model, const Drawn& seen) {
  std::vector<float> keep(model.kept());
  const auto made = model.estimate(
      {.x = seen.x, .z = seen.x, .predicted = seen.predicted, .confidence = seen.confidence, .mode_rate = 0.2}, keep);
  std::vector<double> experts;
  for (const double p : made.experts) experts.push_back(stats::held_logit(p));
  return {stats::held_logit(made.risk), experts};
}

TEST(RiskModel, LateOutcomesDrawTheRiskToWhatReadsTheCase) {
  const Stream stream = draw(900, 14, in_a_region);
  struct Left {
    std::vector<std::string> names{};
    double linear = 0, neighbourhood = 0;  ///< parts of the two experts that the risk is drawn to
  };
  for (const Left& left : {Left{{}, 0.5, 0.5}, Left{{"logistic"}, 0, 1}, Left{{"case"}, 1, 0}}) {
    Replay run(stream, 0, left.names);
    run.to(800);
    std::string bytes = bytes_of(run.model());
    const auto [at_once, experts] = log_odds(*loaded<RiskModel>(bytes), stream[800]);
    const double delay = 700;  // the last number of a snapshot; the share is 0.7 · 700/(700 + 300)
    std::memcpy(bytes.data() + bytes.size() - sizeof delay, &delay, sizeof delay);
    const double late = log_odds(*loaded<RiskModel>(bytes), stream[800]).first;
    const double anchor = left.linear * experts[kLogisticExpert] + left.neighbourhood * experts[kCaseExpert];
    EXPECT_GT(std::abs(anchor - at_once), 0.01);
    EXPECT_NEAR(late, at_once + 0.49 * (anchor - at_once), 1e-5);
  }
  const std::vector<std::string> both{"logistic", "case"};
  Replay run(stream, 300, both);
  run.to(800);
  std::string bytes = bytes_of(run.model());
  const double at_once = 0;
  const double late = log_odds(*loaded<RiskModel>(bytes), stream[800]).first;
  std::memcpy(bytes.data() + bytes.size() - sizeof at_once, &at_once, sizeof at_once);
  EXPECT_EQ(late, log_odds(*loaded<RiskModel>(bytes), stream[800]).first);
}

TEST(RiskModel, IsCalibratedOnASteadyStream) {
  const Stream stream = draw(6000, 4, in_a_region);
  Replay run(stream, 0);
  run.to(stream.size());
  for (const auto& [low, high] : {std::pair{0.0, 0.1}, std::pair{0.5, 1.0}}) {
    double expected = 0, failures = 0, cases = 0;
    for (std::size_t i = 2000; i < stream.size(); ++i) {
      if (run.risks()[i] < low || run.risks()[i] >= high) continue;
      expected += run.risks()[i];
      failures += stream[i].failed ? 1 : 0;
      ++cases;
    }
    ASSERT_GT(cases, 200);
    EXPECT_NEAR(expected / cases, failures / cases, 0.1) << low;  // measured: .01 and .08
  }
}

TEST(RiskModel, AnEstimateReadsNoLaterOutcome) {
  const Stream stream = draw(1500, 5, in_a_regime);
  Stream changed = stream;
  for (std::size_t i = 1000; i < changed.size(); ++i) changed[i].failed = !changed[i].failed;
  for (const std::size_t delay : {0U, 100U}) {
    Replay run(stream, delay), other(changed, delay);
    run.to(1500);
    other.to(1500);
    const std::size_t known = 1000 + delay;  // the first changed outcome is learned after this case was assessed
    for (std::size_t i = 0; i <= known; ++i) ASSERT_EQ(run.risks()[i], other.risks()[i]) << i;
    EXPECT_NE(run.risks()[known + 1], other.risks()[known + 1]);
  }
}

TEST(RiskModel, TheSameStreamGivesTheSameRisks) {
  const Stream stream = draw(1200, 6, in_a_region);
  Replay run(stream, 50), again(stream, 50);
  run.to(1200);
  again.to(1200);
  EXPECT_EQ(run.risks(), again.risks());
  EXPECT_EQ(bytes_of(run.model()), bytes_of(again.model()));
}

TEST(RiskModel, ASnapshotGoesOnBitForBit) {
  const Stream stream = draw(6500, 7, in_a_regime);
  for (const std::size_t half :
       {5U, 150U, 900U, 5000U}) {  // before and after the first comparison, with a full history
    Replay run(stream, 20), copy(stream, 20);
    run.to(half);
    copy.to(half);
    auto restored = loaded<RiskModel>(bytes_of(run.model()));
    ASSERT_TRUE(restored.has_value());
    copy.model() = std::move(*restored);
    run.to(half + 1500);
    copy.to(half + 1500);
    EXPECT_EQ(run.risks(), copy.risks());
    EXPECT_EQ(bytes_of(run.model()), bytes_of(copy.model()));
  }
}

TEST(RiskModel, LeftOutExpertsSayNothing) {
  const Stream stream = draw(1500, 12, in_a_region);
  const std::vector<std::string> names{"logistic", "all", "all_slow", "signals", "case"};
  Replay run(stream, 0, names);
  run.to(1000);
  const auto weights = run.model().expert_weights();
  for (std::size_t k = 0; k < kExperts.size(); ++k)
    EXPECT_EQ(weights[k] == 0, std::ranges::find(names, kExperts[k]) != names.end()) << kExperts[k];
  EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-12);
  Replay copy(stream, 0, names);
  copy.to(1000);
  auto restored = loaded<RiskModel>(bytes_of(run.model()));
  ASSERT_TRUE(restored.has_value());
  copy.model() = std::move(*restored);
  run.model().doubt();
  copy.model().doubt();
  run.to(1500);
  copy.to(1500);
  EXPECT_EQ(run.risks(), copy.risks());
  const std::vector<std::string> wrong{"oracle"};
  EXPECT_THAT(experts_without(wrong).error().message, testing::HasSubstr("no expert is called oracle"));
  const std::vector<std::string> all(kExperts.begin(), kExperts.end());
  EXPECT_FALSE(experts_without(all).has_value());
}

TEST(RiskModel, OneExpertAloneWillDo) {
  const Stream stream = draw(400, 13, in_a_region);
  std::vector<std::string> others(kExperts.begin(), kExperts.end());
  std::erase(others, "confidence");
  Replay run(stream, 0, others);
  run.to(400);
  for (const double risk : run.risks()) EXPECT_TRUE(std::isfinite(risk));
}

TEST(RiskModel, SharesOfExpertsSumToOneAndDoubtKeepsThemAlive) {
  const Stream stream = draw(2500, 8, in_a_regime);
  Replay run(stream, 0);
  run.to(2500);
  const auto sum = [&] {
    const auto weights = run.model().expert_weights();
    for (const double weight : weights) EXPECT_GT(weight, 0);
    return std::accumulate(weights.begin(), weights.end(), 0.0);
  };
  EXPECT_NEAR(sum(), 1, 1e-12);
  run.model().doubt();
  EXPECT_NEAR(sum(), 1, 1e-12);
  for (const double weight : run.model().expert_weights()) EXPECT_GT(weight, 0.0009);
}

TEST(RiskModel, DoubtLearnsAChangeFaster) {
  // After 1,500 cases the failures move to where there were none.
  const Stream stream =
      draw(1900, 9, [](std::size_t i, const std::vector<float>& x) { return (x[0] > 0) == (i < 1500) ? 0.7 : 0.02; });
  Replay plain(stream, 0), doubting(stream, 0);
  plain.to(1500);
  doubting.to(1500);
  doubting.model().doubt();
  plain.to(1900);
  doubting.to(1900);
  const auto loss = [&](const Replay& run) {
    double sum = 0;
    for (std::size_t i = 1500; i < 1900; ++i) sum -= std::log(stream[i].failed ? run.risks()[i] : 1 - run.risks()[i]);
    return sum / 400;
  };
  EXPECT_LT(loss(doubting), loss(plain));
}

TEST(RiskModel, ExtremesStayWithinTheOpenInterval) {
  Stream stream = draw(3000, 10, [](std::size_t, const std::vector<float>&) { return 0.0; });
  for (std::size_t i = 0; i < stream.size(); ++i) {
    Drawn& one = stream[i];
    one.failed = i / 600 % 2 == 1;  // never, always, never, …
    one.confidence = i % 3 == 0 ? 1 : i % 3 == 1 ? 0 : kUnknown;
    for (float& value : one.x) value = value > 0 ? 6.0F : -6.0F;
  }
  for (const std::size_t delay : {0U, 300U}) {
    Replay run(stream, delay);
    run.to(stream.size());  // asks for (0, 1) at every case
  }
}

TEST(RiskModel, DamageIsRefused) {
  const Stream stream = draw(400, 11, in_a_region);
  Replay run(stream, 0);
  run.to(320);
  const std::string bytes = bytes_of(run.model());
  for (std::size_t size = 0; size < bytes.size(); size += 997)
    EXPECT_FALSE(loaded<RiskModel>(bytes.substr(0, size)).has_value());
  const auto with = [&](std::size_t from_end, auto value) {
    std::string changed = bytes;
    std::memcpy(changed.data() + (bytes.size() - from_end), &value, sizeof value);
    return loaded<RiskModel>(changed).has_value();
  };
  EXPECT_FALSE(with(8, -1.0));                  // delay
  EXPECT_FALSE(with(8, std::nan("")));          //
  EXPECT_FALSE(with(16, std::uint64_t{4096}));  // place in the history
  EXPECT_FALSE(with(25, std::uint8_t{2}));      // a failure in it
  EXPECT_TRUE(with(25, std::uint8_t{1}));
}

}  // namespace
}  // namespace errata::memory
