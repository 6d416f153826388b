#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

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
/// @param convolve  (number of the convolution from 0, its input) → normalised output
/// @return stem, block1, block2, block3, hidden
[[nodiscard]] std::vector<at::Tensor> residual_maps(
    const at::Tensor& images, const std::function<at::Tensor(std::size_t number, const at::Tensor&)>& convolve);

using NamedTensors = std::map<std::string, at::Tensor>;

/// Whether the tensors are finite and have the shapes of a plan, and no variance is below 0.
[[nodiscard]] bool fits_plan(const NamedTensors& parts, const NetworkPlan& plan);
/// Whether they are those of a residual network for images of any number of channels, any number of classes.
[[nodiscard]] bool fits_residual(const NamedTensors& parts);
/// @param parts  that fit
[[nodiscard]] std::unique_ptr<ImageNetwork> residual_network(const NamedTensors& parts, Device device);

}  // namespace errata::nn
