#include "errata/readers/network.h"

#include <fmt/format.h>

#include <functional>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "errata/nn/onnx_session.h"

namespace errata::readers {

struct Network::State {
  std::filesystem::path place;
  std::string input;
  std::vector<std::string> outputs;
  nn::OnnxSession session;
};

Network::Network(std::unique_ptr<State> state) : state_(std::move(state)) {}
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() = default;
const std::filesystem::path& Network::place() const { return state_->place; }

Result<Network> Network::open(const std::filesystem::path& place, std::size_t outputs) {
  ERRATA_ASSIGN(const nn::OnnxFile file, nn::read_onnx(place));
  if (file.inputs.size() != 1 || file.inputs.front().type != nn::OnnxType::float32)
    return data_error(fmt::format("{}: takes {} inputs; one of float32 is needed", place.string(), file.inputs.size()));
  if (file.outputs.size() < outputs)
    return data_error(fmt::format("{}: gives {} outputs; {} are needed", place.string(), file.outputs.size(), outputs));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < outputs; ++i) names.push_back(file.outputs[i].name);
  ERRATA_ASSIGN(nn::OnnxSession session, nn::OnnxSession::open(file, names));
  return Network(std::make_unique<State>(State{
      .place = place, .input = file.inputs.front().name, .outputs = std::move(names), .session = std::move(session)}));
}

Result<std::vector<NetworkOutput>> Network::run(std::span<const std::int64_t> shape,
                                                std::span<const float> values) const {
  const nn::OnnxInput input{
      .name = state_->input, .shape = {shape.begin(), shape.end()}, .bytes = std::as_bytes(values)};
  const auto tensors = state_->session.run(std::span(&input, 1));
  if (!tensors) return data_error(fmt::format("{}: {}", state_->place.string(), tensors.error().message));
  std::vector<NetworkOutput> outputs;
  for (std::size_t i = 0; i < tensors->size(); ++i) {
    const nn::OnnxTensor& tensor = (*tensors)[i];
    if (tensor.type != nn::OnnxType::float32)
      return data_error(fmt::format("{}: {} is a tensor of {}; float32 is needed", state_->place.string(),
                                    state_->outputs[i], nn::name_of(tensor.type)));
    NetworkOutput output{.shape = {tensor.shape.begin(), tensor.shape.end()}, .values = {}, .owner = tensor.data};
    const std::size_t size =
        std::accumulate(output.shape.begin(), output.shape.end(), std::size_t{1}, std::multiplies<>());
    output.values = std::span(static_cast<const float*>(tensor.data.get()), size);
    outputs.push_back(std::move(output));
  }
  return outputs;
}

std::vector<float> input_of(const image::Picture& picture, const InputSize& size, const InputLayout& layout) {
  ERRATA_CHECK(size.filled_height >= 1 && size.filled_height <= size.height);
  ERRATA_CHECK(size.filled_width >= 1 && size.filled_width <= size.width);
  const cv::Size filled(static_cast<int>(size.filled_width), static_cast<int>(size.filled_height));
  // OpenCV has no view of bytes that are only read.
  const cv::Mat whole(static_cast<int>(picture.height), static_cast<int>(picture.width),
                      picture.channels == 1 ? CV_8UC1 : CV_8UC3, const_cast<std::uint8_t*>(picture.bytes.data()));
  const bool shrinks = size.filled_height < picture.height && size.filled_width < picture.width;
  cv::Mat resized;
  cv::resize(whole, resized, filled, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  const std::size_t area = size.height * size.width;
  std::vector<float> input(3 * area);
  for (std::size_t c = 0; c < 3; ++c) {
    const std::size_t from = picture.channels == 1 ? 0 : (layout.blue_first ? 2 - c : c);
    const auto place = [&](std::size_t y, std::size_t x) {
      const std::size_t pixel = y * size.width + x;
      return layout.channels_last ? pixel * 3 + c : c * area + pixel;
    };
    const auto normalised = [&](float byte) { return (byte / 255.0F - layout.mean[c]) / layout.sd[c]; };
    for (std::size_t y = 0; y < size.height; ++y) {
      const std::uint8_t* row = y < size.filled_height ? resized.ptr(static_cast<int>(y)) : nullptr;
      for (std::size_t x = 0; x < size.width; ++x)
        input[place(y, x)] =
            normalised(row != nullptr && x < size.filled_width ? static_cast<float>(row[x * picture.channels + from])
                                                               : size.around);
    }
  }
  return input;
}

}  // namespace errata::readers
