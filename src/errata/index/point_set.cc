// A window of recent points is asked by one query at a time (neighbour_window.h) and reads all of its memory for each.
// Here many queries come at once, so a block of 16 points, which fits in the first-level cache, is held against all of
// them before the next block is read, four queries at a time: two vectors of points and eight vectors of sums stay in
// registers. Points that fill up the last block are zeros; their distances are computed and dropped.
#include "errata/index/point_set.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "errata/index/avx2.h"

namespace errata::index {
namespace {

constexpr std::size_t kPointBlock = 16;  ///< points
constexpr std::size_t kPointLanes = 8;   ///< floats of one vector
constexpr std::size_t kTogether = 4;     ///< queries

using Vector = float __attribute__((vector_size(kPointLanes * sizeof(float))));

/// @param block  [width, kPointBlock]  @param queries  rows of `width` floats one after the other  @param sums
/// [queries, 16]
template <std::size_t Queries>
ERRATA_INLINE void measure(const float* block, const float* queries, std::size_t width, float* sums) {
  Vector low[Queries] = {}, high[Queries] = {};
  for (std::size_t c = 0; c < width; ++c) {
    Vector first, second;
    std::memcpy(&first, block + c * kPointBlock, sizeof first);
    std::memcpy(&second, block + c * kPointBlock + kPointLanes, sizeof second);
#pragma GCC unroll 4  // else the sums go through memory
    for (std::size_t q = 0; q < Queries; ++q) {
      const float at = queries[q * width + c];
      const Vector a = first - at, b = second - at;
      low[q] += a * a;
      high[q] += b * b;
    }
  }
  for (std::size_t q = 0; q < Queries; ++q) {
    std::memcpy(sums + q * kPointBlock, &low[q], sizeof low[q]);
    std::memcpy(sums + q * kPointBlock + kPointLanes, &high[q], sizeof high[q]);
  }
}

struct Task {
  const float* points;   // [blocks, width, kPointBlock]
  const float* queries;  // [count, width]
  float* distances;      // [count, size]
  std::size_t size, width, count;
};

ERRATA_INLINE void measure_all(const Task& task) {
  std::array<float, kTogether * kPointBlock> sums{};
  for (std::size_t first = 0; first < task.size; first += kPointBlock) {
    const float* block = task.points + first * task.width;
    const std::size_t held = std::min(kPointBlock, task.size - first);
    for (std::size_t q = 0; q < task.count;) {
      const bool together = q + kTogether <= task.count;
      if (together) {
        measure<kTogether>(block, task.queries + q * task.width, task.width, sums.data());
      } else {
        measure<1>(block, task.queries + q * task.width, task.width, sums.data());
      }
      for (std::size_t i = 0; i < (together ? kTogether : 1); ++i, ++q) {
        std::memcpy(task.distances + q * task.size + first, sums.data() + i * kPointBlock, held * sizeof(float));
      }
    }
  }
}
ERRATA_AVX2 void measure_all_wide(const Task& task) { measure_all(task); }
void measure_all_any(const Task& task) { measure_all(task); }

}  // namespace

PointSet::PointSet(MatrixView<const float> points) : size_(points.rows()), width_(points.cols()) {
  values_.resize((size_ + kPointBlock - 1) / kPointBlock * kPointBlock * width_);
  for (std::size_t i = 0; i < size_; ++i) {
    float* block = values_.data() + i / kPointBlock * kPointBlock * width_;
    for (std::size_t c = 0; c < width_; ++c) block[c * kPointBlock + i % kPointBlock] = points(i, c);
  }
}

void PointSet::squared_distances(MatrixView<const float> queries, std::span<float> distances) const {
  ERRATA_CHECK(queries.cols() == width_ && distances.size() == queries.rows() * size_);
  if (queries.rows() == 0 || size_ == 0) return;
  const Task task{.points = values_.data(),
                  .queries = queries.row(0).data(),
                  .distances = distances.data(),
                  .size = size_,
                  .width = width_,
                  .count = queries.rows()};
  has_avx2() ? measure_all_wide(task) : measure_all_any(task);
}

}  // namespace errata::index
