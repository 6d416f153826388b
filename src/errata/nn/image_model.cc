/// Runs a network on images piece by piece and turns what its layers give into latents. Errata's own network and an
/// ONNX model have no state while they run, so their pieces run side by side on the module's threads; a TorchScript
/// program gets one piece after the other, each operation on all threads. Pieces are cut by fixed sizes.

#include "errata/nn/image_model.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "errata/nn/image_network.h"
#include "errata/nn/onnx_file.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"
#include "errata/nn/words.h"

namespace errata::nn {
namespace {

at::Device device_of(Device device) {
  return device.kind == Device::Kind::cuda ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index))
                                           : at::Device(at::kCPU);
}

/// [n, channels, positions…] becomes [n, width].
Result<at::Tensor> pooled(const at::Tensor& activation, const CaptureLayer& how, std::int64_t images) {
  const auto shape = [&] { return fmt::format("[{}]", fmt::join(activation.sizes(), ", ")); };
  if (activation.dim() < 2 || activation.size(0) != images)
    return data_error(fmt::format("layer {} gives a tensor of shape {} for {} images", how.layer, shape(), images));
  const at::Tensor values = activation.to(at::kFloat);
  if (values.dim() == 2 || how.pooling == Pooling::flat) return values.flatten(1);
  if (values.dim() > 4 || (how.pooling == Pooling::grid && values.dim() != 4))
    return data_error(fmt::format("layer {} gives a tensor of shape {}, which can only be taken flat{}", how.layer,
                                  shape(), values.dim() == 3 ? " or by mean, max or standard deviation" : ""));
  const at::Tensor positions = values.flatten(2);
  if (positions.size(2) == 0) return data_error(fmt::format("layer {} gives an empty tensor {}", how.layer, shape()));
  const auto cells = signed_size(how.cells);
  switch (how.pooling) {
    case Pooling::mean: return positions.mean(2);
    case Pooling::max: return positions.amax(2);
    // at::std would go through the values one by one, at a third of the cost of the whole model.
    case Pooling::standard_deviation: return (positions - positions.mean(2, true)).square_().mean(2).sqrt_();
    case Pooling::grid: return at::adaptive_avg_pool2d(values, {cells, cells}).flatten(1);
    case Pooling::flat: break;
  }
  return values.flatten(1);
}

/// What a piece of the images gave: blocks in the order asked for, then logits, each [n, width] on the CPU.
using Blocks = std::vector<at::Tensor>;

Result<Blocks> blocks_of(ImageNetwork& network, const at::Tensor& images, std::span<const std::string> layers,
                         std::span<const CaptureLayer> capture) {
  const std::int64_t n = images.size(0);
  ERRATA_ASSIGN(const auto activations, network.forward(images));
  Blocks blocks;
  for (const auto& block : capture) {
    const auto layer = static_cast<std::size_t>(std::ranges::find(layers, block.layer) - layers.begin());
    ERRATA_ASSIGN(const auto values, pooled(activations[layer], block, n));
    blocks.push_back(values.to(at::kCPU).contiguous());
  }
  const at::Tensor logits = activations.back().dim() == 1 ? activations.back().unsqueeze(1) : activations.back();
  if (logits.dim() != 2 || logits.size(0) != n || logits.size(1) < 1)
    return data_error(fmt::format("the model gives a tensor of shape [{}] for {} images, not [{}, classes]",
                                  fmt::join(logits.sizes(), ", "), n, n));
  blocks.push_back(logits.to(at::kCPU, at::kFloat).contiguous());
  return blocks;
}

/// Copies a block of a piece to its columns. @return the first row with a value that is not finite, or none
std::optional<std::size_t> place_block(const at::Tensor& block, std::span<float> to, std::size_t first_row,
                                       std::size_t first_column, std::size_t columns) {
  const auto rows = static_cast<std::size_t>(block.size(0)), width = static_cast<std::size_t>(block.size(1));
  const auto* from = block.data_ptr<float>();
  std::optional<std::size_t> bad;
  for (std::size_t row = 0; row < rows; ++row, from += width) {
    std::copy_n(from, width, to.subspan((first_row + row) * columns + first_column).begin());
    if (!bad && !std::all_of(from, from + width, [](float value) { return std::isfinite(value); }))
      bad = first_row + row;
  }
  return bad;
}

/// Puts the blocks of pieces together, which may come from several threads at once. The piece that comes first gives
/// the widths.
struct Collector {
  std::span<const CaptureLayer> capture;
  std::size_t images = 0;
  Captured captured{};
  std::size_t columns = 0, classes = 0;
  std::once_flag has_room{};

  void make_room(const Blocks& blocks) {
    for (const auto& block : blocks) captured.widths.push_back(static_cast<std::size_t>(block.size(1)));
    classes = captured.widths.back();
    captured.widths.pop_back();
    for (const std::size_t width : captured.widths) columns += width;
    captured.latents.resize(images * columns);
    captured.logits.resize(images * classes);
  }

  [[nodiscard]] Result<void> place(const Blocks& blocks, std::size_t first) {
    std::call_once(has_room, [&] { make_room(blocks); });
    std::size_t column = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const bool latents = i < capture.size();
      const std::size_t width = latents ? captured.widths[i] : classes;
      const auto name = [&] { return latents ? "layer " + capture[i].layer : "the model's answer"; };
      if (static_cast<std::size_t>(blocks[i].size(1)) != width)
        return data_error(
            fmt::format("{} has {} values for some images and {} for others", name(), width, blocks[i].size(1)));
      const auto bad = latents ? place_block(blocks[i], captured.latents, first, column, columns)
                               : place_block(blocks[i], captured.logits, first, 0, classes);
      if (bad) return data_error(fmt::format("{} is NaN or infinite for image {}", name(), *bad));
      column += width;
    }
    return {};
  }
};

/// Names of the layers to capture, each once.
Result<std::vector<std::string>> layers_of(std::span<const CaptureLayer> capture) {
  std::vector<std::string> layers;
  for (const auto& block : capture) {
    if (block.pooling == Pooling::grid && block.cells == 0)
      return invalid_argument(fmt::format("layer {}: a grid needs at least one cell", block.layer));
    if (std::ranges::find(layers, block.layer) == layers.end()) layers.push_back(block.layer);
  }
  return layers;
}

Result<void> check_images(MatrixView<const float> images, ImageShape shape) {
  if (shape.size() == 0 || (images.rows() > 0 && images.cols() != shape.size()))
    return data_error(fmt::format("images of {} values are not {} × {} × {}", images.cols(), shape.channels,
                                  shape.height, shape.width));
  return {};
}

at::Tensor tensor_of(MatrixView<const float> images, ImageShape shape, std::size_t first, std::size_t rows,
                     at::Device device) {
  return at::from_blob(
             const_cast<float*>(images.row(first).data()),
             {signed_size(rows), signed_size(shape.channels), signed_size(shape.height), signed_size(shape.width)})
      .to(device);
}

/// By the kind of the file. TorchScript alone is code.
Result<std::unique_ptr<ImageNetwork>> open_network(const std::filesystem::path& place, Device device,
                                                   bool trusted_only) {
  if (!kind_of_archive(place).empty()) return open_classifier(place, device);
  if (looks_like_onnx(place)) return open_onnx(place, device);
  if (trusted_only)
    return data_error(
        fmt::format("{}: this file was not written by Errata and is no ONNX model; opening it would run "
                    "its code, which untrusted files may not",
                    place.string()));
  return open_torchscript(place, device);
}

}  // namespace

struct ImageModel::State {
  std::unique_ptr<ImageNetwork> network;
  Device device;
  bool of_two_classes = false;
  SingleOutput single = SingleOutput::none;

  /// Two logits of a single one, [n, 2] of [n].
  Result<void> complete(std::vector<float>& logits) {
    if (single == SingleOutput::none) single = kind_of_single(logits);
    if (single == SingleOutput::probability && kind_of_single(logits) != single)
      return data_error(
          "the model's one number an image was in [0, 1] for the first images and is not for later ones: it is neither "
          "a probability nor surely a logit; export the model with two outputs");
    logits = two_of_single(logits, single);
    return {};
  }

  /// Calls work(first, rows) for each piece of n images, side by side when the network allows it.
  /// @return the error of the first piece that has one
  Result<void> for_each_piece(std::size_t n, ImageShape shape, const Cancellation* cancellation,
                              const std::function<Result<void>(std::size_t first, std::size_t rows)>& work) const {
    const std::size_t piece = network->piece(shape.size());
    const std::size_t pieces = (n + piece - 1) / piece;
    std::vector<Result<void>> results(pieces);
    const auto run = [&](std::size_t i) {
      const std::size_t first = i * piece;
      try {
        results[i] = work(first, std::min(piece, n - first));
      } catch (const std::exception& error) {
        results[i] = data_error(fmt::format("the model failed: {}", short_words(error.what())));
      }
    };
    if (network->is_shareable() && device.kind == Device::Kind::cpu) {
      for_each_shard(pieces, run, cancellation);
    } else {
      for (std::size_t i = 0; i < pieces && (i == 0 || results[i - 1]); ++i) {
        throw_if_requested(cancellation);
        run(i);
      }
    }
    for (auto& result : results) ERRATA_TRY(std::move(result));
    return {};
  }
};

ImageModel::ImageModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
ImageModel::ImageModel(ImageModel&&) noexcept = default;
ImageModel& ImageModel::operator=(ImageModel&&) noexcept = default;
ImageModel::~ImageModel() = default;

Result<ImageModel> ImageModel::open(const std::filesystem::path& place, Device device, bool trusted_only) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(place, error))
    return data_error(fmt::format("{}: there is no such file", place.string()));
  auto network = open_network(place, device, trusted_only);
  if (!network) return std::unexpected(std::move(network).error());
  return ImageModel(std::make_unique<State>(State{.network = std::move(*network), .device = device}));
}

std::vector<std::string> ImageModel::layers() const { return state_->network->layers(); }

Result<Captured> ImageModel::run(MatrixView<const float> images, ImageShape shape,
                                 std::span<const CaptureLayer> capture, const Cancellation* cancellation) {
  ERRATA_TRY(check_images(images, shape));
  ERRATA_ASSIGN(const auto layers, layers_of(capture));
  const std::size_t n = images.rows();
  Collector collector{.capture = capture, .images = n};
  const auto work = [&](std::size_t first, std::size_t rows) -> Result<void> {
    const at::NoGradGuard no_gradients;
    ERRATA_ASSIGN(
        const auto blocks,
        blocks_of(*state_->network, tensor_of(images, shape, first, rows, device_of(state_->device)), layers, capture));
    return collector.place(blocks, first);
  };
  try {
    ERRATA_TRY(state_->network->prepare(layers));
  } catch (const std::exception& error) {
    return data_error(fmt::format("the model cannot be looked into: {}", short_words(error.what())));
  }
  ERRATA_TRY(state_->for_each_piece(n, shape, cancellation, work));
  if (state_->of_two_classes && collector.classes == 1) ERRATA_TRY(state_->complete(collector.captured.logits));
  return std::move(collector.captured);
}

void ImageModel::expect_two_classes() { state_->of_two_classes = true; }
SingleOutput ImageModel::single_output() const { return state_->single; }

Result<std::vector<float>> ImageModel::loss_gradients(MatrixView<const float> images, ImageShape shape,
                                                      std::span<const std::uint32_t> labels,
                                                      const Cancellation* cancellation) {
  ERRATA_TRY(check_images(images, shape));
  if (labels.size() != images.rows())
    return data_error(fmt::format("{} labels for {} images", labels.size(), images.rows()));
  std::vector<float> result(images.rows() * shape.size());
  try {
    ERRATA_TRY(state_->network->prepare({}));
  } catch (const std::exception& error) {
    return data_error(fmt::format("the model cannot be looked into: {}", short_words(error.what())));
  }
  const auto work = [&](std::size_t first, std::size_t rows) -> Result<void> {
    const at::AutoGradMode gradients(true);
    const at::Tensor x = tensor_of(images, shape, first, rows, device_of(state_->device)).clone().requires_grad_(true);
    ERRATA_ASSIGN(const auto activations, state_->network->forward(x));
    const at::Tensor& logits = activations.back();
    if (!logits.requires_grad()) return data_error("this kind of model gives no gradients (an ONNX model does not)");
    if (logits.dim() != 2 || logits.size(0) != signed_size(rows))
      return data_error(fmt::format("the model gives a tensor of shape [{}] for {} images, not [{}, classes]",
                                    fmt::join(logits.sizes(), ", "), rows, rows));
    const std::vector<std::int64_t> classes(labels.begin() + signed_size(first),
                                            labels.begin() + signed_size(first + rows));
    for (std::size_t i = 0; i < rows; ++i)
      if (classes[i] >= logits.size(1))
        return data_error(fmt::format("label {} of image {} is not below {}, the model's number of classes", classes[i],
                                      first + i, logits.size(1)));
    const at::Tensor targets = at::tensor(classes, at::kLong).view({-1, 1}).to(logits.device());
    const at::Tensor loss = at::log_softmax(logits, 1).gather(1, targets).sum().neg();
    const at::Tensor gradient = torch::autograd::grad({loss}, {x}).at(0).to(at::kCPU, at::kFloat).contiguous();
    std::copy_n(gradient.data_ptr<float>(), gradient.numel(), result.begin() + signed_size(first * shape.size()));
    return {};
  };
  ERRATA_TRY(state_->for_each_piece(images.rows(), shape, cancellation, work));
  return result;
}

Result<std::vector<std::size_t>> indices_of_layers(std::span<const std::string> wanted,
                                                   std::span<const std::string> known) {
  std::vector<std::size_t> indices;
  for (const auto& layer : wanted) {
    const auto found = std::ranges::find(known, layer);
    if (found == known.end())
      return data_error(fmt::format("layer {} does not exist; the layers are {}", layer, fmt::join(known, ", ")));
    indices.push_back(static_cast<std::size_t>(found - known.begin()));
  }
  return indices;
}

}  // namespace errata::nn
