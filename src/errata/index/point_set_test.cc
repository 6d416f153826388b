#include "errata/index/point_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "errata/base/rng.h"
#include "errata/index/neighbour_window.h"

namespace errata::index {
namespace {

std::vector<float> draw(std::size_t count, Rng& rng) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

TEST(PointSet, HasTheHandComputedDistances) {
  const std::vector<float> points{0, 0, 3, 4, 1, 1};
  const std::vector<float> queries{0, 0, 3, 0};
  std::vector<float> found(6);
  const PointSet set(MatrixView<const float>(points, 3, 2));
  set.squared_distances({queries, 2, 2}, found);
  EXPECT_EQ(found, (std::vector<float>{0, 25, 2, 9, 16, 5}));
  EXPECT_EQ(set.size(), 3U);
  EXPECT_EQ(set.width(), 2U);
}

TEST(PointSet, OfNothing) {
  const PointSet none;
  none.squared_distances({}, {});
  EXPECT_EQ(none.size(), 0U);
}

RC_GTEST_PROP(PointSet, GivesTheBitsOfTheWindowForEachQueryAloneAndAmongOthers, ()) {
  Rng rng(*rc::gen::inRange<std::uint64_t>(0, 1000));
  const auto size = *rc::gen::inRange<std::size_t>(1, 70), width = *rc::gen::inRange<std::size_t>(1, 20);
  const auto queries = *rc::gen::inRange<std::size_t>(1, 12);
  const auto points = draw(size * width, rng), asked = draw(queries * width, rng);
  const MatrixView<const float> rows(points, size, width), of(asked, queries, width);
  NeighbourWindow window(width, size);
  for (std::size_t i = 0; i < size; ++i) window.push(rows.row(i));
  std::vector<float> found(queries * size), expected(size);
  PointSet(rows).squared_distances(of, found);
  for (std::size_t q = 0; q < queries; ++q) {
    window.squared_distances(of.row(q), expected);
    for (std::size_t i = 0; i < size; ++i) RC_ASSERT(found[q * size + i] == expected[i]);
  }
}

}  // namespace
}  // namespace errata::index
