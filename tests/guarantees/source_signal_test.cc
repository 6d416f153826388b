// The published figures of "Introspective failure memory", from our simulation of its stream and our code of its
// signal: what reproduces, what it depends on, and why its attempts at correction failed
// (docs/methods/source-signal.md).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <numeric>

#include "errata/memory/source_risk.h"
#include "errata/simulate/simulate.h"

namespace errata {
namespace {

using memory::SourceRisk;

constexpr std::size_t kHalf = 25'000, kWidth = 5;
constexpr std::array kCoverages{0.05, 0.10, 0.15, 0.20, 0.30, 0.50, 0.75, 0.95};
using Curve = std::array<double, kCoverages.size()>;
constexpr Curve kPublished{20.24, 11.84, 8.05, 7.14, 10.32, 11.38, 22.64, 32.67};

/// The stream as the source has it: features, score and failure of 50,000 cases.
struct Stream {
  std::vector<double> x, p, failure_rate;
  std::vector<std::uint8_t> failed;

  [[nodiscard]] std::span<const double> features(std::size_t t) const {
    return std::span(x).subspan(t * kWidth, kWidth);
  }
  [[nodiscard]] bool confident(std::size_t t) const { return 2 * std::abs(p[t] - 0.5) >= 0.6; }
  [[nodiscard]] SourceRisk fit(const memory::SourceOptions& options = {}) const {
    auto source = SourceRisk::fit({std::span(x).first(kHalf * kWidth), kHalf, kWidth}, std::span(p).first(kHalf),
                                  std::span(failed).first(kHalf), options);
    EXPECT_TRUE(source.has_value());
    return std::move(*source);
  }
};

const Stream& stream() {
  static const Stream drawn = [] {
    const auto log = simulate::simulate({.kind = "regimes", .seed = 42});
    Stream result{
        .x = std::vector<double>(2 * kHalf * kWidth), .failure_rate = log->failure_rate, .failed = log->failed};
    for (std::size_t c = 0; c < kWidth; ++c)
      for (std::size_t t = 0; t < 2 * kHalf; ++t) result.x[t * kWidth + c] = log->columns[c].numbers[t];
    result.p = std::ranges::find(log->columns, "p1", &table::Column::name)->numbers.to_vector();
    return result;
  }();
  return drawn;
}

/// [25,000] the danger of the second half; outcomes come `delay` steps late, and 0 is right after the case.
std::vector<double> danger_trace(SourceRisk source, std::size_t delay = 0, std::size_t from = kHalf) {
  std::vector<double> danger;
  for (std::size_t t = from; t < 2 * kHalf; ++t) {
    const auto step = static_cast<std::int64_t>(t);
    const double now = source.danger(stream().features(t), stream().p[t], step);
    if (t >= kHalf) danger.push_back(now);
    if (t < from + delay) continue;
    const std::size_t known = t - delay;
    source.learn(stream().features(known), stream().p[known], stream().failed[known], step);
  }
  return danger;
}

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double above = values[std::min(below + 1, values.size() - 1)];
  return values[below] + (above - values[below]) * (place - static_cast<double>(below));
}

/// Error in per cent among the cases of the second half that `accepted` names.
template <typename Accepted>
double error_among(const Accepted& accepted) {
  double n = 0, failures = 0;
  for (std::size_t i = 0; i < kHalf; ++i) {
    if (!accepted(i)) continue;
    ++n;
    failures += stream().failed[kHalf + i];
  }
  return 100 * failures / n;
}

Curve errors_at(const std::vector<double>& score) {
  Curve curve{};
  for (std::size_t k = 0; k < curve.size(); ++k) {
    const double threshold = percentile(score, kCoverages[k]);
    curve[k] = error_among([&](std::size_t i) { return score[i] <= threshold; });
  }
  return curve;
}

/// Mean error over all coverages, cases of equal score in order of time.
double area(const std::vector<double>& score) {
  std::vector<std::size_t> order(score.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return score[i]; });
  double failures = 0, sum = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    failures += stream().failed[kHalf + order[i]];
    sum += failures / static_cast<double>(i + 1);
  }
  return sum / static_cast<double>(order.size());
}

void show(const char* what, const Curve& curve) {
  fmt::print("{:36}", what);
  for (const double error : curve) fmt::print(" {:6.2f}", error);
  fmt::print("\n");
}

/// The moving average of failures before each case of the second half.
std::vector<double> error_average(double alpha) {
  std::vector<double> before;
  double average = 0;
  for (std::size_t t = 0; t < 2 * kHalf; ++t) {
    if (t >= kHalf) before.push_back(average);
    average += alpha * (stream().failed[t] - average);
  }
  return before;
}

TEST(SourceSignal, ThePublishedTableIsReproduced) {
  EXPECT_NEAR(error_among([](std::size_t) { return true; }), 35.44, 0.005);
  const auto curve = errors_at(danger_trace(stream().fit()));
  show("published", kPublished);
  show("reproduced", curve);
  for (std::size_t k = 0; k < curve.size(); ++k) EXPECT_NEAR(curve[k], kPublished[k], 0.1) << kCoverages[k];
}

TEST(SourceSignal, TheTableIsOfOneStartOfKMeans) {
  std::size_t within = 0;
  Curve least, most;
  least.fill(100);
  most.fill(0);
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto curve = errors_at(danger_trace(stream().fit({.seed = seed})));
    bool near = true;
    for (std::size_t k = 0; k < curve.size(); ++k) {
      least[k] = std::min(least[k], curve[k]);
      most[k] = std::max(most[k], curve[k]);
      near = near && std::abs(curve[k] - kPublished[k]) <= 0.1;
    }
    within += near;
  }
  const auto best = errors_at(danger_trace(stream().fit({.starts = 100})));
  show("least of 100 starts", least);
  show("most of 100 starts", most);
  show("the start of least inertia", best);
  fmt::print("{} of 100 starts are within .1 of the table\n", within);
  EXPECT_GE(within, 10U);                     // it is no lucky seed,
  EXPECT_GT(std::abs(best[6] - 22.64), 0.2);  // but not the best clustering either
  for (std::size_t k = 0; k < best.size(); ++k) EXPECT_LT(most[k] - least[k], 0.8);
}

TEST(SourceSignal, ThresholdsFromThePastAloneMissTheCoverage) {
  const auto danger = danger_trace(stream().fit());
  for (const double target : {0.1, 0.2, 0.5}) {
    std::deque<double> last;
    std::vector<std::uint8_t> accepted;
    for (const double now : danger) {
      accepted.push_back(last.empty() || now <= percentile({last.begin(), last.end()}, target));
      last.push_back(now);
      if (last.size() > 2'000) last.pop_front();
    }
    const double coverage = static_cast<double>(std::ranges::count(accepted, 1)) / static_cast<double>(kHalf);
    const double error = error_among([&](std::size_t i) { return accepted[i] != 0; });
    fmt::print("target {:.0f}%: coverage {:.1f}%, error {:.1f}%\n", 100 * target, 100 * coverage, error);
    if (target == 0.2) {
      EXPECT_NEAR(coverage, 0.394, 0.005);
      EXPECT_NEAR(error, 11.9, 0.2);
    }
  }
}

TEST(SourceSignal, AMovingAverageOfFailuresIsTheBetterScore) {
  const auto danger = danger_trace(stream().fit());
  show("memory carried over from the warm-up", errors_at(danger_trace(stream().fit(), 0, 0)));
  show("moving average of failures", errors_at(error_average(0.05)));
  fmt::print("area: danger {:.4f}, 100 late {:.4f}, 1,000 late {:.4f}, moving average {:.4f}\n", area(danger),
             area(danger_trace(stream().fit(), 100)), area(danger_trace(stream().fit(), 1'000)),
             area(error_average(0.05)));
  EXPECT_LT(area(error_average(0.05)), area(danger));
  EXPECT_GT(area(danger_trace(stream().fit(), 1'000)), 0.3544);  // worse than chance: a regime lasts 1,000 steps
}

/// Error in per cent when the predictions that `flipped` names are turned round.
template <typename Flipped>
double error_when(const Flipped& flipped) {
  double failures = 0;
  for (std::size_t i = 0; i < kHalf; ++i)
    failures += flipped(i) ? 1 - stream().failed[kHalf + i] : stream().failed[kHalf + i];
  return 100 * failures / static_cast<double>(kHalf);
}

/// What the source's two rules flip. Its specialists are trained on failures alone, so each has learnt "flip always".
struct Flips {
  std::vector<std::uint8_t> in_danger;    ///< the instant danger is over .15
  std::vector<std::uint8_t> unless_safe;  ///< unless confident and far from slow danger, where the nearest mode has one
};

Flips source_flips(SourceRisk source) {
  const auto axes = *memory::principal_axes({std::span(stream().x).first(kHalf * kWidth), kHalf, kWidth}, 2);
  const auto similarities = [&](std::size_t t) {
    std::array<double, 4> z{};
    axes.project(stream().features(t), std::span(z).first(2));
    z[3] = std::abs(stream().p[t] - 0.5);
    z[2] = 2 * z[3];
    std::array<double, 3> similarity{};
    for (std::size_t k = 0; k < 3; ++k) {
      double d2 = 0;
      for (std::size_t c = 0; c < 4; ++c) d2 += std::pow(z[c] - source.centres()[4 * k + c], 2);
      similarity[k] = std::exp(-d2);
    }
    return similarity;
  };
  const auto nearest = [](const std::array<double, 3>& s) {
    return static_cast<std::size_t>(std::ranges::max_element(s) - s.begin());
  };
  std::array<std::size_t, 3> trained_on{};
  for (std::size_t t = 0; t < kHalf; ++t)
    if (stream().failed[t] && stream().confident(t)) ++trained_on[nearest(similarities(t))];
  Flips flips;
  std::array<double, 3> slow{};
  for (std::size_t t = kHalf; t < 2 * kHalf; ++t) {
    const auto step = static_cast<std::int64_t>(t);
    const auto similarity = similarities(t);
    double instant = 0, local = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      instant += similarity[k] * source.activity(k, step);
      slow[k] = 0.99 * slow[k] + 0.05 * source.activity(k, step);
      local += similarity[k] * slow[k];
    }
    flips.in_danger.push_back(instant > 0.15);
    const bool safe = stream().confident(t) && local < 0.15;
    flips.unless_safe.push_back(!safe && trained_on[nearest(similarity)] >= 50);
    source.learn(stream().features(t), stream().p[t], stream().failed[t], step);
  }
  return flips;
}

TEST(SourceSignal, CorrectionFailsWhereEveryDoubtIsFlippedAndWorksWhereTheRateIsAskedFirst) {
  for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{8}}) {
    const auto flips = source_flips(stream().fit({.seed = seed}));
    const double in_danger = error_when([&](std::size_t i) { return flips.in_danger[i] != 0; });
    const double unless_safe = error_when([&](std::size_t i) { return flips.unless_safe[i] != 0; });
    fmt::print("start {}: flip in danger {:.2f}%, flip unless safe {:.2f}%\n", seed, in_danger, unless_safe);
    EXPECT_NEAR(in_danger, 30.5, 0.15);
    EXPECT_NEAR(unless_safe, seed == 8 ? 42.7 : 41.3, 0.1);
  }
  const auto average = error_average(0.1);
  const double by_rate = error_when([&](std::size_t i) { return average[i] > 0.5; });
  const double by_truth = error_when([&](std::size_t i) { return stream().failure_rate[kHalf + i] > 0.5; });
  fmt::print("flip where the failure rate is over ½: {:.2f}%; with the true regime {:.2f}%\n", by_rate, by_truth);
  EXPECT_LT(by_rate, 16.5);
  EXPECT_NEAR(by_truth, 15.3, 0.05);
}

}  // namespace
}  // namespace errata
