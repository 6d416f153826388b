#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "errata/slice/search.h"
#include "errata/table/coding.h"

namespace errata::bench {

/// A coded log to search, with the support to search it at.
struct Shape {
  std::string name;
  table::CodedTable table;
  std::vector<std::uint8_t> failed;
  slice::MinSupport min_support;
  [[nodiscard]] slice::SearchInput input() const { return {.table = table, .failed = failed}; }
};

/// The real Adult log (24,421 × 14, support 100), or nothing where ERRATA_DATA has none.
[[nodiscard]] std::optional<Shape> adult();

/// The real flights log (294,896 × 16) in four seeded random permutations cut at a million rows, with 5% of the cells
/// of each feature redrawn from its own column; support 1%.
[[nodiscard]] std::optional<Shape> million_flights();

/// Simulated, 247,011 × 41 correlated features in the shape of KDD'99; support 1%.
[[nodiscard]] Shape wide();

/// Simulated codes: 2 to 20 of them a feature, skewed, every third feature a noisy copy of the one before; 10% fail,
/// five times as many in one conjunction of two codes; support 1%.
[[nodiscard]] Shape simulated(std::size_t rows, std::size_t features);

}  // namespace errata::bench
