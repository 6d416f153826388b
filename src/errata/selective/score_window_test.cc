#include "errata/selective/score_window.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "errata/base/limits.h"
#include "errata/base/rng.h"

namespace errata::selective {
namespace {

using testing::HasSubstr;

TEST(ScoreWindow, RanksByHand) {
  ScoreWindow window(3);
  EXPECT_EQ(window.rank(.5), 0);  // u = 0 before the first
  EXPECT_EQ(window.share_up_to(.5), 0);
  EXPECT_EQ(window.score_at(1), -kInfinity);
  for (const double score : {.9, .2, .4, .3}) window.push(score);  // .9 is forgotten
  const double u = 4 * .61803398874989484820 - 2;                  // frac of four turns
  EXPECT_NEAR(window.rank(.35), (2 + u) / 4, 1e-15);
  EXPECT_NEAR(window.rank(.3), (1 + 2 * u) / 4, 1e-15);
  EXPECT_NEAR(window.rank(7), (3 + u) / 4, 1e-15);
  EXPECT_DOUBLE_EQ(window.share_up_to(.3), 2.0 / 3);
  EXPECT_EQ(window.score_at(.34), .2);
  EXPECT_EQ(window.score_at(.3), -kInfinity);
  EXPECT_EQ(window.score_at(kInfinity), .4);
}

/// The same from a sorted copy.
class SlowWindow {
 public:
  explicit SlowWindow(std::size_t capacity) : capacity_(capacity) {}
  void push(double score) {
    recent_.push_back(std::isnan(score) ? kInfinity : score);
    if (recent_.size() > capacity_) recent_.pop_front();
  }
  [[nodiscard]] double share_up_to(double score) const {
    const auto count = std::ranges::count_if(recent_, [&](double s) { return s <= score; });
    return recent_.empty() ? 0 : static_cast<double>(count) / static_cast<double>(recent_.size());
  }
  [[nodiscard]] double score_at(double rank) const {
    const auto k = static_cast<std::size_t>(rank * static_cast<double>(recent_.size()));
    std::vector<double> sorted(recent_.begin(), recent_.end());
    std::ranges::sort(sorted);
    return k == 0 ? -kInfinity : sorted[k - 1];
  }
  [[nodiscard]] std::pair<double, double> rank_range(double score) const {
    const auto below = std::ranges::count_if(recent_, [&](double s) { return s < score; });
    const auto equal = std::ranges::count(recent_, score);
    const auto n = static_cast<double>(recent_.size() + 1);
    return {static_cast<double>(below) / n, static_cast<double>(below + equal + 1) / n};
  }

 private:
  std::size_t capacity_;
  std::deque<double> recent_;
};

RC_GTEST_PROP(ScoreWindow, EqualsASortedCopy, ()) {
  const auto capacity = *rc::gen::inRange<std::size_t>(1, 400);
  const auto levels = *rc::gen::element(2, 20, 100'000);
  Rng rng(*rc::gen::inRange<std::uint64_t>(0, 1000));
  ScoreWindow window(capacity);
  SlowWindow slow(capacity);
  const auto draw = [&] {
    const double u = rng.uniform();
    if (u < .02) return kInfinity;
    return u < .03 ? -kInfinity : std::floor(rng.uniform() * levels) / levels;
  };
  for (int i = 0; i < 1500; ++i) {
    const double pushed = rng.bernoulli(.01) ? kNaN : draw();
    window.push(pushed);
    slow.push(pushed);
    if (i % 20 != 0) continue;
    const double asked = draw();
    const auto [low, high] = slow.rank_range(asked);
    RC_ASSERT(window.rank(asked) >= low && window.rank(asked) < high);
    RC_ASSERT(window.share_up_to(asked) == slow.share_up_to(asked));
    const double rank = rng.uniform();
    RC_ASSERT(window.score_at(rank) == slow.score_at(rank));
  }
}

TEST(ScoreWindow, SpreadsTiesEvenly) {
  ScoreWindow window(100);
  int below = 0;
  for (int i = 0; i < 1000; ++i) {
    below += static_cast<int>(window.rank(.5) < .3);
    window.push(.5);
  }
  EXPECT_NEAR(below, 300, 3);
}

TEST(ScoreWindow, SnapshotsGoOnTheSame) {
  Rng rng(1);
  for (const int pushes : {0, 1, 57, 1000}) {
    ScoreWindow window(300);
    for (int i = 0; i < pushes; ++i) window.push(std::round(rng.uniform() * 50));
    ByteWriter out;
    window.save(out);
    ByteReader in(out.bytes());
    auto loaded = ScoreWindow::load(in);
    ASSERT_TRUE(loaded && in.finish("x"));
    for (int i = 0; i < 700; ++i) {
      const double score = std::round(rng.uniform() * 50);
      EXPECT_EQ(window.rank(score), loaded->rank(score));
      window.push(score);
      loaded->push(score);
    }
    ByteWriter a, b;
    window.save(a);
    loaded->save(b);
    EXPECT_EQ(a.bytes(), b.bytes());
  }
}

TEST(ScoreWindow, RefusesDamagedSnapshots) {
  const auto load = [](std::uint64_t capacity, std::uint64_t seen, std::uint64_t oldest, std::vector<double> scores) {
    ByteWriter out;
    out.write(capacity);
    out.write(seen);
    out.write(oldest);
    out.write(scores);
    ByteReader in(out.bytes());
    return ScoreWindow::load(in);
  };
  EXPECT_TRUE(load(2, 5, 1, {.1, .2}));
  EXPECT_THAT(load(0, 0, 0, {}).error().message, HasSubstr("does not fit"));
  EXPECT_FALSE(load(2, 5, 2, {.1, .2}));
  EXPECT_FALSE(load(3, 2, 1, {.1, .2}));
  EXPECT_FALSE(load(std::uint64_t{1} << 60, 5, 0, {.1, .2}));
  EXPECT_FALSE(load(2, 5, 1, {.1, kNaN}));
  ByteReader empty("");
  EXPECT_THAT(ScoreWindow::load(empty).error().message, HasSubstr("too early"));
}

}  // namespace
}  // namespace errata::selective
