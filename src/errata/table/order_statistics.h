#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace errata::table {

/// The values of given ranks: result[i] is sorted(values)[ranks[i]].
/// @param values  not NaN
/// @param ranks   ascending, each < values.size()
/// Cost: O(n) expected for few ranks, 8 bytes a value at worst. Safe to call from any thread.
///     const std::vector<double> values{3, 1, 2};
///     order_statistics(values, {{0, 2}});  // {1, 3}
[[nodiscard]] std::vector<double> order_statistics(std::span<const double> values, std::span<const std::size_t> ranks);
[[nodiscard]] std::vector<double> order_statistics(std::span<const float> values, std::span<const std::size_t> ranks);

}  // namespace errata::table
