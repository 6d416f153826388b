#include "errata/language/row_loops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "errata/nn/wide.h"

// Comparisons may become minima and maxima of vectors.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("no-trapping-math")
#endif
#define ERRATA_INLINE inline __attribute__((always_inline))

namespace errata::language::row_loops {
namespace {

constexpr std::size_t kLanes = 16;
constexpr double kLeastProbability = 1e-38;
using Lanes = std::array<float, kLanes>;

ERRATA_INLINE float sum_of(Lanes lanes) {
  for (std::size_t half = kLanes / 2; half > 0; half /= 2)
    for (std::size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

/// e^x to 2 units of the last place from −60 to 60, and beyond what is there: below, nothing that a sum of floats sees,
/// and large enough that products of it do not come near the least of floats, where processors are slow.
/// Source: the polynomial of S. L. Moshier's Cephes, expf.
ERRATA_INLINE float exponential(float x) {
  constexpr float kRound = 12'582'912.0F;  // 1.5 · 2²³: adding it leaves no digits behind the point
  constexpr float kFarthest = 60;
  x = x < -kFarthest ? -kFarthest : x;
  x = x > kFarthest ? kFarthest : x;
  const float n = (x * 1.44269504F + kRound) - kRound;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const std::int32_t bits = (static_cast<std::int32_t>(n) + 127) << 23;
  float power = 0;  // 2ⁿ; g++ 12 makes no vectors of std::bit_cast
  std::memcpy(&power, &bits, sizeof power);
  return (p * r * r + r + 1.0F) * power;
}

ERRATA_INLINE float sigmoid(float x) { return 1.0F / (1.0F + exponential(-x)); }

ERRATA_INLINE float dot(const float* a, const float* b, std::size_t count) {
  Lanes lanes{};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  float rest = 0;
  for (; i < count; ++i) rest += a[i] * b[i];
  return rest + sum_of(lanes);
}

/// to += factor · x
ERRATA_INLINE void add_times(const float* __restrict x, float factor, std::size_t count, float* __restrict to) {
  for (std::size_t i = 0; i < count; ++i) to[i] += factor * x[i];
}

ERRATA_INLINE float greater(float a, float b) { return a > b ? a : b; }

ERRATA_INLINE float highest_of(const float* z, std::size_t count) {
  Lanes lanes;
  for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = z[0];
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = greater(z[i + lane], lanes[lane]);
  for (std::size_t half = kLanes / 2; half > 0; half /= 2)
    for (std::size_t lane = 0; lane < half; ++lane) lanes[lane] = greater(lanes[lane + half], lanes[lane]);
  float highest = lanes[0];
  for (; i < count; ++i) highest = greater(z[i], highest);
  return highest;
}

/// z becomes e^(z − shift). @return their sum
ERRATA_INLINE float exponentials(float* z, std::size_t count, float shift) {
  for (std::size_t i = 0; i < count; ++i) z[i] = exponential(z[i] - shift);
  Lanes lanes{};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += z[i + lane];
  float rest = 0;
  for (; i < count; ++i) rest += z[i];
  return rest + sum_of(lanes);
}

/// [tokens, size] of rows `width` apart -> [size, stride], filled up with zeros
ERRATA_INLINE void transpose(const float* x, const Heads& of, std::size_t width, float* to) {
  const std::size_t stride = of.stride();
  for (std::size_t i = 0; i < of.size * stride; ++i) to[i] = 0;
  for (std::size_t t = 0; t < of.tokens; ++t)
    for (std::size_t d = 0; d < of.size; ++d) to[d * stride + t] = x[t * width + d];
}

/// to = Σ_j weights[j] v[j, ·], of rows `apart`
ERRATA_INLINE void weigh(const float* weights, const float* v, std::size_t rows, std::size_t apart, std::size_t size,
                         float* to) {
  for (std::size_t d = 0; d < size; ++d) to[d] = 0;
  for (std::size_t j = 0; j < rows; ++j) add_times(v + j * apart, weights[j], size, to);
}

/// out[j] = factor · Σ_d x[d] m[d, j] for the first `vectors` of rows `stride` apart; a vector at a time stays in
/// registers.
ERRATA_INLINE void row_times(const float* __restrict x, const float* __restrict m, std::size_t size, std::size_t stride,
                             std::size_t vectors, float factor, float* __restrict out) {
  for (std::size_t v = 0; v < vectors; ++v) {
    Lanes sums{};
    for (std::size_t d = 0; d < size; ++d)
      for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += x[d] * m[d * stride + v * kLanes + lane];
    for (std::size_t lane = 0; lane < kLanes; ++lane) out[v * kLanes + lane] = factor * sums[lane];
  }
}

}  // namespace

ERRATA_WIDE void normalise(const float* x, const float* w, std::size_t rows, std::size_t width, float epsilon, float* y,
                           float* inverse) {
  for (std::size_t r = 0; r < rows; ++r, x += width, y += width) {
    const float factor = 1.0F / std::sqrt(dot(x, x, width) / static_cast<float>(width) + epsilon);
    inverse[r] = factor;
    for (std::size_t i = 0; i < width; ++i) y[i] = x[i] * factor * w[i];
  }
}

ERRATA_WIDE void normalise_back(const float* dy, const float* x, const float* w, const float* inverse, std::size_t rows,
                                std::size_t width, float* __restrict dx, float* __restrict dw) {
  for (std::size_t r = 0; r < rows; ++r, x += width, dy += width, dx += width) {
    const float factor = inverse[r];
    Lanes lanes{};
    std::size_t i = 0;
    for (; i + kLanes <= width; i += kLanes)
      for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += dy[i + lane] * w[i + lane] * x[i + lane];
    float rest = 0;
    for (; i < width; ++i) rest += dy[i] * w[i] * x[i];
    const float along = (rest + sum_of(lanes)) * factor * factor * factor / static_cast<float>(width);
    for (i = 0; i < width; ++i) dx[i] += factor * dy[i] * w[i] - along * x[i];
    if (dw != nullptr)
      for (i = 0; i < width; ++i) dw[i] += dy[i] * x[i] * factor;
  }
}

ERRATA_WIDE void turn(float* x, std::size_t heads, std::size_t half, const float* cosines, const float* sines,
                      float sign) {
  for (std::size_t h = 0; h < heads; ++h, x += 2 * half) {
    float* __restrict const first = x;
    float* __restrict const second = x + half;
    for (std::size_t i = 0; i < half; ++i) {
      const float a = first[i], b = second[i], s = sign * sines[i];
      first[i] = a * cosines[i] - b * s;
      second[i] = b * cosines[i] + a * s;
    }
  }
}

ERRATA_WIDE void gate(const float* __restrict g, const float* __restrict u, std::size_t count, float* __restrict a) {
  for (std::size_t i = 0; i < count; ++i) a[i] = g[i] * sigmoid(g[i]) * u[i];
}

ERRATA_WIDE void gate_back(const float* __restrict da, const float* __restrict g, const float* __restrict u,
                           std::size_t count, float* __restrict dg, float* __restrict du) {
  for (std::size_t i = 0; i < count; ++i) {
    const float s = sigmoid(g[i]), silu = g[i] * s;
    dg[i] = da[i] * u[i] * (s + silu * (1.0F - s));
    du[i] = da[i] * silu;
  }
}

ERRATA_WIDE void add(const float* __restrict x, std::size_t count, float* __restrict to) { add_times(x, 1, count, to); }

ERRATA_WIDE void add_to_rows(const float* __restrict row, std::size_t rows, std::size_t width, float* __restrict to) {
  for (std::size_t r = 0; r < rows; ++r) add_times(row, 1, width, to + r * width);
}

ERRATA_WIDE void add_rows(const float* __restrict x, std::size_t rows, std::size_t width, float* __restrict to) {
  for (std::size_t r = 0; r < rows; ++r) add_times(x + r * width, 1, width, to);
}

ERRATA_WIDE void dots(const float* rows, const float* x, std::size_t count, std::size_t width, float* to) {
  for (std::size_t r = 0; r < count; ++r) to[r] = dot(rows + r * width, x, width);
}

ERRATA_WIDE void add_in_doubles(const float* __restrict x, std::size_t count, double* __restrict to) {
  for (std::size_t i = 0; i < count; ++i) to[i] += static_cast<double>(x[i]);
}

ERRATA_WIDE void divide(const double* __restrict x, std::size_t count, double by, float* __restrict to) {
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<float>(x[i] / by);
}

ERRATA_WIDE double cross_entropy(float* z, std::size_t count, std::size_t wanted) {
  const float highest = highest_of(z, count), apart = z[wanted] - highest;
  const float total = exponentials(z, count, highest), factor = 1.0F / total;
  for (std::size_t i = 0; i < count; ++i) z[i] *= factor;
  z[wanted] -= 1.0F;
  return std::log(static_cast<double>(total)) - static_cast<double>(apart);
}

ERRATA_WIDE void softmax(float* z, std::size_t count) {
  const float factor = 1.0F / exponentials(z, count, highest_of(z, count));
  for (std::size_t i = 0; i < count; ++i) z[i] *= factor;
}

double divergence(float* z, std::size_t count, const float* expected) {
  softmax(z, count);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (expected[i] > 0)
      sum += static_cast<double>(expected[i]) *
             std::log(static_cast<double>(expected[i]) / std::max(static_cast<double>(z[i]), kLeastProbability));
    z[i] -= expected[i];
  }
  return sum;
}

ERRATA_WIDE void attend(const Heads& of, const float* q, const float* k, const float* v, float* p, float* out,
                        float* space) {
  constexpr float kHidden = -1e30F;
  const std::size_t n = of.tokens, size = of.size, width = of.width(), kv_width = of.kv_width(), stride = of.stride();
  const float scale = 1.0F / std::sqrt(static_cast<float>(size));
  for (std::size_t h = 0; h < of.heads; ++h) {
    const std::size_t shared = h / (of.heads / of.kv_heads) * size;
    if (h % (of.heads / of.kv_heads) == 0) transpose(k + shared, of, kv_width, space);
    for (std::size_t i = 0; i < n; ++i) {
      float* const row = p == nullptr ? space + size * stride : p + (h * n + i) * stride;
      const std::size_t vectors = i / kLanes + 1, filled = vectors * kLanes;
      row_times(q + i * width + h * size, space, size, stride, vectors, scale, row);
      for (std::size_t j = i + 1; j < filled; ++j) row[j] = kHidden;
      const float factor = 1.0F / exponentials(row, filled, highest_of(row, filled));
      for (std::size_t j = 0; j < filled; ++j) row[j] *= factor;
      weigh(row, v + shared, i + 1, kv_width, size, out + i * width + h * size);
    }
  }
}

ERRATA_WIDE void attend_last(const Heads& of, const float* q, const float* k, const float* v, float* out,
                             float* space) {
  const std::size_t n = of.tokens, size = of.size, kv_width = of.kv_width();
  const float scale = 1.0F / std::sqrt(static_cast<float>(size));
  for (std::size_t h = 0; h < of.heads; ++h, q += size, out += size) {
    const std::size_t shared = h / (of.heads / of.kv_heads) * size;
    for (std::size_t j = 0; j < n; ++j) space[j] = scale * dot(q, k + j * kv_width + shared, size);
    const float factor = 1.0F / exponentials(space, n, highest_of(space, n));
    for (std::size_t j = 0; j < n; ++j) space[j] *= factor;
    weigh(space, v + shared, n, kv_width, size, out);
  }
}

ERRATA_WIDE void attend_back(const Heads& of, const float* dout, const float* q, const float* k, const float* v,
                             const float* p, float* dq, float* dk, float* dv, float* space) {
  const std::size_t n = of.tokens, size = of.size, width = of.width(), kv_width = of.kv_width(), stride = of.stride();
  const float scale = 1.0F / std::sqrt(static_cast<float>(size));
  float* const slopes = space + size * stride;  // of a row of scores
  for (std::size_t h = 0; h < of.heads; ++h) {
    const std::size_t shared = h / (of.heads / of.kv_heads) * size;
    if (h % (of.heads / of.kv_heads) == 0) transpose(v + shared, of, kv_width, space);
    for (std::size_t i = 0; i < n; ++i) {
      const float* const row = p + (h * n + i) * stride;
      const std::size_t own = i * width + h * size;
      row_times(dout + own, space, size, stride, i / kLanes + 1, 1, slopes);
      const float mean = dot(row, slopes, i + 1);
      for (std::size_t j = 0; j <= i; ++j) {
        const std::size_t other = j * kv_width + shared;
        const float slope = scale * row[j] * (slopes[j] - mean);
        add_times(k + other, slope, size, dq + own);
        add_times(q + own, slope, size, dk + other);
        add_times(dout + own, row[j], size, dv + other);
      }
    }
  }
}

}  // namespace errata::language::row_loops

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
