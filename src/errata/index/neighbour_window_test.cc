#include "errata/index/neighbour_window.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "errata/base/rng.h"

namespace errata::index {
namespace {

using testing::ElementsAre;

/// The slow obvious version.
std::vector<std::uint32_t> sorted_slots(std::span<const float> distances, std::size_t count) {
  std::vector<std::uint32_t> order(distances.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t slot) { return distances[slot]; });
  order.resize(std::min(count, order.size()));
  return order;
}

std::vector<std::uint32_t> nearest(std::span<const float> distances, std::size_t count) {
  std::vector<std::uint32_t> slots(count);
  slots.resize(nearest_slots(distances, count, slots));
  return slots;
}

TEST(NeighbourWindow, ByHandAndWrappingAround) {
  NeighbourWindow window(2, 3);
  const std::vector<std::vector<float>> points{{0, 0}, {3, 4}, {1, 1}, {6, 8}};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(window.push(points[i]), i % 3);
  std::vector<float> distances(3);
  window.squared_distances(std::vector<float>{0, 0}, distances);
  EXPECT_THAT(distances, ElementsAre(100, 25, 2));
  EXPECT_THAT(nearest(distances, 2), ElementsAre(2, 1));
  EXPECT_THAT(nearest(distances, 9), ElementsAre(2, 1, 0));
  EXPECT_TRUE(nearest({}, 4).empty());
  EXPECT_TRUE(nearest(distances, 0).empty());
}

RC_GTEST_PROP(NeighbourWindow, MeasuresAndRestoresAsTheSlowVersion, ()) {
  const auto width = *rc::gen::inRange<std::size_t>(1, 20);
  const auto capacity = *rc::gen::inRange<std::size_t>(1, 300);
  const auto pushes = *rc::gen::inRange<std::size_t>(0, 700);
  Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  NeighbourWindow window(width, capacity);
  std::vector<std::vector<float>> kept(capacity);
  std::vector<float> point(width);
  const auto draw = [&] {
    for (float& value : point) value = static_cast<float>(rng.normal());
  };
  for (std::size_t i = 0; i < pushes; ++i) {
    draw();
    RC_ASSERT(window.push(point) == i % capacity);
    kept[i % capacity] = point;
  }
  RC_ASSERT(window.size() == std::min(pushes, capacity));
  draw();
  std::vector<float> distances(window.size()), expected(window.size()), again(window.size());
  for (std::size_t slot = 0; slot < expected.size(); ++slot)
    for (std::size_t d = 0; d < width; ++d) {
      const float difference = kept[slot][d] - point[d];
      expected[slot] += difference * difference;
    }
  window.squared_distances(point, distances);
  RC_ASSERT(distances == expected);

  ByteWriter out;
  window.save(out);
  ByteReader in(out.bytes());
  auto restored = NeighbourWindow::load(in);
  RC_ASSERT(restored.has_value());
  RC_ASSERT(in.finish("x").has_value());
  restored->squared_distances(point, again);
  RC_ASSERT(again == distances);
  RC_ASSERT(restored->push(point) == window.push(point));
}

RC_GTEST_PROP(NearestSlots, AreThoseOfTheSlowVersion, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(0, 4000);
  const auto count = *rc::gen::inRange<std::size_t>(0, 300);
  const auto distinct = *rc::gen::element<std::uint64_t>(1, 2, 10, 1000, 1U << 30U);
  Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  std::vector<float> distances(size);
  for (float& value : distances)
    value = rng.bernoulli(0.01) ? std::numeric_limits<float>::infinity() : static_cast<float>(rng.below(distinct));
  const auto order = *rc::gen::inRange(0, 3);  // as drawn, nearest first, nearest last
  if (order == 1) std::ranges::sort(distances);
  if (order == 2) std::ranges::sort(distances, std::greater{});
  RC_ASSERT(nearest(distances, count) == sorted_slots(distances, count));
}

TEST(NearestSlots, AllEqualGoBySlot) {
  for (const float value : {0.0F, 1.0F, std::numeric_limits<float>::infinity()}) {
    const std::vector<float> distances(5000, value);
    EXPECT_EQ(nearest(distances, 30), sorted_slots(distances, 30));
  }
}

TEST(NeighbourWindow, EveryCutOrFlippedByteIsRefusedOrHarmless) {
  NeighbourWindow window(3, 70);
  for (int i = 0; i < 75; ++i) window.push(std::vector<float>{static_cast<float>(i), 1, 2});
  ByteWriter out;
  window.save(out);
  for (std::size_t cut = 0; cut < out.bytes().size(); ++cut) {
    ByteReader in(std::string_view(out.bytes()).substr(0, cut));
    EXPECT_FALSE(NeighbourWindow::load(in).has_value());
  }
  for (std::size_t at = 0; at < 40; ++at) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string bytes = out.bytes();
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      ByteReader in(bytes);
      auto loaded = NeighbourWindow::load(in);
      if (!loaded) continue;
      std::vector<float> distances(loaded->size());
      loaded->squared_distances(std::vector<float>(loaded->width()), distances);
      loaded->push(std::vector<float>(loaded->width()));
    }
  }
}

}  // namespace
}  // namespace errata::index
