#pragma once

#include <ATen/ATen.h>

#include <array>
#include <map>
#include <memory>
#include <string>

#include "errata/nn/classifier.h"
#include "errata/nn/image_network.h"

namespace errata::nn {

/// The residual network, for pictures in colour: eight convolutions 3 × 3, each with batch normalisation,
///     stem    16 channels
///     block1  32, halved; and a residual pair of 32
///     block2  64, halved
///     block3  128, halved; and a residual pair of 128
///     hidden  the maximum of each channel of block3
/// and logits. Halved: 2 × 2 max-pooling before ReLU. A residual pair: x ← ReLU(x + conv(ReLU(conv(x)))).
/// About 18 million multiplications for an image of 32 × 32.
/// References: K. He et al., CVPR 2016; D. Page, How to train your ResNet, 2018.
struct ResidualMaps {
  at::Tensor stem, block1, block2, block3, hidden;
};

/// @param convolve  (number of the convolution from 0, its input) → normalised output
template <typename Convolve>
[[nodiscard]] ResidualMaps residual_maps(const at::Tensor& images, const Convolve& convolve) {
  const auto halved = [&](std::size_t number, const at::Tensor& x) {
    return at::max_pool2d(convolve(number, x), 2).relu();
  };
  const auto with_pair = [&](std::size_t number, const at::Tensor& x) {
    return (x + convolve(number + 1, convolve(number, x).relu())).relu();
  };
  ResidualMaps maps;
  maps.stem = convolve(0, images).relu();
  maps.block1 = with_pair(2, halved(1, maps.stem));
  maps.block2 = halved(4, maps.block1);
  maps.block3 = with_pair(6, halved(5, maps.block2));
  maps.hidden = maps.block3.amax({2, 3});
  return maps;
}

using NamedTensors = std::map<std::string, at::Tensor>;

/// Whether the tensors are finite and have the shapes of a plan, and no variance is below 0.
[[nodiscard]] bool fits_plan(const NamedTensors& parts, const NetworkPlan& plan);
/// Whether they are those of a residual network for images of any number of channels, any number of classes.
[[nodiscard]] bool fits_residual(const NamedTensors& parts);
/// @param parts  that fit
[[nodiscard]] std::unique_ptr<ImageNetwork> residual_network(const NamedTensors& parts, at::Device device);

}  // namespace errata::nn
