#include "errata/slice/candidates.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "errata/slice/expectation.h"
#include "errata/slice/residual_search.h"

namespace errata::slice {
namespace {

/// [rows] how much each case failed, in [0, 1].
std::vector<float> responses(const SearchInput& input) {
  std::vector<float> response(input.rows.size());
  const double largest = input.loss.empty() ? 1 : *std::ranges::max_element(input.loss);
  for (std::size_t i = 0; i < response.size(); ++i) {
    const std::uint32_t row = input.rows[i];
    response[i] =
        static_cast<float>(input.loss.empty() ? input.failed[row] : input.loss[row] / std::max(largest, 1e-300));
  }
  return response;
}

}  // namespace

std::vector<Candidate> find_candidates(const SearchInput& searched, std::vector<float> base,
                                       const ConfirmOptions& options, ThreadPool& pool) {
  Expectation expectation(responses(searched), std::move(base));
  ResidualSearch search(searched.table, searched.rows,
                        {.max_predicates = options.search.max_predicates,
                         .min_support = options.search.min_support.of(searched.rows.size())},
                        pool);
  std::vector<Candidate> candidates;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    std::optional<ResidualSlice> found = search.best(expectation.response(), expectation.expected());
    if (!found) break;
    expectation.explain(found->members);
    const bool seen = std::ranges::count(candidates, found->where, &Candidate::where) > 0;
    if (!seen) candidates.push_back({.where = std::move(found->where), .raised = found->sum.raised()});
  }
  return candidates;
}

}  // namespace errata::slice
