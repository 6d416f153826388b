#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "errata/base/error.h"

namespace errata::nn {

/// Where networks run.
struct Device {
  enum class Kind : std::uint8_t { cpu, cuda };
  Kind kind = Kind::cpu;
  int index = 0;  ///< of the GPU
  friend bool operator==(const Device&, const Device&) = default;
};

/// "cpu", "cuda" or "cuda:1".
/// @return the device, or invalid_argument for other words, and for a GPU that this build or this machine has not
[[nodiscard]] Result<Device> parse_device(std::string_view text);

/// Threads of this module; 0 means one a core. Work of our own is cut by fixed sizes, so its results do not depend on
/// the number; operations of other people's models may add in another order.
void set_threads(std::size_t wanted);

/// What computes, for the report: "libtorch 1.13.1, OpenBLAS, 2 threads on the CPU".
[[nodiscard]] std::string describe_runtime(Device device);

}  // namespace errata::nn
