#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace errata::stats {

/// Sorts numbers ascending.
/// @param values  no NaN; ±inf allowed; −0 comes before 0
/// Cost: O(n) at up to six passes over the values, fewer for whole numbers and other coarse values; as much scratch
/// memory as the values. About three times faster than std::sort at a million random values.
void sort_numbers(std::vector<double>& values);

/// The row numbers in ascending order of their values; rows of equal values keep their order.
/// @param values  fewer than 2^32, no NaN
/// Cost: as sort_numbers(), with 32 bytes of scratch memory a row.
///     rows_by_value({{.5, .1, .3}});  // {1, 2, 0}
[[nodiscard]] std::vector<std::uint32_t> rows_by_value(std::span<const double> values);

}  // namespace errata::stats
