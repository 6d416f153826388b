#include "errata/slice/candidates.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "errata/base/rng.h"
#include "errata/slice/expectation.h"
#include "errata/slice/residual_search.h"

namespace errata::slice {
namespace {

/// [rows] how much each case failed, in [0, 1].
std::vector<float> responses(const SearchInput& input, std::span<const std::uint32_t> rows) {
  std::vector<float> response(rows.size());
  const double largest = input.loss.empty() ? 1 : *std::ranges::max_element(input.loss);
  for (std::size_t i = 0; i < response.size(); ++i) {
    const std::uint32_t row = rows[i];
    response[i] =
        static_cast<float>(input.loss.empty() ? input.failed[row] : input.loss[row] / std::max(largest, 1e-300));
  }
  return response;
}

/// Puts the rows, with what is expected of them, in random order: the first of a slice then stand for all.
void shuffle(std::vector<std::uint32_t>& rows, std::vector<float>& base) {
  Rng rng(rows.size());
  for (std::size_t i = rows.size(); i > 1; --i) {
    const std::size_t other = rng.below(i);
    std::swap(rows[i - 1], rows[other]);
    if (!base.empty()) std::swap(base[i - 1], base[other]);
  }
}

}  // namespace

std::vector<Candidate> find_candidates(const SearchInput& searched, std::vector<float> base,
                                       const ConfirmOptions& options, ThreadPool& pool) {
  std::vector<std::uint32_t> rows(searched.rows.begin(), searched.rows.end());
  if (rows.size() > ResidualSearch::kEnough) shuffle(rows, base);
  Expectation expectation(responses(searched, rows), std::move(base));
  ResidualSearch search(
      searched.table, rows,
      {.max_predicates = options.search.max_predicates, .min_support = options.search.min_support.of(rows.size())},
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
