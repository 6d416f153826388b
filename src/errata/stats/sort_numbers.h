#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
/// Cost: as sort_numbers(), with 32 bytes of scratch memory a row; where at most 2,048 values differ two passes and 2
/// bytes a row.
///     rows_by_value({{.5, .1, .3}});  // {1, 2, 0}
[[nodiscard]] std::vector<std::uint32_t> rows_by_value(std::span<const double> values);

/// Values of which few differ, as those of a rounded score: which of them each is.
struct FewValues {
  std::vector<std::uint16_t> number;  ///< [n] index into values
  std::vector<double> values;         ///< different in their bits, ascending; −0 comes before 0, a NaN at either end
};

/// @param most  in 1 … 2,048
/// @return nothing where more than `most` differ
/// Cost: O(n), a table of 64 KiB; up to the first value too many where there is one.
///     few_values({{.5, .1, .5}}, 10);  // {.number = {1, 0, 1}, .values = {.1, .5}}
[[nodiscard]] std::optional<FewValues> few_values(std::span<const double> values, std::size_t most);

}  // namespace errata::stats
