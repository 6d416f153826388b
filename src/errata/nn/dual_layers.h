#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace errata::nn {

/// A convolution of the dual encoder's picture side over maps with the channels last, by way of a matrix product.
struct DualConvolution {
  std::size_t kernel, stride, padding, dilation, inputs, outputs;
  [[nodiscard]] std::size_t taps() const { return kernel * kernel * inputs; }
  [[nodiscard]] std::size_t size() const { return (taps() + 1) * outputs; }  ///< weights [taps, outputs], biases
};

inline constexpr std::size_t kDualInputs = 4;  ///< red, green, blue, normalised brightness
inline constexpr std::array<DualConvolution, 5> kDualConvolutions{
    {{.kernel = 4, .stride = 4, .padding = 0, .dilation = 1, .inputs = kDualInputs, .outputs = 32},
     {.kernel = 3, .stride = 2, .padding = 1, .dilation = 1, .inputs = 32, .outputs = 64},
     {.kernel = 3, .stride = 2, .padding = 1, .dilation = 1, .inputs = 64, .outputs = 96},
     {.kernel = 3, .stride = 1, .padding = 1, .dilation = 1, .inputs = 96, .outputs = 96},
     {.kernel = 1, .stride = 1, .padding = 0, .dilation = 1, .inputs = 96, .outputs = 64}}};
inline constexpr std::size_t kDualHidden = 128;  ///< of the queries' side

/// Where each part lies among all parameters of a dual encoder.
struct DualPlan {
  explicit DualPlan(std::size_t vocabulary);
  std::size_t words = 0;                                             ///< [vocabulary, 64]
  std::size_t hidden = 0, hidden_biases = 0;                         ///< [64, 128], [128]
  std::size_t output = 0, output_biases = 0;                         ///< [128, 64], [64]
  std::size_t scale = 0, offset = 0;                                 ///< one value each; the scale is e to it
  std::array<std::size_t, kDualConvolutions.size()> convolutions{};  ///< weights, then biases
  std::size_t pictures = 0;  ///< where the picture's side begins: from here to the end
  std::size_t count = 0;
};

/// A map [height, width, channels].
struct DualMap {
  std::size_t height = 0, width = 0, channels = 0;
  std::vector<float> values;
  void resize(std::size_t h, std::size_t w, std::size_t c);
};

/// The input of the first convolution, its sides filled up to multiples of 16 with the last row and column.
/// @param pixels  [height, width, channels], channels 1 or 3
void prepare_picture(std::span<const std::uint8_t> pixels, std::size_t height, std::size_t width, std::size_t channels,
                     DualMap& map);

/// What the products of rows [first, first + rows) of the output read: [rows · width, taps].
void gather_taps(const DualMap& in, const DualConvolution& layer, std::size_t first, std::size_t rows,
                 std::vector<float>& taps);
/// The other way: adds the slopes of the taps of all rows to those of the input.
void scatter_taps(const std::vector<float>& taps, const DualConvolution& layer, DualMap& slopes);

/// c = a · b, or += when `adds`. Matrices row by row; a_turned: a is given as [k, m]; b_turned: b as [n, k].
struct DualProduct {
  std::size_t m, k, n;
  bool a_turned = false, b_turned = false, adds = false;
};
void multiply(const DualProduct& shape, const float* a, const float* b, float* c);

/// Adds a bias a channel to a map [positions, outputs], then cuts what is below 0 when `relu`.
void add_biases(const float* biases, bool relu, std::size_t outputs, std::span<float> map);

/// The sum of the words' vectors / √words, dense 128 with ReLU, dense 64, added to that sum, scaled to length 1.
struct QueryPass {
  std::vector<float> sum, hidden, raw, unit;
  float length = 0;
};
void pass_query(std::span<const float> parameters, const DualPlan& plan, std::span<const std::uint32_t> words,
                QueryPass& pass);

}  // namespace errata::nn
