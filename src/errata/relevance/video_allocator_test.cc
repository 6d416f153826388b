#include "errata/relevance/video_allocator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "errata/base/rng.h"

namespace errata::relevance {
namespace {

/// A wide scene of coloured boards of all sizes, of which frames show a part.
class Scenery {
 public:
  explicit Scenery(std::uint64_t seed) {
    picture_.bytes.assign(picture_.height * picture_.width * 3, 128);
    Rng rng(seed);
    for (int i = 0; i < 400; ++i) {
      const std::size_t height = 8 + rng.below(120), width = 8 + rng.below(160);
      const std::size_t top = rng.below(picture_.height - height), left = rng.below(picture_.width - width);
      const std::array<std::uint8_t, 3> colour{tone(rng), tone(rng), tone(rng)};
      for (std::size_t y = top; y < top + height; ++y)
        for (std::size_t x = left; x < left + width; ++x)
          std::ranges::copy(colour, picture_.bytes.begin() + static_cast<long>((y * picture_.width + x) * 3));
    }
  }
  /// The part of a frame, whose light may be brighter.
  [[nodiscard]] image::Picture frame(std::size_t top, std::size_t left, std::size_t height = 256,
                                     std::size_t width = 320, double light = 1, double more = 0) const {
    image::Picture made{.height = height, .width = width, .channels = 3, .bytes = {}};
    for (std::size_t y = top; y < top + height; ++y)
      for (std::size_t x = left * 3; x < (left + width) * 3; ++x)
        made.bytes.push_back(static_cast<std::uint8_t>(
            std::min(255L, std::lround(picture_.bytes[y * picture_.width * 3 + x] * light + more))));
    return made;
  }

 private:
  static std::uint8_t tone(Rng& rng) { return static_cast<std::uint8_t>(20 + rng.below(200)); }
  image::Picture picture_{.height = 720, .width = 1280, .channels = 3, .bytes = {}};
};

FrameShift shift_of(const image::Picture& before, const image::Picture& after) {
  return shift_between(planes_of(before).grey, planes_of(after).grey);
}

/// Whether the second of two frames begins a context.
bool begins_anew(const image::Picture& before, const image::Picture& after) {
  ThreadPool pool(1);
  auto allocator = VideoAllocator::make({}, "", nullptr).value();
  EXPECT_TRUE(allocator.next(before, pool).value().begins_context);
  return allocator.next(after, pool).value().begins_context;
}

TEST(VideoShift, IsFoundToTheNearestPixel) {
  const Scenery scenery(1);
  const image::Picture before = scenery.frame(200, 400);
  // The camera goes right and down, so what it shows goes left and up.
  for (const auto& [down, right] : {std::pair{0, 8}, std::pair{0, 24}, std::pair{16, 60}, std::pair{40, 0}}) {
    const FrameShift shift =
        shift_of(before, scenery.frame(static_cast<std::size_t>(200 + down), static_cast<std::size_t>(400 + right)));
    EXPECT_NEAR(shift.down, -down, 1) << down << " " << right;
    EXPECT_NEAR(shift.right, -right, 1) << down << " " << right;
    EXPECT_GT(shift.response, .1);
    EXPECT_LE(shift.response, 1.0001);
  }
}

TEST(VideoShift, OfLargeFramesIsInTheirOwnPixels) {
  const Scenery scenery(2);
  const FrameShift shift = shift_of(scenery.frame(0, 0, 700, 1000), scenery.frame(0, 60, 700, 1000));
  EXPECT_NEAR(shift.right, -60, 1.5);
  EXPECT_NEAR(shift.down, 0, 1.5);
}

TEST(VideoShift, FramesWithoutASpectrumStandStill) {
  const image::Picture tiny{.height = 4, .width = 4, .channels = 1, .bytes = std::vector<std::uint8_t>(16, 9)};
  EXPECT_EQ(shift_of(tiny, tiny).down, 0);
  const image::Picture blank{.height = 64, .width = 64, .channels = 1, .bytes = std::vector<std::uint8_t>(4096, 9)};
  const FrameShift shift = shift_of(blank, blank);
  EXPECT_TRUE(std::isfinite(shift.down) && std::isfinite(shift.right) && std::isfinite(shift.response));
  EXPECT_FALSE(begins_anew(blank, blank));
}

TEST(VideoBoundary, IsAtACutAndNeitherAtAPanNorAtAFlash) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Scenery scenery(seed), other(seed + 100);
    const image::Picture before = scenery.frame(200, 400);
    EXPECT_TRUE(begins_anew(before, other.frame(200, 400))) << "cut, seed " << seed;
    for (const std::size_t pan : {8U, 100U})
      EXPECT_FALSE(begins_anew(before, scenery.frame(200, 400 + pan))) << "pan by " << pan << ", seed " << seed;
    EXPECT_FALSE(begins_anew(before, scenery.frame(200, 400, 256, 320, 1.25, 40))) << "flash, seed " << seed;
    EXPECT_FALSE(begins_anew(before, before)) << "still, seed " << seed;
  }
}

TEST(VideoBoundary, FramesOfAnotherSizeBeginAContext) {
  const Scenery scenery(1);
  EXPECT_TRUE(begins_anew(scenery.frame(0, 0), scenery.frame(0, 0, 256, 336)));
}

/// Says of each frame that one patch is asked for: that of the frame's turn.
class InTurn : public QueryEncoder {
 public:
  explicit InTurn(std::vector<std::size_t> patches) : patches_(std::move(patches)) {}
  [[nodiscard]] std::string_view name() const override { return "in turn"; }
  [[nodiscard]] Result<QueryRelevance> score(const image::Picture& picture, std::string_view) const override {
    const PatchGrid grid{.height = picture.height, .width = picture.width};
    QueryRelevance relevance{.relevance = std::vector<float>(grid.count())};
    relevance.relevance[patches_.at(turn_++)] = 1;
    return relevance;
  }

 private:
  std::vector<std::size_t> patches_;
  mutable std::size_t turn_ = 0;
};

VideoOptions focused() {
  VideoOptions options;
  options.allocate.strategy = Strategy::focused;
  options.allocate.scores.smooth_participatory = false;
  options.allocate.positions = 12;
  return options;
}

TEST(VideoAllocator, CarriesRelevanceWithThePictureAndForgetsItAtACut) {
  constexpr std::size_t kColumns = 20, kPatch = 7 * kColumns + 10, kElsewhere = 3 * kColumns + 4;
  const Scenery scenery(3), other(33);
  ThreadPool pool(2);
  const InTurn encoder({kPatch, kElsewhere, kElsewhere});
  auto allocator = VideoAllocator::make(focused(), "where is the red circle", &encoder).value();
  const auto first = allocator.next(scenery.frame(200, 400), pool);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->begins_context);
  EXPECT_EQ(first->shift.response, 0);
  EXPECT_EQ(first->allocated.allocation.positions.front(), kPatch);
  // The camera moves right by two patches: what was asked for is two to the left, and outweighs what is new.
  const auto second = allocator.next(scenery.frame(200, 432), pool);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->begins_context);
  EXPECT_NEAR(second->shift.right, -32, 1);
  EXPECT_EQ(second->allocated.allocation.positions.front(), kPatch - 2);
  const auto third = allocator.next(other.frame(200, 400), pool);
  ASSERT_TRUE(third);
  EXPECT_TRUE(third->begins_context);
  EXPECT_EQ(third->allocated.allocation.positions.front(), kElsewhere);
}

TEST(VideoAllocator, CountsWhatAVideoGot) {
  const Scenery scenery(4), other(44);
  ThreadPool pool(1);
  VideoOptions options = focused();
  options.allocate.limits.total = 900;
  auto allocator = VideoAllocator::make(options, "", nullptr).value();
  VideoSummary summary{.video = "drawn"};
  std::size_t number = 0, tokens = 0;
  for (const image::Picture& frame : {scenery.frame(0, 0), scenery.frame(0, 16), other.frame(0, 0)}) {
    FrameAllocation made = allocator.next(frame, pool).value();
    made.seconds = .5 * static_cast<double>(number++);
    tokens += made.allocated.allocation.tokens();
    EXPECT_LE(made.allocated.allocation.tokens(), 900U);
    add_frame(made, summary);
  }
  EXPECT_EQ(summary.frames, 3U);
  EXPECT_EQ(summary.tokens, tokens);
  EXPECT_LE(summary.most_tokens, 900U);
  EXPECT_EQ(summary.contexts, (std::vector<double>{0, 1}));
  EXPECT_EQ(summary.strategies.at(Strategy::focused), 3U);
  EXPECT_EQ(summary.height, 256U);
  EXPECT_EQ(summary.width, 320U);
}

TEST(VideoAllocator, RefusesOptionsOutOfTheirRange) {
  std::vector<VideoOptions> wrong(4);
  wrong[0].cached = 1;
  wrong[1].boundary = 1.5;
  wrong[2].cached = -.1;
  wrong[3].allocate.positions = 0;
  for (const VideoOptions& options : wrong) {
    const auto made = VideoAllocator::make(options, "", nullptr);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace errata::relevance
