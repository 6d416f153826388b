// A posterior over weights, kept as a full covariance matrix, is what lets a few outcomes move the right weights a long
// way and the others not at all. The extended Kalman form is d² operations a case. Two things break the textbook form
// and are mended here: a linearised step overshoots when a confident prediction fails, so the step is implicit, a
// one-dimensional equation solved by Newton's method with bisection behind it; and rounding makes the matrix
// asymmetric, then indefinite, so every product is formed as g·(kᵢ·kⱼ), which is the same number for ij and ji.
//
// That leaves half of the matrix to be kept, and the time goes into moving it: the matrices of all experts together are
// larger than the first-level cache. So it lies in tiles of 4 × 4, those on and below the diagonal, and what an outcome
// shrinks it by is kept until the next one multiplies it: one pass reads and writes half a matrix where two would go
// through a whole one. In that pass a tile below the diagonal counts twice, by its rows and by its columns. Tile rows
// are taken from the top, tiles from the left, so that every sum of a product is taken in the order of the columns, as
// in a whole matrix.

#include "errata/memory/online_logistic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <tuple>

#include "errata/index/avx2.h"
#include "errata/memory/all_finite.h"
#include "errata/memory/vectorized.h"
#include "errata/stats/logistic.h"

namespace errata::memory {
namespace {

constexpr std::size_t kLanes = 4;  ///< doubles of a vector register; a tile has as many rows and columns
constexpr std::size_t kTile = kLanes * kLanes;

using Doubles = double __attribute__((vector_size(kLanes * sizeof(double))));

/// rows = (rows − g · k_rows k_columnsᵀ) · scale, in place
ERRATA_INLINE void shrink_tile(double* tile, const double* of_rows, const double* of_columns, double g, double scale,
                               Doubles (&rows)[kLanes]) {
  Doubles k;
  std::memcpy(&k, of_columns, sizeof k);
#pragma GCC unroll 4  // else the rows go through memory
  for (std::size_t r = 0; r < kLanes; ++r) {
    std::memcpy(&rows[r], tile + r * kLanes, sizeof rows[r]);
    rows[r] = (rows[r] - g * (of_rows[r] * k)) * scale;
    std::memcpy(tile + r * kLanes, &rows[r], sizeof rows[r]);
  }
}

ERRATA_INLINE void transpose(const Doubles (&rows)[kLanes], Doubles (&columns)[kLanes]) {
  const Doubles a = __builtin_shufflevector(rows[0], rows[1], 0, 4, 2, 6);
  const Doubles b = __builtin_shufflevector(rows[0], rows[1], 1, 5, 3, 7);
  const Doubles c = __builtin_shufflevector(rows[2], rows[3], 0, 4, 2, 6);
  const Doubles d = __builtin_shufflevector(rows[2], rows[3], 1, 5, 3, 7);
  columns[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
  columns[1] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
  columns[2] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
  columns[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

/// sum += f_0 · vectors_0, then f_1 · vectors_1, …
ERRATA_INLINE void add_products(Doubles& sum, const double* f, const Doubles (&vectors)[kLanes]) {
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kLanes; ++i) sum += f[i] * vectors[i];
}

/// How a matrix shrinks: (matrix − g · k kᵀ) · scale, and what it is multiplied by.
struct Pass {
  const double* k;
  double g, scale;
  const double* f;
};

/// Shrinks a tile below the diagonal and adds its products to the sums of its columns and to those of its rows.
ERRATA_INLINE void take_tile(double* tile, const Pass& pass, std::size_t own, std::size_t other, Doubles& above,
                             Doubles& sum) {
  Doubles rows[kLanes], columns[kLanes];
  shrink_tile(tile, pass.k + own, pass.k + other, pass.g, pass.scale, rows);
  add_products(above, pass.f + own, rows);
  transpose(rows, columns);
  add_products(sum, pass.f + other, columns);
}

/// The same of a tile on the diagonal, whose rows are its columns.
ERRATA_INLINE void take_diagonal(double* tile, const Pass& pass, std::size_t own, Doubles& sum) {
  Doubles rows[kLanes];
  shrink_tile(tile, pass.k + own, pass.k + own, pass.g, pass.scale, rows);
  add_products(sum, pass.f + own, rows);
}

/// matrix = (matrix − g · k kᵀ) · scale, and direction = Σ_j f_j · row j of it
/// Two rows of tiles at a time: each addition to a sum waits for the one before, and two sums that wait at once cost
/// what one does.
/// @param tiles  [blocks (blocks + 1) / 2, kTile]  @param k, f, direction  [blocks · kLanes]
ERRATA_VECTORIZED void shrink_and_multiply(double* tiles, const double* k, double g, double scale, const double* f,
                                           std::size_t blocks, double* direction) {
  const Pass pass{.k = k, .g = g, .scale = scale, .f = f};
  Doubles above;
  std::size_t block = 0;
  for (; block + 1 < blocks; block += 2) {
    const std::size_t own = block * kLanes, next = own + kLanes;
    double* lower = tiles + (block + 1) * kTile;  // the row below
    Doubles sum{}, below{};
    for (std::size_t other = 0; other < own; other += kLanes, tiles += kTile, lower += kTile) {
      std::memcpy(&above, direction + other, sizeof above);
      take_tile(tiles, pass, own, other, above, sum);
      take_tile(lower, pass, next, other, above, below);
      std::memcpy(direction + other, &above, sizeof above);
    }
    take_diagonal(tiles, pass, own, sum);
    take_tile(lower, pass, next, own, sum, below);
    std::memcpy(direction + own, &sum, sizeof sum);
    take_diagonal(lower + kTile, pass, next, below);
    std::memcpy(direction + next, &below, sizeof below);
    tiles = lower + 2 * kTile;
  }
  if (block == blocks) return;
  const std::size_t own = block * kLanes;
  Doubles sum{};
  for (std::size_t other = 0; other < own; other += kLanes, tiles += kTile) {
    std::memcpy(&above, direction + other, sizeof above);
    take_tile(tiles, pass, own, other, above, sum);
    std::memcpy(direction + other, &above, sizeof above);
  }
  take_diagonal(tiles, pass, own, sum);
  std::memcpy(direction + own, &sum, sizeof sum);
}

/// Where the number of row i and column j of the matrix lies among its tiles; j is in a tile on or left of the
/// diagonal.
std::size_t place_of(std::size_t i, std::size_t j) {
  const std::size_t row = i / kLanes, column = j / kLanes;
  return (row * (row + 1) / 2 + column) * kTile + i % kLanes * kLanes + j % kLanes;
}

std::size_t blocks_for(std::size_t size) { return (size + kLanes - 1) / kLanes; }

/// The root of u = y − σ(z + u S); it lies between 0 and y − σ(z). Where the sigmoid bends between two estimates,
/// Newton's method goes to and fro for ever: a step that is not half as long as the one before gives way to bisection.
class ImplicitStep {
 public:
  ImplicitStep() = default;
  ImplicitStep(double z, double spread, double y) : ImplicitStep(z, spread, y, y - stats::sigmoid(z)) {}
  /// Goes a step nearer. @return whether it has arrived
  bool go() {
    const double p = stats::sigmoid(z_ + u_ * spread_);
    const double excess = u_ - (y_ - p);
    (excess > 0 ? high_ : low_) = u_;
    double move = -excess / (1 + spread_ * p * (1 - p));
    const bool arrived = std::abs(move) < 1e-9;
    const bool within = u_ + move > low_ && u_ + move < high_;
    if (!arrived && (!within || std::abs(move) > last_ / 2)) move = (low_ + high_) / 2 - u_;
    last_ = std::abs(move);
    u_ += move;
    return arrived;
  }
  [[nodiscard]] double root() const { return u_; }

 private:
  ImplicitStep(double z, double spread, double y, double full)
      : z_(z),
        spread_(spread),
        y_(y),
        low_(std::min(0.0, full)),
        high_(std::max(0.0, full)),
        u_(full / (1 + 0.25 * spread)),
        last_(high_ - low_) {}

  double z_ = 0, spread_ = 0, y_ = 0, low_ = 0, high_ = 0, u_ = 0, last_ = 0;
};

constexpr int kMostRounds = 100;

/// Σ a_i b_i over the elements of the shorter one. Two of them in one loop would share a vector that goes through
/// memory.
double sum_of_products(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) sum += a[i] * b[i];
  return sum;
}
constexpr double kLeastCurvature = 1e-3;

}  // namespace

OnlineLogistic::OnlineLogistic(std::vector<double> prior_mean, const OnlineLogisticOptions& options)
    : options_(options),
      weights_(std::move(prior_mean)),
      tiles_(blocks_for(size()) * (blocks_for(size()) + 1) / 2 * kTile),
      direction_(blocks_for(size()) * kLanes),
      features_(direction_.size()) {
  ERRATA_CHECK(!weights_.empty() && options.prior_variance > 0 && options.forgetting > 0 && options.forgetting <= 1);
  for (std::size_t i = 0; i < size(); ++i) tiles_[place_of(i, i)] = options.prior_variance;
  shrinkage_.k.resize(direction_.size());
}

double OnlineLogistic::predict(std::span<const float> features) const {
  ERRATA_CHECK(features.size() == size());
  double sum = 0;
  for (std::size_t i = 0; i < size(); ++i) sum += weights_[i] * features[i];
  return sum;
}

void OnlineLogistic::learn(std::span<const float> features, bool outcome, double weight) {
  const Lesson lesson{.learner = this, .features = features};
  learn_together(std::span(&lesson, 1), outcome, weight);
}

void OnlineLogistic::learn_together(std::span<const Lesson> lessons, bool outcome, double weight) {
  ERRATA_CHECK(lessons.size() <= kMostTogether);
  std::array<ImplicitStep, kMostTogether> steps;
  std::array<double, kMostTogether> z{}, spread{};
  std::array<bool, kMostTogether> arrived{};
  for (const Lesson& lesson : lessons) lesson.learner->multiply(lesson.features);
  for (std::size_t i = 0; i < lessons.size(); ++i)
    std::tie(z[i], spread[i]) = lessons[i].learner->log_odds_and_spread();
  for (std::size_t i = 0; i < lessons.size(); ++i) steps[i] = ImplicitStep(z[i], weight * spread[i], outcome ? 1 : 0);
  std::size_t left = lessons.size();
  for (int round = 0; round < kMostRounds && left > 0; ++round)
    for (std::size_t i = 0; i < lessons.size(); ++i) {
      if (arrived[i]) continue;
      arrived[i] = steps[i].go();
      left -= arrived[i] ? 1U : 0U;
    }
  std::array<double, kMostTogether> gain{};
  for (std::size_t i = 0; i < lessons.size(); ++i) {
    const double p = stats::sigmoid(z[i] + steps[i].root() * weight * spread[i]);
    const double curvature = weight * std::max(p * (1 - p), kLeastCurvature);
    gain[i] = curvature / (1 + curvature * spread[i]);
  }
  for (std::size_t i = 0; i < lessons.size(); ++i) lessons[i].learner->move(steps[i].root(), gain[i], weight);
}

/// Shrinks the covariance by what the last outcome left to do, and multiplies it by the features.
void OnlineLogistic::multiply(std::span<const float> features) {
  ERRATA_CHECK(features.size() == size());
  std::ranges::copy(features, features_.begin());
  shrink_and_multiply(tiles_.data(), shrinkage_.k.data(), shrinkage_.gain, shrinkage_.scale, features_.data(),
                      blocks_for(size()), direction_.data());
}

std::pair<double, double> OnlineLogistic::log_odds_and_spread() const {
  return {sum_of_products(weights_, features_), sum_of_products(direction_, std::span(features_).first(size()))};
}

/// Moves the weights by the step along the direction, and keeps what the covariance is to shrink by.
void OnlineLogistic::move(double step, double gain, double weight) {
  const std::size_t inputs = size();
  double trace = 0;
  for (std::size_t block = 0, tile = 0; block < blocks_for(inputs); tile += (++block + 1) * kTile)
    for (std::size_t r = 0, i = block * kLanes; r < kLanes && i < inputs; ++r, ++i) {
      weights_[i] += weight * step * direction_[i];
      trace += tiles_[tile + r * (kLanes + 1)] - gain * (direction_[i] * direction_[i]);
    }
  const double widest = options_.prior_variance * static_cast<double>(inputs);
  shrinkage_.gain = gain;
  shrinkage_.scale = std::clamp(widest / trace, 1.0, 1 / options_.forgetting);
  shrinkage_.k.swap(direction_);
}

std::vector<double> OnlineLogistic::covariance() const {
  const auto& [gain, scale, k] = shrinkage_;
  const std::size_t stride = direction_.size();
  std::vector<double> whole(size() * stride);
  for (std::size_t i = 0; i < size(); ++i)
    for (std::size_t j = 0; j <= i; ++j)
      whole[i * stride + j] = whole[j * stride + i] = (tiles_[place_of(i, j)] - gain * (k[i] * k[j])) * scale;
  return whole;
}

void OnlineLogistic::set_covariance(std::span<const double> whole) {
  const std::size_t stride = direction_.size();
  for (std::size_t i = 0; i < size(); ++i)
    for (std::size_t j = 0; j < std::min(size(), (i / kLanes + 1) * kLanes); ++j)
      tiles_[place_of(i, j)] = whole[i * stride + j];
  shrinkage_ = {.k = std::vector<double>(stride)};
}

void OnlineLogistic::widen(double factor) {
  std::vector<double> whole = covariance();
  double trace = 0;
  for (std::size_t i = 0; i < size(); ++i) trace += whole[i * direction_.size() + i];
  const double scale = std::clamp(options_.prior_variance * static_cast<double>(size()) / trace, 1.0, factor);
  for (double& value : whole) value *= scale;
  set_covariance(whole);
}

void OnlineLogistic::save(ByteWriter& out) const {
  out.write(options_.prior_variance);
  out.write(options_.forgetting);
  out.write(weights_);
  out.write(covariance());
}

Result<OnlineLogistic> OnlineLogistic::load(ByteReader& in) {
  OnlineLogisticOptions options;
  options.prior_variance = in.read<double>();
  options.forgetting = in.read<double>();
  std::vector<double> weights;
  std::vector<double> covariance;
  in.read_into(weights);
  in.read_into(covariance);
  const std::size_t stride = blocks_for(weights.size()) * kLanes;
  const bool ranges = options.prior_variance > 0 && std::isfinite(options.prior_variance) && options.forgetting > 0 &&
                      options.forgetting <= 1;
  // Sizes are compared before anything of that size is made.
  bool whole = !in.truncated() && !weights.empty() && ranges && covariance.size() == weights.size() * stride &&
               all_finite(weights) && all_finite(covariance);
  for (std::size_t i = 0; whole && i < weights.size(); ++i) whole = covariance[i * stride + i] > 0;
  if (!whole) return data_error("an online logistic regression is damaged");
  OnlineLogistic loaded(std::move(weights), options);
  loaded.set_covariance(covariance);
  return loaded;
}

}  // namespace errata::memory
