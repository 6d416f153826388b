#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errata/table/coding.h"
#include "errata/table/predicate.h"

namespace errata::slice {

/// Cases and failures for every pair of bins of two features: the numbers of a heat map.
struct PairRates {
  std::string feature_x, feature_y;
  std::vector<table::Predicate> bins_x, bins_y;  ///< the codes shown, ascending
  std::vector<std::uint64_t> n;                  ///< [bins_y, bins_x] row-major
  std::vector<std::uint64_t> failures;           ///< [bins_y, bins_x]
  std::uint64_t left_out = 0;                    ///< cases in a bin that is not shown
};

/// Counts two features of a coded table against each other. Of a feature with more than `max_bins` bins the most
/// frequent ones are shown (equal ones: the lower code), so that a picture of it stays readable.
/// @param failed    [rows] 0/1
/// @param x, y      indices into coded.features, x != y
/// @param max_bins  >= 1
/// Cost: O(rows), memory O(max_bins²).
///     auto rates = count_pair_rates(coded, log.failed, 3, 7);  // rates.failures[y * rates.bins_x.size() + x]
[[nodiscard]] PairRates count_pair_rates(const table::CodedTable& coded, std::span<const std::uint8_t> failed,
                                         std::size_t x, std::size_t y, std::size_t max_bins = 20);

}  // namespace errata::slice
