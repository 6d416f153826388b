/// Which of four positions won is not stored on the way forward: on the way back the map is read in any case, for x̂,
/// and four comparisons cost less than another array. Every loop runs over the channels of one position, which lie
/// together. NaN passes through ReLU, so that a loss shows it.

#include "errata/nn/pooled_block.h"

#include <algorithm>
#include <cmath>

#include "errata/base/error.h"
#include "errata/nn/wide.h"

namespace errata::nn {
namespace {

/// Of one channel block of a map.
struct Pointers {
  const float* mean;
  const float* inverse_sd;
  const float* gamma;
  const float* beta;
};

Pointers pointers_of(const Normalisation& by) {
  return {.mean = by.mean.data(), .inverse_sd = by.inverse_sd.data(), .gamma = by.gamma.data(), .beta = by.beta.data()};
}

ERRATA_WIDE void moments(const float* __restrict map, std::size_t positions, std::size_t channels,
                         float* __restrict means, float* __restrict squares) {
  for (std::size_t c = 0; c < channels; ++c) means[c] = squares[c] = 0;
  for (std::size_t p = 0; p < positions; ++p)
    for (std::size_t c = 0; c < channels; ++c) means[c] += map[p * channels + c];
  for (std::size_t c = 0; c < channels; ++c) means[c] /= static_cast<float>(positions);
  for (std::size_t p = 0; p < positions; ++p)
    for (std::size_t c = 0; c < channels; ++c) {
      const float d = map[p * channels + c] - means[c];
      squares[c] += d * d;
    }
}

/// One pooled position: `upper` and `lower` are its two rows in the map, two positions each.
ERRATA_WIDE void pool_row(const float* __restrict upper, const float* __restrict lower, std::size_t columns,
                          std::size_t channels, Pointers by, float* __restrict out) {
  for (std::size_t x = 0; x < columns; ++x, upper += 2 * channels, lower += 2 * channels, out += channels)
    for (std::size_t c = 0; c < channels; ++c) {
      const float scale = by.gamma[c] * by.inverse_sd[c], mean = by.mean[c], shift = by.beta[c];
      const float y0 = (upper[c] - mean) * scale + shift, y1 = (upper[channels + c] - mean) * scale + shift;
      const float y2 = (lower[c] - mean) * scale + shift, y3 = (lower[channels + c] - mean) * scale + shift;
      float most = y0;
      most = y1 > most ? y1 : most;
      most = y2 > most ? y2 : most;
      most = y3 > most ? y3 : most;
      out[c] = most < 0 ? 0 : most;
    }
}

ERRATA_WIDE void sum_row(const float* __restrict upper, const float* __restrict lower, std::size_t columns,
                         std::size_t channels, Pointers by, const float* __restrict slopes,
                         float* __restrict beta_slopes, float* __restrict gamma_slopes) {
  for (std::size_t x = 0; x < columns; ++x, upper += 2 * channels, lower += 2 * channels, slopes += channels)
    for (std::size_t c = 0; c < channels; ++c) {
      const float scale = by.gamma[c] * by.inverse_sd[c], mean = by.mean[c], shift = by.beta[c];
      const float z0 = upper[c] - mean, z1 = upper[channels + c] - mean;
      const float z2 = lower[c] - mean, z3 = lower[channels + c] - mean;
      const float y0 = z0 * scale + shift, y1 = z1 * scale + shift, y2 = z2 * scale + shift, y3 = z3 * scale + shift;
      float most = y0, z = z0;
      z = y1 > most ? z1 : z;
      most = y1 > most ? y1 : most;
      z = y2 > most ? z2 : z;
      most = y2 > most ? y2 : most;
      z = y3 > most ? z3 : z;
      most = y3 > most ? y3 : most;
      const float slope = slopes[c], g = most > 0 ? slope : 0;
      beta_slopes[c] += g;
      gamma_slopes[c] += g * (z * by.inverse_sd[c]);
    }
}

/// γ r, and what is subtracted of each position: dβ/N and r dγ/N.
struct SlopeFactors {
  const float* scale;
  const float* constant;
  const float* by_deviation;
};

ERRATA_WIDE void slope_row(const float* __restrict upper, const float* __restrict lower, std::size_t columns,
                           std::size_t channels, Pointers by, SlopeFactors of, const float* __restrict slopes,
                           float* __restrict upper_out, float* __restrict lower_out) {
  for (std::size_t x = 0; x < columns; ++x) {
    for (std::size_t c = 0; c < channels; ++c) {
      const float scale = of.scale[c], mean = by.mean[c], shift = by.beta[c];
      const float constant = of.constant[c], by_deviation = of.by_deviation[c];
      const float z0 = upper[c] - mean, z1 = upper[channels + c] - mean;
      const float z2 = lower[c] - mean, z3 = lower[channels + c] - mean;
      const float y0 = z0 * scale + shift, y1 = z1 * scale + shift, y2 = z2 * scale + shift, y3 = z3 * scale + shift;
      const float first = y1 > y0 ? y1 : y0, second = y2 > first ? y2 : first, most = y3 > second ? y3 : second;
      const float slope = slopes[c], g = most > 0 ? slope : 0;
      const float g3 = y3 > second ? g : 0, after3 = y3 > second ? 0 : g;
      const float g2 = y2 > first ? after3 : 0, after2 = y2 > first ? 0 : after3;
      const float g1 = y1 > y0 ? after2 : 0, g0 = y1 > y0 ? 0 : after2;
      upper_out[c] = scale * (g0 - constant - z0 * by_deviation);
      upper_out[channels + c] = scale * (g1 - constant - z1 * by_deviation);
      lower_out[c] = scale * (g2 - constant - z2 * by_deviation);
      lower_out[channels + c] = scale * (g3 - constant - z3 * by_deviation);
    }
    upper += 2 * channels;
    lower += 2 * channels;
    slopes += channels;
    upper_out += 2 * channels;
    lower_out += 2 * channels;
  }
}

/// Positions that no pool covers, at the edge of a map of odd height or width: g is 0.
void slope_of_edge(const float* z, std::size_t channels, const float* mean, SlopeFactors of, float* out) {
  for (std::size_t c = 0; c < channels; ++c)
    out[c] = of.scale[c] * (0 - of.constant[c] - (z[c] - mean[c]) * of.by_deviation[c]);
}

}  // namespace

void map_moments(std::span<const float> map, std::span<float> means, std::span<float> squares) {
  ERRATA_CHECK(means.size() == squares.size() && map.size() % means.size() == 0 && !map.empty());
  moments(map.data(), map.size() / means.size(), means.size(), means.data(), squares.data());
}

ChannelMoments combined_moments(std::span<const float> means, std::span<const float> squares, std::size_t channels,
                                std::size_t positions) {
  ERRATA_CHECK(means.size() == squares.size() && means.size() % channels == 0 && !means.empty());
  const std::size_t maps = means.size() / channels;
  ChannelMoments of{
      .mean = std::vector<double>(channels), .variance = std::vector<double>(channels), .count = maps * positions};
  for (std::size_t map = 0; map < maps; ++map)
    for (std::size_t c = 0; c < channels; ++c) of.mean[c] += static_cast<double>(means[map * channels + c]);
  for (double& mean : of.mean) mean /= static_cast<double>(maps);
  for (std::size_t map = 0; map < maps; ++map)
    for (std::size_t c = 0; c < channels; ++c) {
      const double d = static_cast<double>(means[map * channels + c]) - of.mean[c];
      of.variance[c] += static_cast<double>(squares[map * channels + c]) + static_cast<double>(positions) * d * d;
    }
  for (double& variance : of.variance) variance /= static_cast<double>(of.count);
  return of;
}

Normalisation::Normalisation(const ChannelMoments& moments, std::span<const float> scale, std::span<const float> shift,
                             double epsilon)
    : mean(moments.mean.begin(), moments.mean.end()),
      gamma(scale.begin(), scale.end()),
      beta(shift.begin(), shift.end()) {
  for (const double variance : moments.variance)
    inverse_sd.push_back(static_cast<float>(1 / std::sqrt(variance + epsilon)));
}

void normalise_pool(std::span<const float> map, const MapShape& shape, const Normalisation& by, std::span<float> out) {
  const MapShape half{.height = shape.height / 2, .width = shape.width / 2, .channels = shape.channels};
  ERRATA_CHECK(map.size() == shape.size() && out.size() == half.framed_size());
  const std::size_t line = shape.width * shape.channels;
  for (std::size_t y = 0; y < half.height; ++y) {
    const float* const upper = map.data() + 2 * y * line;
    pool_row(upper, upper + line, half.width, shape.channels, pointers_of(by), out.data() + half.framed(y, 0));
  }
}

void pooled_slope_sums(std::span<const float> map, const MapShape& shape, const Normalisation& by,
                       std::span<const float> slopes, std::span<float> beta_slopes, std::span<float> gamma_slopes) {
  const MapShape half{.height = shape.height / 2, .width = shape.width / 2, .channels = shape.channels};
  ERRATA_CHECK(map.size() == shape.size() && slopes.size() == half.size() && beta_slopes.size() == shape.channels &&
               gamma_slopes.size() == shape.channels);
  std::ranges::fill(beta_slopes, 0.0F);
  std::ranges::fill(gamma_slopes, 0.0F);
  const std::size_t line = shape.width * shape.channels;
  for (std::size_t y = 0; y < half.height; ++y) {
    const float* const upper = map.data() + 2 * y * line;
    sum_row(upper, upper + line, half.width, shape.channels, pointers_of(by),
            slopes.data() + y * half.width * shape.channels, beta_slopes.data(), gamma_slopes.data());
  }
}

void normalise_pool_slopes(std::span<const float> map, const MapShape& shape, const Normalisation& by,
                           std::span<const float> slopes, std::span<const float> beta_slopes,
                           std::span<const float> gamma_slopes, std::span<float> framed_slopes) {
  const MapShape half{.height = shape.height / 2, .width = shape.width / 2, .channels = shape.channels};
  ERRATA_CHECK(map.size() == shape.size() && slopes.size() == half.size() &&
               framed_slopes.size() == shape.framed_size() && beta_slopes.size() == shape.channels &&
               gamma_slopes.size() == shape.channels);
  const std::size_t channels = shape.channels, line = shape.width * channels;
  std::vector<float> scale(channels), by_deviation(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    scale[c] = by.gamma[c] * by.inverse_sd[c];
    by_deviation[c] = by.inverse_sd[c] * gamma_slopes[c];
  }
  const SlopeFactors of{.scale = scale.data(), .constant = beta_slopes.data(), .by_deviation = by_deviation.data()};
  for (std::size_t y = 0; y < half.height; ++y) {
    const float* const upper = map.data() + 2 * y * line;
    slope_row(upper, upper + line, half.width, channels, pointers_of(by), of, slopes.data() + y * half.width * channels,
              framed_slopes.data() + shape.framed(2 * y, 0), framed_slopes.data() + shape.framed(2 * y + 1, 0));
  }
  for (std::size_t y = 0; y < shape.height; ++y)
    for (std::size_t x = y < 2 * half.height ? 2 * half.width : 0; x < shape.width; ++x)
      slope_of_edge(map.data() + y * line + x * channels, channels, by.mean.data(), of,
                    framed_slopes.data() + shape.framed(y, x));
}

}  // namespace errata::nn
