#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "errata/slice/narrow_columns.h"
#include "errata/slice/residual.h"

namespace errata::slice {

/// Some cases, and what each adds.
struct WeighedCases {
  std::vector<std::uint32_t> members;   ///< ascending
  std::vector<ResidualWeight> weights;  ///< [members]
};

/// The cells of one column: every second case has a table of its own, so that equal neighbours do not wait for each
/// other.
struct TallyTables {
  Residual *even, *odd;
};

/// Adds weights[k] to the cell of codes[members[k]], of one column or of two in one pass over the cases. Chosen once,
/// at run time, from what the processor offers; all give the same bits.
struct TallyKernels {
  std::string_view name;
  void (*one_u8)(const std::uint8_t* codes, const WeighedCases& cases, TallyTables tables);
  void (*one_u16)(const std::uint16_t* codes, const WeighedCases& cases, TallyTables tables);
  void (*two_u8)(const std::uint8_t* codes, const std::uint8_t* other_codes, const WeighedCases& cases,
                 TallyTables tables, TallyTables other_tables);
};

/// The fastest kernels of this machine.
[[nodiscard]] const TallyKernels& tally_kernels();

/// Every set of kernels that this machine can run, the portable one first.
[[nodiscard]] std::span<const TallyKernels* const> usable_tally_kernels();

/// A column and how many codes it has.
struct TallyColumn {
  const NarrowColumn* column;
  std::size_t codes;
};

/// [columns, codes of each] the sums of some cases. @param columns  one or two
[[nodiscard]] std::vector<std::vector<Residual>> tally(std::span<const TallyColumn> columns, const WeighedCases& cases,
                                                       const TallyKernels& kernels = tally_kernels());

}  // namespace errata::slice
