#include "errata/slice/silent_failures.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "errata/slice/candidates.h"
#include "errata/slice/expectation.h"
#include "errata/slice/fold.h"
#include "errata/slice/residual_search.h"
#include "errata/stats/multiplicity.h"
#include "errata/stats/poisson_binomial.h"

namespace errata::slice {
namespace {

using Rows = std::vector<std::uint32_t>;

Rows rest_of(std::span<const std::uint32_t> rows, std::size_t all) {
  Rows rest;
  rest.reserve(all - rows.size());
  std::size_t next = 0;
  for (std::uint32_t row = 0; row < all; ++row) {
    if (next < rows.size() && rows[next] == row) {
      ++next;
    } else {
      rest.push_back(row);
    }
  }
  return rest;
}

std::vector<float> at(std::span<const double> values, std::span<const std::uint32_t> rows) {
  std::vector<float> some;
  some.reserve(rows.size());
  for (const std::uint32_t row : rows) some.push_back(static_cast<float>(values[row]));
  return some;
}

/// The held-out part: what failed there, and what is expected given the slices that have been named.
class Trial {
 public:
  Trial(const SearchInput& input, std::span<const double> expected, std::span<const std::uint32_t> rows)
      : expectation_(responses(input, rows), at(expected, rows)) {}

  [[nodiscard]] Residual sum_of(const Rows& members) const {
    Residual sum;
    for (const std::uint32_t i : members) {
      sum.add(expectation_.response()[i], expectation_.expected()[i]);
    }
    return sum;
  }
  [[nodiscard]] double log_p(const Rows& members) const {
    std::vector<stats::EqualEvents> events;
    for (const std::uint32_t i : members) events.push_back({.probability = expectation_.expected()[i], .events = 1});
    return stats::poisson_binomial_log_upper_tail(events, static_cast<std::uint64_t>(sum_of(members).observed));
  }
  void explain(const Rows& members) { expectation_.explain(members); }

 private:
  static std::vector<float> responses(const SearchInput& input, std::span<const std::uint32_t> rows) {
    std::vector<float> failed;
    for (const std::uint32_t row : rows) failed.push_back(static_cast<float>(input.failed[row]));
    return failed;
  }
  Expectation expectation_;
};

}  // namespace

std::vector<TestedSlice> find_silent_failures(const SearchInput& input, std::span<const double> expected,
                                              std::span<const std::uint32_t> held_out, const ConfirmOptions& options,
                                              ThreadPool& pool) {
  Rows searched = rest_of(held_out, input.table.rows);
  if (searched.empty() || held_out.empty()) return {};
  std::vector<std::uint8_t> is_held_out(input.table.rows, 0);
  for (const std::uint32_t row : held_out) is_held_out[row] = 1;
  std::vector<float> base = at(expected, searched);
  const auto candidates = find_candidates({.table = input.table, .failed = input.failed}, std::move(searched),
                                          std::move(base), options, pool);
  Trial trial(input, expected, held_out);  // only now: the search needs room
  std::vector<TestedSlice> tested;
  std::vector<Rows> members;
  std::vector<double> log_p;
  for (const Candidate& candidate : candidates) {
    if (!candidate.raised) continue;
    SliceInParts parts = measure_in_parts(input, candidate.where, is_held_out);
    TestedSlice slice{.where = candidate.where,
                      .whole = std::move(parts.whole),
                      .searched = std::move(parts.first),
                      .confirmed = std::move(parts.second)};
    members.push_back(positions_in(parts.rows, held_out));
    slice.log_p = trial.log_p(members.back());
    log_p.push_back(slice.log_p);
    tested.push_back(std::move(slice));
  }
  const std::vector<double> adjusted = stats::benjamini_hochberg(log_p);
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < tested.size(); ++i) {
    tested[i].log_p_adjusted = adjusted[i];
    tested[i].is_confirmed = adjusted[i] <= std::log(options.fdr);
    if (tested[i].is_confirmed) left.push_back(i);
  }
  std::vector<TestedSlice> named;
  while (!left.empty()) {
    const auto gain = [&](std::size_t i) {
      const Residual sum = trial.sum_of(members[i]);
      return sum.raised() ? sum.gain() : 0;
    };
    const auto best = std::ranges::max_element(left, {}, gain);
    const std::size_t i = *best;
    left.erase(best);
    if (trial.log_p(members[i]) > kLogBeyond) continue;
    trial.explain(members[i]);
    named.push_back(std::move(tested[i]));
  }
  return named;
}

}  // namespace errata::slice
