#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/table/coding.h"

namespace errata::slice {

/// Cases of every two codes of some features, all codes of all features numbered in a row.
/// @param features  of the same rows  @param failed  [rows] 0/1, at most 2^32 of them
/// @return [codes, codes], the same above and below the diagonal: cases in the low 32 bits, failures in the high ones.
///         Of two codes of one feature 0; of a code and itself its cases.
/// Cost: codes² / 2 intersections of bitsets over the rows, and of those over the failures. Memory: codes / 8 bytes for
/// each of 16,384 rows and thread, 8 bytes for each two codes and thread, a byte a feature for each failure.
[[nodiscard]] std::vector<std::uint64_t> count_code_pairs(std::span<const table::CodedFeature* const> features,
                                                          std::span<const std::uint8_t> failed, ThreadPool& pool);

/// Does that cost less on this machine than to go through all rows for every two features?
[[nodiscard]] bool code_pairs_are_quick(std::span<const table::CodedFeature* const> features);

}  // namespace errata::slice
