/// An ONNX model as an image classifier. ONNX Runtime runs each piece of the images on the thread that asks for it, so
/// pieces go side by side and no sum depends on the number of threads. A tensor inside is had by making it an output.

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "errata/nn/image_network.h"
#include "errata/nn/onnx_layers.h"
#include "errata/nn/onnx_session.h"
#include "errata/nn/onnx_tensors.h"
#include "errata/nn/signed_size.h"

namespace errata::nn {
namespace {

constexpr std::size_t kPieceOfGraph = 64;                     ///< images, of small ones
constexpr std::size_t kValuesOfPiece = std::size_t{1} << 20;  ///< of large ones: 6 images of 3 × 224 × 224

/// The input for the images. @return data error naming the inputs where they are not one of floats for n images
Result<OnnxValue> image_input(const OnnxFile& file) {
  const auto refused = [&](const std::string& why) {
    return data_error(fmt::format("{}: {}", file.place.string(), why));
  };
  if (file.inputs.empty()) return refused("the model takes no input");
  if (file.inputs.size() > 1)
    return refused(fmt::format("the model takes {} inputs, and images are one: {}", file.inputs.size(),
                               words_of_values(file.inputs)));
  const OnnxValue& input = file.inputs.front();
  if (!is_float(input.type))
    return refused(
        fmt::format("its input {} does not take images, which are floats (pixels by mean and sd)", input.words()));
  if (input.shape && (input.shape->size() < 2 || input.shape->size() > 4))
    return refused(
        fmt::format("its input {} does not take images, which are [n, channels, height, width]", input.words()));
  if (input.shape && std::ranges::find(*input.shape, 0) != input.shape->end())
    return refused(fmt::format("its input {} is empty", input.words()));
  return input;
}

/// The output that holds the logits: the first of floats with two dimensions, else the first.
Result<std::string> logits_output(const OnnxFile& file) {
  if (file.outputs.empty()) return data_error(fmt::format("{}: the model has no output", file.place.string()));
  for (const OnnxValue& output : file.outputs)
    if (is_float(output.type) && (!output.shape || output.shape->size() == 2)) return output.name;
  return file.outputs.front().name;
}

/// Images as an input takes them, or nothing where they do not fit.
std::optional<at::Tensor> arranged(const at::Tensor& images, const OnnxValue& input) {
  if (!input.shape) return images;
  const auto& sizes = *input.shape;
  const auto fits = [&](const at::Tensor& tensor) {
    for (std::size_t i = 1; i < sizes.size(); ++i)
      if (sizes[i] >= 0 && sizes[i] != tensor.size(signed_size(i))) return false;
    return true;
  };
  std::vector<at::Tensor> ways;
  if (sizes.size() == 4) ways = {images, images.permute({0, 2, 3, 1})};
  if (sizes.size() == 3 && images.size(1) == 1) ways = {images.squeeze(1)};
  if (sizes.size() == 2) ways = {images.flatten(1)};
  const auto way = std::ranges::find_if(ways, fits);
  return way == ways.end() ? std::nullopt : std::optional(way->contiguous());
}

class OnnxModel : public ImageNetwork {
 public:
  OnnxModel(OnnxFile file, OnnxValue input, std::string logits)
      : file_(std::move(file)),
        input_(std::move(input)),
        logits_(std::move(logits)),
        layers_(layers_of(file_)),
        fixed_(input_.shape && input_.shape->front() > 0 ? std::optional(input_.shape->front()) : std::nullopt) {}

  [[nodiscard]] std::vector<std::string> layers() const override {
    std::vector<std::string> names;
    for (const OnnxLayer& layer : layers_) names.push_back(layer.name);
    return names;
  }

  [[nodiscard]] Result<void> prepare(std::span<const std::string> wanted) override {
    if (session_ && std::ranges::equal(wanted, wanted_)) return {};
    std::vector<std::string> tensors;  // each once, the logits among them
    std::vector<std::size_t> indices;
    const auto index_of = [&](const std::string& tensor) {
      const auto found = std::ranges::find(tensors, tensor);
      const auto index = static_cast<std::size_t>(found - tensors.begin());
      if (found == tensors.end()) tensors.push_back(tensor);
      return index;
    };
    for (const std::string& layer : wanted) {
      const auto tensor = tensor_of_layer(file_, layers_, layer);
      if (!tensor) return data_error(fmt::format("{}: {}", file_.place.string(), tensor.error().message));
      indices.push_back(index_of(*tensor));
    }
    indices.push_back(index_of(logits_));
    ERRATA_ASSIGN(session_, OnnxSession::open(file_, tensors));
    tensors_ = std::move(tensors);
    indices_ = std::move(indices);
    wanted_.assign(wanted.begin(), wanted.end());
    return {};
  }

  [[nodiscard]] Result<std::vector<at::Tensor>> forward(const at::Tensor& images) override {
    const auto fitting = arranged(images.detach(), input_);
    if (!fitting)
      return data_error(fmt::format("{}: its input {} does not take images of {} × {} × {}", file_.place.string(),
                                    input_.words(), images.size(1), images.size(2), images.size(3)));
    const at::Tensor given = fitting->to(torch_type(input_.type).value());
    const std::int64_t n = given.size(0), batch = fixed_.value_or(n);
    std::vector<std::vector<at::Tensor>> parts(tensors_.size());
    for (std::int64_t first = 0; first < n; first += batch) {
      const std::int64_t rows = std::min(batch, n - first);
      ERRATA_ASSIGN(const auto tensors, run(padded(given.narrow(0, first, rows), batch)));
      for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (rows == n && rows == batch)
          parts[i].push_back(tensors[i]);
        else if (tensors[i].dim() > 0 && tensors[i].size(0) == batch)
          parts[i].push_back(tensors[i].narrow(0, 0, rows));
        else
          return data_error(fmt::format("{}: {} is a tensor of shape [{}] for {} images", file_.place.string(),
                                        tensors_[i], fmt::join(tensors[i].sizes(), ", "), batch));
      }
    }
    std::vector<at::Tensor> results;
    for (const std::size_t index : indices_)
      results.push_back(parts[index].size() == 1 ? parts[index].front() : at::cat(parts[index]));
    return results;
  }

  [[nodiscard]] bool is_shareable() const override { return true; }
  [[nodiscard]] std::size_t piece(std::size_t values) const override {
    const std::size_t images =
        std::clamp(kValuesOfPiece / std::max<std::size_t>(1, values), std::size_t{1}, kPieceOfGraph);
    const auto batch = static_cast<std::size_t>(fixed_.value_or(1));
    return (images + batch - 1) / batch * batch;
  }

 private:
  /// Rows up to the batch that the model was exported for: the last image once more.
  static at::Tensor padded(const at::Tensor& part, std::int64_t batch) {
    if (part.size(0) == batch) return part;
    std::vector<std::int64_t> rows(static_cast<std::size_t>(part.dim()), -1);
    rows[0] = batch - part.size(0);
    return at::cat({part, part.narrow(0, part.size(0) - 1, 1).expand(rows)});
  }

  [[nodiscard]] Result<std::vector<at::Tensor>> run(const at::Tensor& part) const {
    const at::Tensor given = part.contiguous();
    const OnnxInput input = onnx_input(input_, given);
    const auto in_file = [&](const Error& error) {
      return data_error(fmt::format("{}: {}", file_.place.string(), error.message));
    };
    const auto outputs = session_->run(std::span(&input, 1));
    if (!outputs) return in_file(outputs.error());
    std::vector<at::Tensor> tensors;
    for (std::size_t i = 0; i < outputs->size(); ++i) {
      auto tensor = torch_tensor((*outputs)[i], tensors_[i]);
      if (!tensor) return in_file(tensor.error());
      tensors.push_back(std::move(*tensor));
    }
    return tensors;
  }

  OnnxFile file_;
  OnnxValue input_;
  std::string logits_;
  std::vector<OnnxLayer> layers_;
  std::optional<std::int64_t> fixed_;  ///< images that the model takes at once, no more and no fewer
  std::optional<OnnxSession> session_;
  std::vector<std::string> wanted_, tensors_;  ///< layers asked for, and what the session gives
  std::vector<std::size_t> indices_;           ///< of each layer, then of the logits, among the tensors
};

}  // namespace

Result<std::unique_ptr<ImageNetwork>> open_onnx(const std::filesystem::path& place, Device device) {
  if (device.kind != Device::Kind::cpu)
    return invalid_argument(fmt::format("{}: ONNX models run on the CPU here; leave the device out", place.string()));
  ERRATA_ASSIGN(OnnxFile file, read_onnx(place));
  ERRATA_ASSIGN(OnnxValue input, image_input(file));
  ERRATA_ASSIGN(std::string logits, logits_output(file));
  if (const auto runtime = describe_onnx_runtime(); !runtime) {
    Error error = runtime.error();
    error.message = fmt::format("{}: {}", place.string(), error.message);
    return std::unexpected(std::move(error));
  }
  return std::make_unique<OnnxModel>(std::move(file), std::move(input), std::move(logits));
}

}  // namespace errata::nn
