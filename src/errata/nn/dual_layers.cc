#include "errata/nn/dual_layers.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "errata/base/error.h"
#include "errata/nn/dual_encoder.h"
#include "errata/nn/signed_size.h"
#include "errata/nn/wide.h"

namespace errata::nn {
namespace {

constexpr std::size_t kRadius = 8;       ///< of the window that brightness is normalised in
constexpr float kLeastDeviation = 2.5F;  ///< in gray levels: weaker is noise

/// Sums of brightness and its square over the window's rows, column by column.
struct ColumnSums {
  std::vector<std::uint32_t> first, second;
  void add(const std::uint8_t* row, std::size_t width) {
    for (std::size_t x = 0; x < width; ++x) {
      first[x] += row[x];
      second[x] += static_cast<std::uint32_t>(row[x]) * row[x];
    }
  }
  void take(const std::uint8_t* row, std::size_t width) {
    for (std::size_t x = 0; x < width; ++x) {
      first[x] -= row[x];
      second[x] -= static_cast<std::uint32_t>(row[x]) * row[x];
    }
  }
};

/// The last input channel: (brightness − mean) / (deviation + 2.5), within ± 3.
void add_normalised_brightness(const std::vector<std::uint8_t>& light, DualMap& map) {
  const std::size_t height = map.height, width = map.width;
  ColumnSums columns{.first = std::vector<std::uint32_t>(width), .second = std::vector<std::uint32_t>(width)};
  for (std::size_t y = 0; y < std::min(kRadius, height); ++y) columns.add(&light[y * width], width);
  for (std::size_t y = 0; y < height; ++y) {
    if (y + kRadius < height) columns.add(&light[(y + kRadius) * width], width);
    if (y > kRadius) columns.take(&light[(y - kRadius - 1) * width], width);
    const std::size_t rows = std::min(height, y + kRadius + 1) - (y > kRadius ? y - kRadius : 0);
    std::uint64_t first = 0, second = 0;
    for (std::size_t x = 0; x < std::min(kRadius, width); ++x) {
      first += columns.first[x];
      second += columns.second[x];
    }
    for (std::size_t x = 0; x < width; ++x) {
      if (x + kRadius < width) {
        first += columns.first[x + kRadius];
        second += columns.second[x + kRadius];
      }
      if (x > kRadius) {
        first -= columns.first[x - kRadius - 1];
        second -= columns.second[x - kRadius - 1];
      }
      const std::size_t across = std::min(width, x + kRadius + 1) - (x > kRadius ? x - kRadius : 0);
      const float count = static_cast<float>(rows * across), mean = static_cast<float>(first) / count;
      const float variance = static_cast<float>(second) / count - mean * mean;
      const float value =
          (static_cast<float>(light[y * width + x]) - mean) / (std::sqrt(std::max(0.0F, variance)) + kLeastDeviation);
      map.values[(y * width + x) * kDualInputs + 3] = std::clamp(value, -3.0F, 3.0F);
    }
  }
}

at::Tensor matrix(const float* values, std::size_t rows, std::size_t columns, bool turned) {
  auto* const place = const_cast<float*>(values);
  return turned ? at::from_blob(place, {signed_size(columns), signed_size(rows)}).t()
                : at::from_blob(place, {signed_size(rows), signed_size(columns)});
}

}  // namespace

DualPlan::DualPlan(std::size_t vocabulary) {
  constexpr std::size_t kWide = DualEncoder::kDimensions;
  const auto take = [&](std::size_t size) {
    const std::size_t place = count;
    count += size;
    return place;
  };
  words = take(vocabulary * kWide);
  hidden = take(kWide * kDualHidden);
  hidden_biases = take(kDualHidden);
  output = take(kDualHidden * kWide);
  output_biases = take(kWide);
  scale = take(1);
  offset = take(1);
  pictures = count;
  for (std::size_t i = 0; i < kDualConvolutions.size(); ++i) convolutions[i] = take(kDualConvolutions[i].size());
}

void DualMap::resize(std::size_t h, std::size_t w, std::size_t c) {
  height = h;
  width = w;
  channels = c;
  values.resize(h * w * c);
}

void prepare_picture(std::span<const std::uint8_t> pixels, std::size_t height, std::size_t width, std::size_t channels,
                     DualMap& map) {
  ERRATA_CHECK(height > 0 && width > 0 && (channels == 1 || channels == 3) &&
               pixels.size() == height * width * channels);
  constexpr std::size_t kSide = DualEncoder::kPatchSide;
  map.resize((height + kSide - 1) / kSide * kSide, (width + kSide - 1) / kSide * kSide, kDualInputs);
  std::vector<std::uint8_t> light(map.height * map.width);
  for (std::size_t y = 0, at = 0; y < map.height; ++y)
    for (std::size_t x = 0; x < map.width; ++x, ++at) {
      const std::uint8_t* pixel = pixels.data() + (std::min(y, height - 1) * width + std::min(x, width - 1)) * channels;
      const unsigned red = pixel[0], green = pixel[channels / 2], blue = pixel[channels - 1];
      float* to = map.values.data() + at * kDualInputs;
      to[0] = (static_cast<float>(red) - 127.5F) * (1 / 64.0F);
      to[1] = (static_cast<float>(green) - 127.5F) * (1 / 64.0F);
      to[2] = (static_cast<float>(blue) - 127.5F) * (1 / 64.0F);
      light[at] = static_cast<std::uint8_t>((77 * red + 150 * green + 29 * blue + 128) >> 8U);
    }
  add_normalised_brightness(light, map);
}

void gather_taps(const DualMap& in, const DualConvolution& layer, std::size_t first, std::size_t rows,
                 std::vector<float>& taps) {
  const std::size_t width = in.width / layer.stride, channels = in.channels, bytes = channels * sizeof(float);
  taps.resize(rows * width * layer.taps());
  float* to = taps.data();
  for (std::size_t y = first; y < first + rows; ++y)
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t dy = 0; dy < layer.kernel; ++dy) {
        const std::size_t row = y * layer.stride + dy * layer.dilation;  // less the padding
        const bool inside = row >= layer.padding && row < in.height + layer.padding;
        for (std::size_t dx = 0; dx < layer.kernel; ++dx, to += channels) {
          const std::size_t column = x * layer.stride + dx * layer.dilation;
          if (inside && column >= layer.padding && column < in.width + layer.padding) {
            std::memcpy(to, &in.values[((row - layer.padding) * in.width + column - layer.padding) * channels], bytes);
          } else {
            std::memset(to, 0, bytes);
          }
        }
      }
}

void scatter_taps(const std::vector<float>& taps, const DualConvolution& layer, DualMap& slopes) {
  const std::size_t height = slopes.height / layer.stride, width = slopes.width / layer.stride;
  const std::size_t channels = slopes.channels;
  const float* from = taps.data();
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t dy = 0; dy < layer.kernel; ++dy) {
        const std::size_t row = y * layer.stride + dy * layer.dilation;
        const bool inside = row >= layer.padding && row < slopes.height + layer.padding;
        for (std::size_t dx = 0; dx < layer.kernel; ++dx, from += channels) {
          const std::size_t column = x * layer.stride + dx * layer.dilation;
          if (!inside || column < layer.padding || column >= slopes.width + layer.padding) continue;
          float* to = &slopes.values[((row - layer.padding) * slopes.width + column - layer.padding) * channels];
          for (std::size_t c = 0; c < channels; ++c) to[c] += from[c];
        }
      }
}

void multiply(const DualProduct& shape, const float* a, const float* b, float* c) {
  at::Tensor to = at::from_blob(c, {signed_size(shape.m), signed_size(shape.n)});
  const at::Tensor left = matrix(a, shape.m, shape.k, shape.a_turned),
                   right = matrix(b, shape.k, shape.n, shape.b_turned);
  if (shape.adds) {
    to.addmm_(left, right);
  } else {
    at::mm_out(to, left, right);
  }
}

ERRATA_WIDE void add_biases(const float* biases, bool relu, std::size_t outputs, std::span<float> map) {
  for (std::size_t at = 0; at < map.size(); at += outputs) {
    float* __restrict const row = map.data() + at;
    if (relu) {
      for (std::size_t c = 0; c < outputs; ++c) row[c] = row[c] + biases[c] > 0 ? row[c] + biases[c] : 0.0F;
    } else {
      for (std::size_t c = 0; c < outputs; ++c) row[c] += biases[c];
    }
  }
}

void pass_query(std::span<const float> parameters, const DualPlan& plan, std::span<const std::uint32_t> words,
                QueryPass& pass) {
  constexpr std::size_t kWide = DualEncoder::kDimensions;
  const float* const p = parameters.data();
  pass.sum.assign(kWide, 0);
  const float share = words.empty() ? 0 : 1 / std::sqrt(static_cast<float>(words.size()));
  for (const std::uint32_t word : words)
    for (std::size_t i = 0; i < kWide; ++i) pass.sum[i] += share * p[plan.words + word * kWide + i];
  pass.hidden.assign(p + plan.hidden_biases, p + plan.hidden_biases + kDualHidden);
  for (std::size_t i = 0; i < kWide; ++i)
    for (std::size_t j = 0; j < kDualHidden; ++j) pass.hidden[j] += pass.sum[i] * p[plan.hidden + i * kDualHidden + j];
  for (float& value : pass.hidden) value = std::max(0.0F, value);
  pass.raw.assign(p + plan.output_biases, p + plan.output_biases + kWide);
  for (std::size_t j = 0; j < kDualHidden; ++j)
    for (std::size_t i = 0; i < kWide; ++i) pass.raw[i] += pass.hidden[j] * p[plan.output + j * kWide + i];
  float square = 0;
  for (std::size_t i = 0; i < kWide; ++i) {
    pass.raw[i] += pass.sum[i];
    square += pass.raw[i] * pass.raw[i];
  }
  pass.length = std::sqrt(square) + 1e-6F;
  pass.unit.resize(kWide);
  for (std::size_t i = 0; i < kWide; ++i) pass.unit[i] = words.empty() ? 0 : pass.raw[i] / pass.length;
}

}  // namespace errata::nn
