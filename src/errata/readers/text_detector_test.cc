#include "errata/readers/text_detector.h"

#include <gmock/gmock.h>

namespace errata::readers {
namespace {

constexpr std::size_t kSide = 64;

struct Map {
  std::vector<float> values = std::vector<float>(kSide * kSide, 0.05F);
  /// Rows and columns up to the last, that included.
  Map& piece(std::size_t top, std::size_t bottom, std::size_t left, std::size_t right, float value) {
    for (std::size_t y = top; y <= bottom; ++y)
      for (std::size_t x = left; x <= right; ++x) values[y * kSide + x] = value;
    return *this;
  }
  [[nodiscard]] std::vector<TextRegion> regions(const TextDetectionOptions& options = {}) const {
    return text_regions(values, kSide, kSide, 2, 3, options);
  }
};

TEST(TextRegions, APieceIsGrownByItsAreaAndPerimeter) {
  // Between the middles of its outer pixels it is 20 wide and 5 high: 1.6 · 100 / 50 = 3.2 on each side.
  const auto regions = Map().piece(10, 15, 20, 40, 0.9F).regions();
  ASSERT_EQ(regions.size(), 1);
  EXPECT_NEAR(regions[0].score, 0.9, 1e-6);
  const auto& corners = regions[0].quad.corners;
  EXPECT_NEAR(corners[0].x, (20 - 3.2) * 3, 1e-3);  // a pixel of the map is 3 of the picture across, 2 down
  EXPECT_NEAR(corners[0].y, (10 - 3.2) * 2, 1e-3);
  EXPECT_NEAR(corners[2].x, (40 + 3.2) * 3, 1e-3);
  EXPECT_NEAR(corners[2].y, (15 + 3.2) * 2, 1e-3);
  EXPECT_NEAR(corners[1].x, corners[2].x, 1e-3);
  EXPECT_NEAR(corners[3].y, corners[2].y, 1e-3);
}

TEST(TextRegions, WeakAndThinPiecesAreLeftOut) {
  EXPECT_TRUE(Map().piece(10, 15, 20, 40, 0.5F).regions().empty());
  EXPECT_EQ(Map().piece(10, 15, 20, 40, 0.5F).regions({.region_score = 0.4}).size(), 1);
  EXPECT_TRUE(Map().piece(10, 15, 20, 40, 0.29F).regions({.region_score = 0}).empty());
  EXPECT_TRUE(Map().piece(10, 11, 20, 40, 0.9F).regions().empty());
}

TEST(TextRegions, StandFromTopToBottomAndWithinThePicture) {
  const auto regions = Map().piece(58, 63, 0, 30, 0.9F).piece(2, 8, 30, 60, 0.8F).regions();
  ASSERT_EQ(regions.size(), 2);
  EXPECT_NEAR(regions[0].score, 0.8, 1e-6);
  EXPECT_EQ(regions[1].quad.corners[3], (Corner{.x = 0, .y = 128}));
}

TEST(TextRegions, ATurnedPieceHasATurnedRectangle) {
  Map map;
  for (std::size_t i = 0; i < 24; ++i) map.piece(10 + i, 16 + i, 10 + i, 16 + i, 0.9F);  // a diagonal band
  const auto regions = map.regions({.growth = 0});
  ASSERT_EQ(regions.size(), 1);
  const Quad& quad = regions[0].quad;
  EXPECT_TRUE(quad.contains({3 * 25, 2 * 25}));
  EXPECT_FALSE(quad.contains({3 * 16, 2 * 36}));  // the box around it holds this corner
}

TEST(TextDetector, OptionsOutsideTheirRangesAreRefused) {
  const auto detector = TextDetector::open();
  ASSERT_TRUE(detector) << detector.error().message;
  const image::Picture picture{.height = 1, .width = 1, .channels = 1, .bytes = {7}};
  EXPECT_TRUE(detector->find(picture).value().empty());  // one pixel is a picture
  for (const TextDetectionOptions& options :
       {TextDetectionOptions{.long_side = 31}, TextDetectionOptions{.threshold = 0},
        TextDetectionOptions{.region_score = 1.5}, TextDetectionOptions{.growth = -1}}) {
    const auto found = detector->find(picture, options);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace errata::readers
