#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/slice/confirm.h"

namespace errata::slice {

/// Where does a model fail more than it believes? Candidates are the slices of the searched part whose failures exceed
/// most what its calibrated confidence expects; each is tested on the held-out part (Poisson binomial, one-sided;
/// Benjamini–Hochberg over all). Those that are confirmed are taken by their excess there, largest first, and one
/// that fails no more than expected once those before it are expected (at 1%) is left out.
/// @param input      all rows; its loss is not looked at
/// @param expected   [rows] expected_failures() of the log
/// @param held_out   ascending rows that test; the others are searched
/// @return log_p and log_p_adjusted are of that test
[[nodiscard]] std::vector<TestedSlice> find_silent_failures(const SearchInput& input, std::span<const double> expected,
                                                            std::span<const std::uint32_t> held_out,
                                                            const ConfirmOptions& options, ThreadPool& pool);

}  // namespace errata::slice
