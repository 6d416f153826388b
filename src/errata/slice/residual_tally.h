#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "errata/slice/residual.h"

namespace errata::slice {

/// Adds weights[k] to the cell of codes[members[k]]: for even k to a cell of `even`, for odd k to one of `odd`, so that
/// equal neighbours do not wait for each other. Chosen once, at run time, from what the processor offers; all give the
/// same bits.
struct TallyKernels {
  std::string_view name;
  void (*add_u8)(const std::uint8_t* codes, const std::uint32_t* members, const ResidualWeight* weights,
                 std::size_t count, Residual* even, Residual* odd);
  void (*add_u16)(const std::uint16_t* codes, const std::uint32_t* members, const ResidualWeight* weights,
                  std::size_t count, Residual* even, Residual* odd);

  void add(std::span<const std::uint8_t> codes, std::span<const std::uint32_t> members,
           std::span<const ResidualWeight> weights, Residual* even, Residual* odd) const {
    add_u8(codes.data(), members.data(), weights.data(), members.size(), even, odd);
  }
  void add(std::span<const std::uint16_t> codes, std::span<const std::uint32_t> members,
           std::span<const ResidualWeight> weights, Residual* even, Residual* odd) const {
    add_u16(codes.data(), members.data(), weights.data(), members.size(), even, odd);
  }
};

/// The fastest kernels of this machine.
[[nodiscard]] const TallyKernels& tally_kernels();

/// Every set of kernels that this machine can run, the portable one first.
[[nodiscard]] std::span<const TallyKernels* const> usable_tally_kernels();

}  // namespace errata::slice
