#include "errata/relevance/familiarity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/rng.h"

namespace errata::relevance {
namespace {

TEST(Familiarity, StatisticsAreMeansAndDeviationsOverPatches) {
  constexpr std::size_t kWidth = nn::DualEncoder::kDimensions;
  nn::DualEncoder::PictureFeatures features{.rows = 1, .columns = 2, .vectors = std::vector<float>(2 * kWidth)};
  features.vectors[0] = 1;
  features.vectors[kWidth] = 3;
  features.vectors[5] = features.vectors[kWidth + 5] = .5F;
  const auto statistics = statistics_of(features, std::vector<std::uint8_t>{0, 0});
  ASSERT_EQ(statistics.size(), kStatistics);
  EXPECT_EQ(statistics[0], 2);
  EXPECT_EQ(statistics[kWidth], 1);
  EXPECT_EQ(statistics[5], .5F);
  EXPECT_EQ(statistics[kWidth + 5], 0);
  EXPECT_EQ(statistics[1], 0);
  const auto second = statistics_of(features, std::vector<std::uint8_t>{1, 0});
  EXPECT_EQ(second[0], 3);
  EXPECT_EQ(second[kWidth], 0);
  EXPECT_EQ(statistics_of(features, std::vector<std::uint8_t>{1, 1}), statistics) << "nothing but padding: all counts";
}

/// Two kinds of one number each, about 0 and about 1000. The pictures that are held back, every third of a kind, lie at
/// 1 … n from its mean; the others at −1 and 1 in turn, so that the deviation is 1.
struct Planted {
  explicit Planted(std::size_t held_back) {
    for (std::size_t i = 0; i < held_back; ++i)
      for (std::uint32_t kind = 0; kind < 2; ++kind)
        for (const double off : {-1.0, 1.0, static_cast<double>(i + 1)}) {
          statistics.push_back(static_cast<float>(1000 * kind + off));
          kinds.push_back(kind);
        }
  }
  [[nodiscard]] Result<Familiarity> fit() const { return Familiarity::fit({statistics, kinds.size(), 1}, kinds, 2); }
  std::vector<float> statistics;
  std::vector<std::uint32_t> kinds;
};

double unlike(const Familiarity& familiarity, float at) { return familiarity.unlike(std::vector<float>{at}); }

TEST(Familiarity, IsHalfAtTheDistanceThat98PercentKeepBelow) {
  // 2 · 75 are held back, two at each of 1 … 75. The ⌈151 · .98⌉ = 148th smallest is 74. With one number shrinkage
  // changes nothing.
  const auto familiarity = Planted(75).fit();
  ASSERT_TRUE(familiarity) << familiarity.error().message;
  EXPECT_EQ(familiarity->pictures(), 450U);
  EXPECT_NEAR(unlike(*familiarity, -74), .5, 1e-6);
  EXPECT_NEAR(unlike(*familiarity, 1074), .5, 1e-6) << "from the nearest mean";
  EXPECT_NEAR(unlike(*familiarity, -37), 1.0 / 3, 1e-6);
  EXPECT_NEAR(unlike(*familiarity, 1296), .8, 1e-6);
  EXPECT_EQ(unlike(*familiarity, 1000), 0);
}

TEST(Familiarity, TooFewPicturesAreRefused) {
  EXPECT_TRUE(Planted(25).fit());
  const auto few = Planted(24).fit();
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().message, "48 pictures held back are too few for a quantile of 0.98");
  EXPECT_FALSE(Familiarity::fit({}, {}, 2));
}

TEST(Familiarity, IsTheSameFromItsTensors) {
  const auto familiarity = Planted(60).fit();
  ASSERT_TRUE(familiarity);
  auto tensors = familiarity->tensors();
  const auto again = Familiarity::of(tensors);
  ASSERT_TRUE(again) << again.error().message;
  for (const float at : {-200.F, 3.F, 1130.F}) EXPECT_EQ(unlike(*again, at), unlike(*familiarity, at));
  tensors.back().values = {std::nanf("")};
  EXPECT_FALSE(Familiarity::of(tensors));
  tensors.pop_back();
  EXPECT_FALSE(Familiarity::of(tensors));
}

}  // namespace
}  // namespace errata::relevance
