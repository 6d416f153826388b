#include "errata/nn/runtime.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <charconv>
#include <thread>

namespace errata::nn {

Result<Device> parse_device(std::string_view text) {
  if (text == "cpu") return Device{};
  Device device{.kind = Device::Kind::cuda};
  if (text != "cuda") {
    const auto number = text.starts_with("cuda:") ? text.substr(5) : std::string_view();
    const auto end = number.data() + number.size();
    if (number.empty() || std::from_chars(number.data(), end, device.index).ptr != end || device.index < 0)
      return invalid_argument(fmt::format("device '{}' is not one of cpu, cuda, cuda:N", text));
  }
  if (!at::hasCUDA())
    return invalid_argument(fmt::format(
        "device {}: no GPU can be used here (this build's libtorch is for the CPU, or the machine has no GPU)", text));
  return device;
}

void set_threads(std::size_t threads) {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  at::set_num_threads(static_cast<int>(threads == 0 ? cores : threads));
}

std::string describe_runtime(Device device) {
  if (device.kind == Device::Kind::cuda) return fmt::format("libtorch {} on cuda:{}", TORCH_VERSION, device.index);
  return fmt::format("libtorch {}, {} threads on the CPU", TORCH_VERSION, at::get_num_threads());
}

}  // namespace errata::nn
