#pragma once

#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/slice/confirm.h"

namespace errata::slice {

/// A slice that was found on the part that is searched.
struct Candidate {
  std::vector<CodedPredicate> where;
  bool raised = true;  ///< fails more than expected, else less
};

/// Round by round, the slice that fails most otherwise than is expected given those before it, until nothing is left
/// beyond chance (ResidualSearch, Expectation); then pieces of one slice are put together, and parts of a slice that
/// fail yet more are added.
/// @param rows  ascending: the part that is searched, not empty. Taken, since the search needs the room.
/// @param base  [rows] what was expected of each case to begin with; empty for the mean of all
/// @return without repetition, in the order found
[[nodiscard]] std::vector<Candidate> find_candidates(const SearchInput& input, std::vector<std::uint32_t> rows,
                                                     std::vector<float> base, const ConfirmOptions& options,
                                                     ThreadPool& pool);

}  // namespace errata::slice
