#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "errata/nn/convolution.h"

namespace errata::nn {

/// What follows a convolution: batch normalisation, max-pooling of 2 × 2, ReLU; forward and backward, map by map. Sums
/// over a batch are made of sums over its maps, in the order of the maps, so it does not matter which thread made
/// which.
///
/// With μ, v mean and (biased) variance of a channel over the N positions of the batch, r = 1/√(v + ε), x̂ = (z − μ) r:
///     y = γ x̂ + β;   out = max(0, max of the four y)
/// and with g the slope of y (that of `out` where y is the first largest of its four and above 0, otherwise 0):
///     dβ = Σ g,   dγ = Σ g x̂,   dz = γ r (g − dβ/N − x̂ dγ/N).
/// Reference: S. Ioffe, C. Szegedy, Batch normalization, ICML 2015.
struct ChannelMoments {
  std::vector<double> mean, variance;  ///< variance with divisor N
  std::size_t count = 0;               ///< N
};

/// Mean and sum of squared deviations of each channel over one map. @param means, squares  [channels]
void map_moments(std::span<const float> map, std::span<float> means, std::span<float> squares);

/// @param means, squares  [maps][channels], of maps of `positions` each
[[nodiscard]] ChannelMoments combined_moments(std::span<const float> means, std::span<const float> squares,
                                              std::size_t channels, std::size_t positions);

/// Normalisation as it is applied: per channel, in single precision.
struct Normalisation {
  Normalisation(const ChannelMoments& moments, std::span<const float> scale, std::span<const float> shift,
                double epsilon);        ///< scale is γ, shift is β
  std::vector<float> mean, inverse_sd;  ///< μ, r
  std::vector<float> gamma, beta;
};

/// @param map  [height][width][channels]  @param out  framed map of height/2 × width/2; its frame is left alone
void normalise_pool(std::span<const float> map, const MapShape& shape, const Normalisation& by, std::span<float> out);

/// One map's part of dβ and dγ.
/// @param slopes  of the pooled map, [height/2][width/2][channels], no frame
void pooled_slope_sums(std::span<const float> map, const MapShape& shape, const Normalisation& by,
                       std::span<const float> slopes, std::span<float> beta_slopes, std::span<float> gamma_slopes);

/// dz of one map. @param beta_slopes, gamma_slopes  dβ/N and dγ/N over the batch
/// @param framed_slopes  framed map of `shape`; its frame is left alone
void normalise_pool_slopes(std::span<const float> map, const MapShape& shape, const Normalisation& by,
                           std::span<const float> slopes, std::span<const float> beta_slopes,
                           std::span<const float> gamma_slopes, std::span<float> framed_slopes);

}  // namespace errata::nn
