// A posterior over weights, kept as a full covariance matrix, is what lets a few outcomes move the right weights a long
// way and the others not at all. The extended Kalman form is d² operations a case. Two things break the textbook form
// and are mended here: a linearised step overshoots when a confident prediction fails, so the step is implicit, a
// one-dimensional equation solved by Newton's method with bisection behind it; and rounding makes the matrix
// asymmetric, then indefinite, so every product is formed as g·(kᵢ·kⱼ), which is the same number for ij and ji.
//
// The matrices of all experts together are larger than the first-level cache, so what an outcome shrinks a matrix by is
// kept until the next one multiplies it: one pass reads and writes it where two would.

#include "errata/memory/online_logistic.h"

#include <algorithm>
#include <cmath>

#include "errata/memory/all_finite.h"
#include "errata/memory/vectorized.h"
#include "errata/stats/logistic.h"

namespace errata::memory {
namespace {

constexpr std::size_t kLanes = 4;  ///< doubles of a vector register

/// matrix = (matrix − g · k kᵀ) · scale, and direction = Σ_j f_j · row j of it
ERRATA_VECTORIZED void shrink_and_multiply(double* matrix, const double* k, double g, double scale, const float* f,
                                           std::size_t size, std::size_t stride, double* direction) {
  for (std::size_t i = 0; i < stride; ++i) direction[i] = 0;
  for (std::size_t j = 0; j < size; ++j) {
    double* row = matrix + j * stride;
    const double kj = k[j], factor = f[j];
    for (std::size_t i = 0; i < stride; ++i) {
      row[i] = (row[i] - g * (kj * k[i])) * scale;
      direction[i] += factor * row[i];
    }
  }
}

/// matrix = (matrix − g · k kᵀ) · scale
ERRATA_VECTORIZED void shrink(double* matrix, const double* k, std::size_t size, std::size_t stride, double g,
                              double scale) {
  for (std::size_t i = 0; i < size; ++i) {
    double* row = matrix + i * stride;
    const double ki = k[i];
    for (std::size_t j = 0; j < stride; ++j) row[j] = (row[j] - g * (ki * k[j])) * scale;
  }
}

/// The root of u = y − σ(z + u S); it lies between 0 and y − σ(z). Where the sigmoid bends between two estimates,
/// Newton's method goes to and fro for ever: a step that is not half as long as the one before gives way to bisection.
double implicit_step(double z, double spread, double y) {
  const double full = y - stats::sigmoid(z);
  double low = std::min(0.0, full);
  double high = std::max(0.0, full);
  double u = full / (1 + 0.25 * spread);
  double last = high - low;
  for (int round = 0; round < 100; ++round) {
    const double p = stats::sigmoid(z + u * spread);
    const double excess = u - (y - p);
    (excess > 0 ? high : low) = u;
    double move = -excess / (1 + spread * p * (1 - p));
    if (std::abs(move) < 1e-9) return u + move;
    const bool within = u + move > low && u + move < high;
    if (!within || std::abs(move) > last / 2) move = (low + high) / 2 - u;
    last = std::abs(move);
    u += move;
  }
  return u;
}

constexpr double kLeastCurvature = 1e-3;

std::size_t stride_for(std::size_t size) { return (size + kLanes - 1) / kLanes * kLanes; }

}  // namespace

OnlineLogistic::OnlineLogistic(std::vector<double> prior_mean, const OnlineLogisticOptions& options)
    : options_(options),
      stride_(stride_for(prior_mean.size())),
      weights_(std::move(prior_mean)),
      covariance_(weights_.size() * stride_),
      direction_(stride_) {
  ERRATA_CHECK(!weights_.empty() && options.prior_variance > 0 && options.forgetting > 0 && options.forgetting <= 1);
  for (std::size_t i = 0; i < size(); ++i) covariance_[i * stride_ + i] = options.prior_variance;
  shrinkage_.k.resize(stride_);
}

double OnlineLogistic::predict(std::span<const float> features) const {
  ERRATA_CHECK(features.size() == size());
  double sum = 0;
  for (std::size_t i = 0; i < size(); ++i) sum += weights_[i] * features[i];
  return sum;
}

void OnlineLogistic::learn(std::span<const float> features, bool outcome, double weight) {
  ERRATA_CHECK(features.size() == size());
  shrink_and_multiply(covariance_.data(), shrinkage_.k.data(), shrinkage_.gain, shrinkage_.scale, features.data(),
                      size(), stride_, direction_.data());
  double z = 0;
  double spread = 0;
  double trace = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    z += weights_[i] * features[i];
    spread += direction_[i] * features[i];
  }
  const double u = implicit_step(z, weight * spread, outcome ? 1 : 0);
  const double p = stats::sigmoid(z + u * weight * spread);
  const double curvature = weight * std::max(p * (1 - p), kLeastCurvature);
  const double gain = curvature / (1 + curvature * spread);
  for (std::size_t i = 0; i < size(); ++i) {
    weights_[i] += weight * u * direction_[i];
    trace += covariance_[i * stride_ + i] - gain * (direction_[i] * direction_[i]);
  }
  const double widest = options_.prior_variance * static_cast<double>(size());
  shrinkage_.gain = gain;
  shrinkage_.scale = std::clamp(widest / trace, 1.0, 1 / options_.forgetting);
  shrinkage_.k.swap(direction_);
}

std::vector<double> OnlineLogistic::covariance() const {
  std::vector<double> shrunk = covariance_;
  shrink(shrunk.data(), shrinkage_.k.data(), size(), stride_, shrinkage_.gain, shrinkage_.scale);
  return shrunk;
}

void OnlineLogistic::widen(double factor) {
  covariance_ = covariance();
  shrinkage_ = {.k = std::vector<double>(stride_)};
  double trace = 0;
  for (std::size_t i = 0; i < size(); ++i) trace += covariance_[i * stride_ + i];
  const double scale = std::clamp(options_.prior_variance * static_cast<double>(size()) / trace, 1.0, factor);
  for (double& value : covariance_) value *= scale;
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
  const std::size_t stride = stride_for(weights.size());
  const bool ranges = options.prior_variance > 0 && std::isfinite(options.prior_variance) && options.forgetting > 0 &&
                      options.forgetting <= 1;
  // Sizes are compared before anything of that size is made.
  bool whole = !in.truncated() && !weights.empty() && ranges && covariance.size() == weights.size() * stride &&
               all_finite(weights) && all_finite(covariance);
  for (std::size_t i = 0; whole && i < weights.size(); ++i) whole = covariance[i * stride + i] > 0;
  if (!whole) return data_error("an online logistic regression is damaged");
  OnlineLogistic loaded(std::move(weights), options);
  loaded.covariance_ = std::move(covariance);
  return loaded;
}

}  // namespace errata::memory
