#include "errata/base/matrix_view.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace errata {
namespace {

TEST(MatrixView, IsRowMajor) {
  const std::vector<double> values = {1, 2, 3, 4, 5, 6};
  const MatrixView<const double> matrix(values, 2, 3);
  EXPECT_EQ(matrix.rows(), 2U);
  EXPECT_EQ(matrix.cols(), 3U);
  EXPECT_FALSE(matrix.empty());
  EXPECT_EQ(matrix(0, 2), 3);
  EXPECT_EQ(matrix(1, 0), 4);
  EXPECT_EQ(matrix.row(1).size(), 3U);
  EXPECT_EQ(matrix.row(1)[2], 6);
}

TEST(MatrixView, WritesThroughToTheOwner) {
  std::vector<int> values(4, 0);
  const MatrixView<int> matrix(values, 2, 2);
  matrix(1, 0) = 7;
  matrix.row(0)[1] = 5;
  EXPECT_EQ(values, (std::vector<int>{0, 5, 7, 0}));
}

TEST(MatrixView, MayBeEmpty) {
  EXPECT_TRUE(MatrixView<int>().empty());
  const MatrixView<int> no_columns(std::span<int>(), 3, 0);
  EXPECT_TRUE(no_columns.empty());
  EXPECT_EQ(no_columns.rows(), 3U);
  EXPECT_TRUE(no_columns.row(2).empty());
}

RC_GTEST_PROP(MatrixView, EveryCellIsOneValueInOrder, ()) {
  const auto rows = *rc::gen::inRange<std::size_t>(0, 20);
  const auto cols = *rc::gen::inRange<std::size_t>(0, 20);
  std::vector<std::size_t> values(rows * cols);
  std::iota(values.begin(), values.end(), std::size_t{0});
  const MatrixView<const std::size_t> matrix(values, rows, cols);
  std::size_t next = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c, ++next) {
      RC_ASSERT(matrix(r, c) == next);
      RC_ASSERT(&matrix.row(r)[c] == &matrix(r, c));
    }
  }
}

TEST(MatrixViewDeathTest, AShapeThatDoesNotFitIsABug) {
  std::vector<int> values(5);
  EXPECT_DEATH((MatrixView<int>(values, 2, 3)), "does not hold");
}

}  // namespace
}  // namespace errata
